"""Who teaches the weights that come with inkdigit: the kept members of the ensemble.

`python -m benchmarks.teacher` asks them about all training digits, and keeps what they say in the
mean, for `quick` to learn from beside the labels. `default` asks one member about every digit as it
is bent. The members learned from these digits themselves; only doubtful ones are far from certain.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy import (
    Ensemble,
    kept_members,
    member_network,
    open_member,
    recipe,
    recipe_of,
)
from benchmarks.artifacts import ARTIFACTS
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import open_source
from inkdigit.models.catalogue import is_of_last_layer
from inkdigit.training.run_folder.checkpoint import CHECKPOINTS, Card, save_best
from inkdigit.training.teacher import write_teacher

TEACHER = ARTIFACTS / "teacher.safetensors"
_AT_ONCE = 2000
_TEMPERATURE = 0.6  # what out-of-fold answers of `default`, taught by such members, asked for


def as_run(member: Path, run: Path) -> None:
    """Lay a kept member out as the best checkpoint of a run, for `training.teacher` to name.

    It learned smoothed labels, and is sure of nothing: its logits are made larger, or its pupil
    would learn to be as unsure of every digit as of the doubtful ones.

    Args:
        member: its weights, as a final run kept them.
        run: the folder to make.
    """
    config = recipe_of(member)
    source = open_source(config.data)
    card = Card(
        network=config.model.name,
        class_names=source.class_names,
        image_size=source.preparation.image_size,
        channels=source.preparation.channels,
        epoch=config.training.epochs,
        step=0,
    )
    network = member_network(member, source)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if is_of_last_layer(name):
                weight.div_(_TEMPERATURE)
    save_best(run / CHECKPOINTS, network, card)


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
