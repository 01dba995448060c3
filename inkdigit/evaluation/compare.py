"""Finished runs side by side: what differed, what came out, and which differences are real.

Runs are compared by a paired test on validation, where both answered the very same pictures.
The test split is shown and never compared: choosing by it would spend it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from inkdigit import durable
from inkdigit.errors import ConfigError
from inkdigit.evaluation import run_record
from inkdigit.evaluation.charts import COLOURS, Axes, Series, line_chart
from inkdigit.evaluation.metrics import mcnemar
from inkdigit.evaluation.page import render
from inkdigit.evaluation.run_record import RunRecord

_ENVIRONMENT = ("inkdigit", "torch", "processor", "threads", "device", "precision")


@dataclass(frozen=True)
class Pair:
    """Two runs on the same validation pictures; without those, `why_not` says why."""

    a: str
    b: str
    only_a_wrong: int | None
    only_b_wrong: int | None
    p: float | None  # exact McNemar, two-sided
    why_not: str | None


@dataclass(frozen=True)
class Comparison:
    """Everything that the comparison says; the curves are in `runs`."""

    names: tuple[str, ...]  # of the folders; their paths where two have one name
    runs: tuple[RunRecord, ...]
    differences: Mapping[str, tuple[str, ...]]  # setting → its value in each run
    pairs: tuple[Pair, ...]

    def to_record(self) -> dict[str, Any]:
        """Give it as one line of JSON."""
        return {
            "runs": [
                {
                    "run": str(run.folder),
                    "parameters": run.network.parameters,
                    "epoch": run.result.epoch,
                    "validation": run.result.validation.model_dump(),
                    "test": run.result.test.summary(),
                    "seconds": run.result.seconds.model_dump(),
                }
                for run in self.runs
            ],
            "differences": self.differences,
            "pairs": [asdict(pair) for pair in self.pairs],
        }


def compare(runs: Sequence[Path]) -> Comparison:
    """Read finished runs and put them side by side.

    Raises:
        ConfigError: fewer than two different folders.
        RunError: a folder holds no finished run.
    """
    if len({run.resolve() for run in runs}) < max(2, len(runs)):
        raise ConfigError(
            f"{', '.join(map(str, runs)) or 'no run'} was given, expected at least two different "
            "run folders, each once."
        )
    records = tuple(run_record.read(run) for run in runs)
    names = _names(records)
    return Comparison(
        names=names,
        runs=records,
        differences=_differences(records),
        pairs=tuple(_pair(a, b) for a, b in combinations(zip(names, records, strict=True), 2)),
    )


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write a comparison as one self-contained HTML page, replacing what stands at `path`."""
    page = render(
        "comparison.html.j2",
        {
            "title": "Comparison · inkdigit",
            "comparison": comparison,
            "charts": _charts(comparison),
            "colours": COLOURS,
        },
    )
    durable.write_text(path, page)


def _names(runs: tuple[RunRecord, ...]) -> tuple[str, ...]:
    names = [run.name for run in runs]
    return tuple(
        name if names.count(name) == 1 else str(run.folder)
        for name, run in zip(names, runs, strict=True)
    )


def _differences(runs: tuple[RunRecord, ...]) -> dict[str, tuple[str, ...]]:
    """Keep the settings and circumstances that are not the same in all runs."""
    facts = [_facts(run) for run in runs]
    return {
        key: values
        for key in facts[0]
        if len(set(values := tuple(each[key] for each in facts))) > 1
    }


def _facts(run: RunRecord) -> dict[str, str]:
    settings = {
        f"{section}.{key}": "–" if value is None else str(value)
        for section, values in run.config.model_dump().items()
        for key, value in values.items()
    }
    return settings | {key: str(getattr(run.environment, key)) for key in _ENVIRONMENT}


def _pair(a: tuple[str, RunRecord], b: tuple[str, RunRecord]) -> Pair:
    (name_a, run_a), (name_b, run_b) = a, b
    why_not = _why_not(run_a, run_b)
    if why_not is not None:
        return Pair(name_a, name_b, None, None, None, why_not)
    truth = np.array(run_a.validation.labels)
    a_wrong = np.array(run_a.validation.predicted) != truth
    b_wrong = np.array(run_b.validation.predicted) != truth
    only_a, only_b = int((a_wrong & ~b_wrong).sum()), int((b_wrong & ~a_wrong).sum())
    return Pair(name_a, name_b, only_a, only_b, mcnemar(only_a, only_b), None)


def _why_not(a: RunRecord, b: RunRecord) -> str | None:
    """Say why two runs cannot be paired: the order of answers is bound to the split's hash."""
    if a.validation.class_names != b.validation.class_names:
        return "they know different classes"
    if a.validation.sha256 != b.validation.sha256:
        return "they were validated on different pictures"
    return None


def _charts(comparison: Comparison) -> list[str]:
    runs = list(zip(comparison.names, comparison.runs, strict=True))

    def curves(value: str) -> list[Series]:
        return [
            Series(name, [e.epoch for e in run.epochs], [getattr(e, value) for e in run.epochs])
            for name, run in runs
        ]

    steps = [
        Series(name, [s.step for s in run.steps], [s.loss for s in run.steps], smooth=True)
        for name, run in runs
    ]
    return [
        line_chart(Axes("Training loss", "iteration", "loss", "log"), steps),
        line_chart(Axes("Validation loss", "epoch", "loss", "log"), curves("validation_loss")),
        line_chart(
            Axes("Validation accuracy", "epoch", "accuracy", "accuracy"),
            curves("validation_accuracy"),
        ),
        line_chart(
            Axes("Training accuracy", "epoch", "accuracy", "accuracy"), curves("training_accuracy")
        ),
    ]
