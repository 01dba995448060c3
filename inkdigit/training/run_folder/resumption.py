"""What must hold before an interrupted run may go on, and what a finished one left behind.

A run goes on only to the result that it would have had: with its own configuration, the same
pictures and the same version of inkdigit.
"""

import hashlib
import logging
from pathlib import Path

from inkdigit.config import RunConfig, TrainingConfig, dump
from inkdigit.data.source import Source
from inkdigit.durable import append_line
from inkdigit.errors import CheckpointError, DataError, RunError
from inkdigit.evaluation import run_record
from inkdigit.evaluation.report import REPORT
from inkdigit.training.device import Machine
from inkdigit.training.loop import Score
from inkdigit.training.run_folder import environment
from inkdigit.training.run_folder.checkpoint import Progress
from inkdigit.training.run_folder.events import RunResult
from inkdigit.version import __version__

_DECISIVE = ("torch", "processor", "device", "precision")  # for the last bits of a sum

_log = logging.getLogger(__name__)


def config_sha256(config: RunConfig) -> str:
    """Hash a resolved configuration."""
    return hashlib.sha256(dump(config).encode()).hexdigest()


def stored_result(folder: Path) -> RunResult | None:
    """Read how a run ended, if its test was done.

    Raises:
        RunError: result.json is damaged.
    """
    if not (folder / run_record.RESULT).is_file():
        return None
    result = run_record.read_result(folder)
    return RunResult(
        folder=folder,
        model=folder / run_record.MODEL_FILE,
        report=folder / REPORT,
        epoch=result.epoch,
        validation=Score(**result.validation.model_dump()),
        test=result.test,
        training_s=result.seconds.training,
        total_s=result.seconds.total,
    )


def original_environment(folder: Path) -> run_record.Environment:
    """Read on what the run began.

    Raises:
        RunError: with another version of inkdigit.
    """
    found = run_record.read_environment(folder)
    if found.inkdigit != __version__:
        raise RunError(
            f"{folder} was begun with inkdigit {found.inkdigit}, this is {__version__}. Go on "
            f"with `pip install inkdigit=={found.inkdigit}`, or train again with "
            f"`inkdigit train {folder / run_record.CONFIG}`."
        )
    return found


def as_before(training: TrainingConfig, before: run_record.Environment) -> TrainingConfig:
    """Settle what was left to the machine as it was when the run began: sums depend on it."""
    precision = environment.PRECISIONS.get(before.precision, "auto")
    return training.model_copy(update={"threads": before.threads, "precision": precision})


def require_same_data(folder: Path, source: Source) -> None:
    """See to it that the pictures are those that the run began with.

    Raises:
        DataError: a split differs.
    """
    known = run_record.read_data(folder)
    for split in (source.train, source.validation, source.test):
        expected = getattr(known.splits, split.name).sha256
        if split.sha256 != expected:
            raise DataError(
                f"{source.name}: its {split.name} pictures have the hash {split.sha256[:12]}…, "
                f"the run began with {expected[:12]}…: they changed since. Bring them back, or "
                f"train again with `inkdigit train {folder / run_record.CONFIG}`."
            )


def require_same_run(folder: Path, config: RunConfig, progress: Progress) -> None:
    """See to it that nobody changed what a checkpoint builds on.

    Raises:
        RunError: config.toml is another one.
        CheckpointError: a log is shorter than it was.
    """
    if config_sha256(config) != progress.config_sha256:
        raise RunError(
            f"{folder / run_record.CONFIG} was changed after the run began, expected the same "
            "settings. Undo the change, or train anew with it and another -o."
        )
    for name, size in (
        (run_record.METRICS, progress.metrics_bytes),
        (run_record.TIMINGS, progress.timings_bytes),
    ):
        file = folder / name
        found = file.stat().st_size if file.exists() else 0
        if found < size:
            raise CheckpointError(
                f"{file} has {found:,} bytes, expected at least the {size:,} that it had at the "
                f"last checkpoint. Train again with `inkdigit train {folder / run_record.CONFIG}`."
            )


def note_resumption(
    folder: Path, machine: Machine, before: run_record.Environment, step: int
) -> None:
    """Write down that the run goes on, and warn where the machine may round otherwise."""
    now = environment.describe(machine)
    old = before.model_dump()
    for key in _DECISIVE:
        if now[key] != old[key]:
            _log.warning(
                "the run began with %s %s, this is %s: its last bits may come out otherwise",
                *(key, old[key], now[key]),
            )
    append_line(folder / run_record.RESUMPTIONS, {"step": step, **now})
