"""How far few labels lead: `python -m benchmarks.few_labels [COUNT[:SUBSETS]]...`.

For each count, networks learn from that many labelled digits of MNIST's 60,000, the same number of
every class, and from nothing else: no unlabelled digits, no weights from elsewhere. Each subset is
drawn anew and each run is tested once, on the 10,000 test digits. Settings were chosen on other
subsets (seeds from 100 on) and validation digits. `sample` is the 5,000 digits of `mnist-5k`.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.artifacts import Record
from benchmarks.final_run import final_run, with_seed
from benchmarks.results import append, commit, every, spread
from inkdigit.config import load
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import Source
from inkdigit.evaluation.metrics import wilson_interval
from inkdigit.types import Split

SAMPLE = "sample"
SUBSETS = 10
TOTAL = 10_000
PRESETS: Mapping[str, tuple[str, str]] = {  # labels → preset, what it is to reach
    "100": ("few-100", "≥ 94 %, at least 90 %"),
    "1000": ("few-1000", "≥ 98.7 %, at least 98.3 %"),
    "5000": ("few-5000", ""),
    "10000": ("few-5000", ""),
    SAMPLE: ("few-5000", "≥ 99.5 % in ≤ 180 s, at least 99.3 %"),
}


def subset(pictures: Split, count: int, seed: int) -> Split:
    """Draw `count` pictures, as many of each class; the seed alone decides."""
    labels = pictures.labels[pictures.indices]
    draws = np.random.default_rng(seed)
    classes = len(pictures.class_names)
    chosen = [
        draws.choice(np.flatnonzero(labels == label), count // classes, replace=False)
        for label in range(classes)
    ]
    rows = pictures.indices[draws.permutation(np.concatenate(chosen))]
    return replace(pictures, indices=rows, sha256="")  # it is recorded by count and seed


def measure(count: str, runs: int) -> list[Record]:
    """Learn from `runs` subsets, or read what is kept; `sample` is one, with as many seeds."""
    found = []
    for seed in range(runs):
        data = 'data.source="mnist"'
        if count == SAMPLE:
            data = 'data.test_source="mnist"'
        config = with_seed(load(preset=PRESETS[count][0], overrides=(data,)), seed)
        pictures = all_but_test if count == SAMPLE else partial(_some, count=int(count), seed=seed)
        found.append(
            final_run(
                f"few_labels/{count}",
                config,
                pictures=pictures,
            )
        )
    return found


def _some(source: Source, *, count: int, seed: int) -> Split:
    return subset(all_but_test(source), count, seed)


def _row(count: str, runs: list[Record]) -> str:
    wrong = [len(run["wrong"]) for run in runs]
    accuracies = [100 * (1 - each / TOTAL) for each in wrong]
    low, high = wilson_interval(len(runs) * TOTAL - sum(wrong), len(runs) * TOTAL)
    seconds = [run["seconds"]["training"] for run in runs]
    preset, wanted = PRESETS[count]
    return (
        f"| {count} | {runs[0]['images']:,} | `{preset}` | {len(runs)} | {spread(accuracies, 3)} | "
        f"{every(accuracies, 2)} | {low:.3%} to {high:.3%} | {spread(seconds, 1)} | {wanted} |"
    )


def main() -> None:
    """Measure the counts that are named, or all."""
    asked = [word.partition(":")[::2] for word in sys.argv[1:] or PRESETS]
    if any(name not in PRESETS for name, _ in asked):
        sys.exit(
            f"usage: python -m benchmarks.few_labels [COUNT[:SUBSETS]]...; counts: "
            f"{', '.join(PRESETS)}"
        )
    measured = commit()
    found = {name: measure(name, int(runs or SUBSETS)) for name, runs in asked}
    lines = [
        "$ python -m benchmarks.few_labels " + " ".join(f"{k}:{len(v)}" for k, v in found.items()),
        "",
        (
            "| labels | learned from | preset | n | test accuracy in % | every value | all runs "
            "together, 95 % interval | seconds of training | to reach |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(count, runs) for count, runs in found.items()),
    ]
    append("Few labels", lines, measured=measured)


if __name__ == "__main__":
    main()
