"""What the commands of many trainings share: their settings, their folder, and a bar."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from inkdigit.cli.console import print_result
from inkdigit.cli.signals import Stopped
from inkdigit.config import DEFAULT_PRESET, RunConfig, load
from inkdigit.errors import ConfigError
from inkdigit.training.loop import EpochReport, StepReport

if TYPE_CHECKING:
    from inkdigit.studies.poster import Finding


def configured(
    file: Path | None, preset: str | None, data: str | None, override: list[str] | None
) -> RunConfig:
    """Build the settings that a command was given; `--data` is text, whatever it looks like."""
    source = [] if data is None else [f"data.source={json.dumps(data, ensure_ascii=False)}"]
    return load(preset=preset, file=file, overrides=[*(override or ()), *source])


def default_folder(kind: str, preset: str | None, file: Path | None) -> Path:
    """Name the folder of a study after what is studied, and the time."""
    return dated_folder(f"{kind}-{file.stem if file is not None else preset or DEFAULT_PRESET}")


def dated_folder(name: str) -> Path:
    """Name a folder after what is in it, and the time."""
    from datetime import datetime

    return Path("runs") / f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def print_findings(findings: "Sequence[Finding]", report: Path) -> None:
    """Say what a study found of each claim, and where its report is."""
    for finding in findings:
        print_result(f"{finding.claim}: {finding.verdict.upper()}")
        for sentence in finding.sentences:
            print_result(f"  {sentence}")
    print_result(f"Report: {report}")


def refuse_beside_resume(beside: Mapping[str, object]) -> None:
    """See to it that a study goes on as it began.

    Raises:
        ConfigError: some of these options were given.
    """
    given = [name for name, value in beside.items() if value]
    if given:
        raise ConfigError(
            f"{' and '.join(given)} beside --resume: a study goes on as it began, expected nothing "
            "else. Leave it out, or begin another one."
        )


@contextmanager
def resumable(parts: str, command: str) -> Iterator[None]:
    """Say how to go on when the work is stopped.

    Args:
        parts: that are kept once they are finished.
        command: of inkdigit, that goes on.
    """
    try:
        yield
    except (Stopped, KeyboardInterrupt) as stopped:
        raise Stopped(
            getattr(stopped, "exit_code", 130),
            f"stopped; finished {parts} are kept. Go on with: inkdigit {command}",
        ) from stopped


class StudyDisplay:
    """A line on stderr that tells how far a training is; silent off a terminal. Close it.

    Args:
        quiet: show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._bar = Progress(
            TextColumn("training {task.fields[number]}, epoch {task.fields[epoch]}"),
            TextColumn("step {task.completed:,}  {task.fields[accuracy]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # above the bar; a pipe stays a pipe
            disable=quiet or not sys.stderr.isatty(),
        )
        self._number = 1
        self._task = self._bar.add_task("", total=None, number=1, epoch=1, accuracy="")

    def close(self) -> None:
        """Leave the terminal tidy."""
        self._bar.stop()

    def show(self, report: StepReport | EpochReport) -> None:
        """Show one report of the loop."""
        self._bar.start()
        if isinstance(report, StepReport):
            self._bar.update(self._task, completed=report.step, epoch=report.epoch)
        else:
            words = f"held out: {report.validation.accuracy:.2%}"
            self._bar.update(self._task, accuracy=words)

    def next(self, number: int | None = None) -> None:
        """Go on to the next training, or to that of a number."""
        self._number = self._number + 1 if number is None else number
        self._bar.update(self._task, completed=0, number=self._number, epoch=1, accuracy="")
