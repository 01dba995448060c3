"""How right the presets are: `python -m benchmarks.accuracy RECIPE[:SEEDS]... [ensemble]`.

Each run learns from all 60,000 digits outside the test part, to its last epoch, and is tested once;
`ensemble` tests the mean answer of the members whose weights were kept. All choices were
made before, on a validation part. What is finished is kept below `artifacts/`, so that a command
that is stopped goes on with the next seed.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from torch import nn

from benchmarks.artifacts import ARTIFACTS, Record, keep
from benchmarks.final_run import MEMBER, OPENINGS, final_run, official_rows, with_seed
from benchmarks.members import unpacked
from benchmarks.results import append, commit, every, spread
from inkdigit.config import RunConfig, load
from inkdigit.data.source import Source, open_source
from inkdigit.evaluation.metrics import mcnemar, wilson_interval
from inkdigit.evaluation.test import open_and_test
from inkdigit.models.catalogue import find
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.setup import spec_of
from inkdigit.types import Images, Probabilities

LARGEST_ENSEMBLE = 8
TOTAL = 10_000
DISPUTED = (  # test labels that human raters reject: Northcutt et al. 2021, raw votes recounted
    *(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520),
    *(3558, 5937, 6651, 6783, 8527, 9679, 9729),
)


@dataclass(frozen=True)
class Recipe:
    """How often a preset is run, what it is to reach, and whether its weights are kept."""

    seeds: int
    to_reach: str
    member: bool = False  # of the ensemble


RECIPES: Mapping[str, Recipe] = {
    "best": Recipe(5, "≥ 99.75 %, ≤ 1,500 s", member=True),
    "committee": Recipe(5, "≥ 99.70 %, ≤ 1,500 s", member=True),
    "strong": Recipe(8, "≥ 99.70 %, ≤ 480 s"),
    "fast": Recipe(10, "≥ 99.5 %, ≤ 20 s"),
    "sprint": Recipe(10, "≥ 99.0 %, ≤ 3 s"),
    "tiny-20k": Recipe(5, "≥ 99.5 %, < 20,000 parameters"),
    "tiny-2k": Recipe(5, "≥ 99.2 %, < 2,000 parameters"),
    "paper-resnet18-quick": Recipe(1, "≥ 99.6 %, ≤ 1,800 s"),
}


def recipe(preset: str, seed: int) -> RunConfig:
    """Give the frozen recipe of a preset on MNIST."""
    return with_seed(load(preset=preset, overrides=('data.source="mnist"',)), seed)


def measure(preset: str, seeds: int) -> list[Record]:
    """Run a recipe with seeds 0, 1, ... or read what is kept of them."""
    return [
        final_run(
            f"accuracy/{preset}",
            recipe(preset, seed),
            member=RECIPES[preset].member,
        )
        for seed in range(seeds)
    ]


def write_table(found: Mapping[str, Sequence[Record]], measured: str) -> None:
    """Add the table of all recipes to RESULTS.md."""
    lines = [
        "$ python -m benchmarks.accuracy " + " ".join(f"{k}:{len(v)}" for k, v in found.items()),
        "",
        (
            "| preset | n | test accuracy in % | every value | all runs together, 95 % interval | "
            f"without {len(DISPUTED)} disputed labels | seconds of training | parameters | "
            "to reach |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(name, runs) for name, runs in found.items()),
        "",
        "The commit and the machine of each run are in its `result.json`.",
        "",
        *_pairs(found),
    ]
    append("Accuracy of the presets on all 60,000 digits", lines, measured=measured)


def _row(name: str, runs: Sequence[Record]) -> str:
    wrong = [len(run["wrong"]) for run in runs]
    accuracies = [100 * (1 - each / TOTAL) for each in wrong]
    low, high = wilson_interval(len(runs) * TOTAL - sum(wrong), len(runs) * TOTAL)
    undisputed = [
        100 * (1 - len(set(run["wrong"]) - set(DISPUTED)) / (TOTAL - len(DISPUTED))) for run in runs
    ]
    seconds = [run["seconds"]["training"] for run in runs]
    return (
        f"| `{name}` | {len(runs)} | {spread(accuracies, 3)} | {every(accuracies, 2)} | "
        f"{low:.3%} to {high:.3%} | {spread(undisputed, 3)} | {spread(seconds, 1)} | "
        f"{runs[0]['parameters']:,} | {RECIPES[name].to_reach} |"
    )


def _pairs(found: Mapping[str, Sequence[Record]]) -> list[str]:
    """Compare recipes run by run on the same digits: exact McNemar, two-sided."""
    lines = []
    for (a, ours), (b, theirs) in combinations(found.items(), 2):
        pairs = [(set(x["wrong"]), set(y["wrong"])) for x, y in zip(ours, theirs, strict=False)]
        only_a = [len(x - y) for x, y in pairs]
        only_b = [len(y - x) for x, y in pairs]
        chances = [mcnemar(x, y) for x, y in zip(only_a, only_b, strict=True)]
        lines.append(
            f"`{a}` against `{b}`, {len(pairs)} pairs of runs: only the first wrong "
            f"{every(only_a, 0)}, only the second {every(only_b, 0)}; p by McNemar, median "
            f"{median(chances):.3g}.  "
        )
    return lines


class Ensemble:
    """The mean of what several networks say."""

    def __init__(self, members: Sequence[TorchRecognizer]) -> None:
        self._members = members

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        return self._members[0].class_names

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for (N, height, width, channels) `uint8` with (N, classes)."""
        answers: Probabilities = np.mean(
            [member.probabilities(images) for member in self._members], axis=0
        )
        return answers


def kept_members() -> list[Path]:
    """List the weights that final runs kept, the best recipe's first."""
    found = [
        file
        for preset, recipe_ in RECIPES.items()
        if recipe_.member
        for file in sorted((ARTIFACTS / "accuracy" / preset).glob(f"seed-*/{MEMBER}"))
    ]
    return found[:LARGEST_ENSEMBLE]


def open_member(file: Path, source: Source) -> TorchRecognizer:
    """Build the network whose weights a final run kept."""
    network: nn.Module = find(recipe_of(file).model.name).build(spec_of(source))
    network.load_state_dict(unpacked(file))
    return TorchRecognizer(network.eval(), source.class_names)


def recipe_of(member: Path) -> RunConfig:
    """Give the recipe that a member was trained by."""
    return recipe(member.parent.parent.name, int(member.parent.name.removeprefix("seed-")))


def measure_ensemble() -> Record:
    """Test the mean answer of the kept members, once."""
    members = kept_members()
    names = [str(member.relative_to(ARTIFACTS).parent) for member in members]
    presets = Counter(member.parent.parent.name for member in members)
    of_each = "-".join(f"{count}-{preset}" for preset, count in presets.items())

    def test(_: Path) -> dict[str, Any]:
        source = open_source(recipe("strong", 0).data)
        ensemble = Ensemble([open_member(member, source) for member in members])
        outcome = open_and_test(
            ensemble, source.test, openings=OPENINGS, why=f"benchmarks: ensemble of {len(names)}"
        )
        missed = outcome.probabilities.argmax(axis=1) != outcome.labels
        return {
            "test": outcome.result.summary(),
            "wrong": sorted(official_rows(source.test)[missed].tolist()),
        }

    return keep(ARTIFACTS / "accuracy" / f"ensemble-{of_each}", {"members": names}, test)


def write_ensemble(record: Record, measured: str) -> None:
    """Add the ensemble's figures to RESULTS.md."""
    wrong = set(record["wrong"])
    low, high = wilson_interval(TOTAL - len(wrong), TOTAL)
    undisputed = len(wrong - set(DISPUTED))
    left = TOTAL - len(DISPUTED)
    append(
        "The ensemble of kept members, by mean probability",
        [
            "$ python -m benchmarks.accuracy ensemble",
            "",
            (
                f"{len(record['settings']['members'])} members: "
                f"{', '.join(record['settings']['members'])}."
            ),
            "",
            (
                f"Test accuracy {1 - len(wrong) / TOTAL:.2%}: {len(wrong)} of {TOTAL:,} wrong, "
                f"95 % interval {low:.2%} to {high:.2%}; loss {record['test']['loss']:.4f}. "
                f"Without the disputed labels {1 - undisputed / left:.3%}: {undisputed} of "
                f"{left:,} wrong. To reach: 99.85 %, at least 99.80 %."
            ),
        ],
        measured=measured,
    )


def main() -> None:
    """Run the recipes that are named, then the ensemble if it is."""
    asked = [word.partition(":")[::2] for word in sys.argv[1:]]
    wrong = [name for name, _ in asked if name not in (*RECIPES, "ensemble")]
    if wrong or not asked:
        known = ", ".join(RECIPES)
        sys.exit(
            f"usage: python -m benchmarks.accuracy RECIPE[:SEEDS]... [ensemble]; recipes: {known}"
        )
    measured = commit()
    found = {
        name: measure(name, int(seeds or RECIPES[name].seeds))
        for name, seeds in asked
        if name != "ensemble"
    }
    if found:
        write_table(found, measured)
    if any(name == "ensemble" for name, _ in asked):
        write_ensemble(measure_ensemble(), measured)


if __name__ == "__main__":
    main()
