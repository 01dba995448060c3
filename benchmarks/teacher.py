"""Ask the members of the ensemble about all training digits: `python -m benchmarks.teacher`.

What they say in the mean is kept, and the weights that come with inkdigit learn from it beside the
labels. The members learned from these digits themselves; only doubtful ones are far from certain.
"""

import sys

import numpy as np

from benchmarks.accuracy import Ensemble, kept_members, open_member, recipe
from benchmarks.artifacts import ARTIFACTS
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import open_source
from inkdigit.training.teacher import write_teacher

TEACHER = ARTIFACTS / "teacher.safetensors"
_AT_ONCE = 2000


def main() -> None:
    """Write the teacher's file."""
    members = kept_members()
    if not members:
        sys.exit("no members are kept. Run `python -m benchmarks.accuracy best` first.")
    source = open_source(recipe("strong", 0).data)
    ensemble = Ensemble([open_member(member, source) for member in members])
    digits = all_but_test(source)
    said = np.concatenate([ensemble.probabilities(block) for block in digits.blocks(_AT_ONCE)])
    write_teacher(TEACHER, digits, said)
    labels = digits.labels[digits.indices]
    against = int((said.argmax(axis=1) != labels).sum())
    print(f"{len(members)} members, {len(said):,} digits; {against} answered against their label")


if __name__ == "__main__":
    main()
