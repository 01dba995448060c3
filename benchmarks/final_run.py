"""A final run: a frozen recipe on all digits but the test part, to its last epoch; then one test.

Nothing is chosen here: no epoch, no seed, no setting. What to freeze is chosen before, on a
validation part, and written into a preset.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.artifacts import ARTIFACTS, Record, keep
from benchmarks.members import packed
from benchmarks.results import ROOT
from inkdigit.config import RunConfig, dump
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import Source, open_source
from inkdigit.durable import write_bytes
from inkdigit.evaluation.test import open_and_test
from inkdigit.models.summary import parameter_count
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import EpochReport, Learner
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.to_the_end import Report, train_to_the_end
from inkdigit.types import Split

OPENINGS = ROOT / "benchmarks" / "openings.jsonl"
MEMBER = "member.safetensors"
_PRINT_EVERY_S = 10.0
_LOOKED_AT = 1000  # of the digits that are learned from, judged after every epoch for the log


@dataclass(frozen=True)
class Seconds:
    """Where the time of a final run went."""

    reading: float
    training: float  # batches, bending, steps, and batch norm of the average
    start: float  # building the network, the first allocation, everything else before the test
    evaluation: float


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    """Give a recipe another seed."""
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})


def final_run(
    name: str,
    config: RunConfig,
    *,
    pictures: Callable[[Source], Split] = all_but_test,
    member: bool = False,
) -> Record:
    """Train on everything but the test part, test once, and keep both; or read what was kept.

    Args:
        name: below `artifacts/`; with the seed it names the run's folder.
        config: the frozen recipe and its seed.
        pictures: of the source that are learned from.
        member: keep the weights too, in eight bits, for an ensemble.

    Returns:
        `test` (its summary), `wrong` (rows of the test part that were answered wrongly),
        `seconds`, `parameters`, `images`; with `member`, `sha256` of the weights.
    """

    def measure(folder: Path) -> dict[str, Any]:
        return _measure(config, pictures, folder, why=name, member=member)

    place = ARTIFACTS / name / f"seed-{config.training.seed:02d}"
    return keep(place, {"config": dump(config)}, measure)


def _measure(
    config: RunConfig,
    pictures: Callable[[Source], Split],
    folder: Path,
    *,
    why: str,
    member: bool,
) -> dict[str, Any]:
    began = perf_counter()
    source = open_source(config.data)
    reading = perf_counter() - began
    began = perf_counter()
    log = _Log(f"{why}, seed {config.training.seed}")
    learner = _train(config, source, pictures(source), log)
    training = log.training_s
    start = perf_counter() - began - training - log.validation_s
    (folder / "log.txt").write_text("\n".join(log.lines) + "\n", "utf-8")
    extra: dict[str, Any] = {}
    if member:
        extra["sha256"] = _write_member(learner, folder / MEMBER)
    began = perf_counter()
    recognizer = TorchRecognizer(learner.network, source.class_names)
    outcome = open_and_test(recognizer, source.test, openings=OPENINGS, why=f"benchmarks: {why}")
    evaluation = perf_counter() - began
    missed = np.flatnonzero(outcome.probabilities.argmax(axis=1) != outcome.labels)
    seconds = Seconds(reading, training, start, evaluation)
    return {
        "test": outcome.result.summary(),
        "wrong": sorted(official_rows(source.test)[missed].tolist()),
        "seconds": {name: round(value, 3) for name, value in seconds.__dict__.items()},
        "parameters": parameter_count(learner.model),
        "images": len(pictures(source)),
        **extra,
    }


class _Log:
    """The epochs of a run in words; now and then one is printed."""

    def __init__(self, run: str) -> None:
        self.lines: list[str] = []
        self.training_s = 0.0
        self.validation_s = 0.0
        self._run = run
        self._printed = 0.0

    def watch(self, report: Report) -> None:
        if not isinstance(report, EpochReport):
            return
        self.training_s += report.training_s
        self.validation_s += report.validation_s
        line = (
            f"epoch {report.epoch}: {self.training_s:.2f} s of training, loss "
            f"{report.training_loss:.4f}, right on bent digits {report.training_accuracy:.3%}"
        )
        self.lines.append(line)
        if perf_counter() - self._printed > _PRINT_EVERY_S:
            print(f"{self._run}, {line}", flush=True)
            self._printed = perf_counter()


def _train(config: RunConfig, source: Source, pictures: Split, log: _Log) -> Learner:
    """Train to the last epoch; a part of what is learned from stands in for validation."""
    division = replace(
        source,
        train=pictures,
        validation=replace(pictures, name="validation", indices=pictures.indices[:_LOOKED_AT]),
    )
    machine = choose_machine(config.training)
    return train_to_the_end(config, division, machine, watch=log.watch)[0]


def _write_member(learner: Learner, file: Path) -> str:
    content = packed(learner.network.state_dict())
    write_bytes(file, content)
    return hashlib.sha256(content).hexdigest()


def official_rows(test: Split) -> NDArray[np.int64]:
    """Give the row of each picture in the test part as it is published, counted from 0."""
    rows: NDArray[np.int64] = test.indices - test.indices.min()
    return rows
