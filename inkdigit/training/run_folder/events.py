"""What a run tells whoever watches it, and what it hands over at its end."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from inkdigit.evaluation.test import TestResult
from inkdigit.training.loop import EpochReport, Score, StepReport


@dataclass(frozen=True)
class Reading:
    """Pictures of a folder are decoded, or MNIST is downloaded."""

    done: int
    total: int


@dataclass(frozen=True)
class Started:
    """Training begins, or goes on; from here on a request to stop waits for a whole step."""

    folder: Path
    source: str
    network: str
    parameters: int
    classes: int
    train: int
    validation: int
    test: int
    epochs: int
    steps: int  # of an epoch
    steps_done: int  # of the whole run, before it was interrupted
    device: str
    threads: int


@dataclass(frozen=True)
class Phase:
    """What a run does when it does not train."""

    name: Literal["export", "test", "report"]


Event = Reading | Started | Phase | StepReport | EpochReport
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class RunResult:
    """How a run ended, and where its files are."""

    folder: Path
    model: Path
    report: Path
    epoch: int  # the chosen one
    validation: Score
    test: TestResult
    training_s: float
    total_s: float

    def to_json(self) -> dict[str, Any]:
        """The line that `--json` prints."""
        return {
            "run": str(self.folder),
            "model": str(self.model),
            "test": self.test.summary(),
            "seconds": {"training": self.training_s, "total": self.total_s},
        }

    def to_record(self) -> dict[str, Any]:
        """Give everything, as `result.json` holds it."""
        return self.to_json() | {
            "epoch": self.epoch,
            "validation": asdict(self.validation),
            "test": self.test.to_record(),
        }
