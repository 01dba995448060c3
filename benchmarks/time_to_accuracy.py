"""Seconds of training to an accuracy: `python -m benchmarks.time_to_accuracy [POINT[:SEEDS]]...`.

A point is a preset with a number of passes; its schedule stretches over them, so a shorter run is
another run and not the beginning of a longer one. Each learns from all 60,000 digits outside the
test part and is tested once, as in `benchmarks.accuracy`, whose finished runs are taken over.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.accuracy import RECIPES, TOTAL, recipe
from benchmarks.artifacts import Record, machine_of
from benchmarks.drawing import standalone
from benchmarks.final_run import final_run
from benchmarks.results import append, commit, every, spread
from inkdigit.durable import write_text
from inkdigit.evaluation.charts import Axes, Series

FIGURE = Path(__file__).parent / "figures" / "time_to_accuracy.svg"
TARGETS = (99.0, 99.3, 99.5, 99.7)


@dataclass(frozen=True)
class Point:
    """A preset, how many passes it takes, and how many seeds are run."""

    preset: str
    epochs: int | None  # None: as the preset says
    seeds: int


POINTS: Mapping[str, Point] = {
    "sprint": Point("sprint", None, 10),
    "sprint-2": Point("sprint", 2, 10),
    "fast-2": Point("fast", 2, 10),
    "fast": Point("fast", None, 10),
    "fast-8": Point("fast", 8, 5),
    "strong": Point("strong", None, 5),
}


def measure(name: str, seeds: int) -> list[Record]:
    """Run a point with seeds 0, 1, ... or read what is kept of it."""
    point = POINTS[name]
    benchmark = "accuracy" if point.epochs is None else "time_to_accuracy"
    found = []
    for seed in range(seeds):
        config = recipe(point.preset, seed)
        if point.epochs is not None:
            training = config.training.model_copy(update={"epochs": point.epochs})
            config = config.model_copy(update={"training": training})
        member = benchmark == "accuracy" and RECIPES[name].member
        found.append(final_run(f"{benchmark}/{name}", config, member=member))
    return found


def _seconds(runs: Sequence[Record], what: str) -> list[float]:
    return [run["seconds"][what] for run in runs]


def _accuracies(runs: Sequence[Record]) -> list[float]:
    return [100 * (1 - len(run["wrong"]) / TOTAL) for run in runs]


def _row(name: str, runs: Sequence[Record]) -> str:
    training = _seconds(runs, "training")
    cells = (
        *(f"`{name}`", str(len(runs)), spread(training, 2), every(training, 2)),
        *(spread(_accuracies(runs), 3), every(_accuracies(runs), 2)),
        *(spread(_seconds(runs, what), 2) for what in ("reading", "start", "evaluation")),
        "; ".join(dict.fromkeys(map(machine_of, runs))),
    )
    return f"| {' | '.join(cells)} |"


def _targets(found: Mapping[str, Sequence[Record]]) -> list[str]:
    """Name the quickest point whose mean reaches each target."""
    lines = ["| mean test accuracy | reached by | seconds of training |", "|---|---|---|"]
    for target in TARGETS:
        there = [
            (mean(_seconds(runs, "training")), name)
            for name, runs in found.items()
            if mean(_accuracies(runs)) >= target
        ]
        if there:
            name = min(there)[1]
            words = f"`{name}` | {spread(_seconds(found[name], 'training'), 2)}"
        else:
            words = "none of these | "
        lines.append(f"| ≥ {target} % | {words} |")
    return lines


def _drawing(found: Mapping[str, Sequence[Record]]) -> str:
    points = sorted(
        (mean(_seconds(runs, "training")), [each / 100 for each in _accuracies(runs)])
        for runs in found.values()
    )
    middle = Series(
        "mean, least and most of the seeds",
        [seconds for seconds, _ in points],
        [mean(accuracies) for _, accuracies in points],
        band=([min(each) for _, each in points], [max(each) for _, each in points]),
    )
    axes = Axes(
        "Test accuracy over seconds of training",
        "seconds of training",
        "test accuracy",
        "accuracy",
        across="log",
    )
    return standalone(axes, [middle])


def main() -> None:
    """Measure the points that are named, or all."""
    asked = [word.partition(":")[::2] for word in sys.argv[1:] or POINTS]
    if any(name not in POINTS for name, _ in asked):
        sys.exit(
            "usage: python -m benchmarks.time_to_accuracy [POINT[:SEEDS]]...; points: "
            f"{', '.join(POINTS)}"
        )
    measured = commit()
    found = {name: measure(name, int(seeds or POINTS[name].seeds)) for name, seeds in asked}
    write_text(FIGURE, _drawing(found))
    head = "$ python -m benchmarks.time_to_accuracy "
    lines = [
        head + " ".join(f"{name}:{len(runs)}" for name, runs in found.items()),
        "",
        (
            "| preset, passes | n | seconds of training | every value | test accuracy in % | every "
            "value | reading | start | evaluation | trained on |"
        ),
        f"|{'---|' * 10}",
        *(_row(name, runs) for name, runs in found.items()),
        "",
        *_targets(found),
        "",
        f"![Test accuracy over seconds of training]({FIGURE.parent.name}/{FIGURE.name})",
    ]
    append("Time to accuracy", lines, measured=measured)


if __name__ == "__main__":
    main()
