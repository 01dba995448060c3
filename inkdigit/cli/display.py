"""A run on the terminal: lines that stay, and a bar that moves where somebody watches."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inkdigit.training.loop import EpochReport, StepReport
from inkdigit.training.run_folder.events import Event, Phase, Reading, RunResult, Started


class RunDisplay:
    """Shows what a run reports. Close it at the end, however the run ends.

    Args:
        say: writes one line that stays, to stdout or stderr.
        quiet: show nothing before the result.
    """

    def __init__(self, *, say: Callable[[str], None], quiet: bool) -> None:
        self._epochs = 0  # until the run has started
        self._say = say
        self._quiet = quiet
        self._smoothed = _Smoothed()
        silent = quiet or not sys.stderr.isatty()
        console = Console(stderr=True)
        self._reading = Progress(console=console, transient=True, disable=silent)
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f}  accuracy {task.fields[accuracy]:.2%}"),
            TextColumn("{task.fields[speed]:,.0f} images/s"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # above the bar; a pipe stays a pipe
            disable=silent,
        )

    def close(self) -> None:
        """Leave the terminal tidy."""
        self._reading.stop()
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event; for `training.run.run(watch=...)`."""
        if self._quiet:
            return
        match event:
            case Reading():
                self._read(event)
            case Started():
                self._reading.stop()
                self._start(event)
            case StepReport():
                self._smoothed.add(event)
                self._move(event)
            case EpochReport():
                self._say(
                    f"Epoch {event.epoch}/{self._epochs}  "
                    f"iterations {event.iterations}  loss {event.training_loss:.4f}  "
                    f"training accuracy {event.training_accuracy:.2%}  "
                    f"validation accuracy {event.validation.accuracy:.2%}"
                )
            case Phase(name="test"):
                self._bar.stop()
                self._say("Waiting Test!")
            case Phase():
                pass

    def show_result(self, result: RunResult) -> None:
        """Show how the run ended."""
        self._say(result.test.in_words())
        self._say(
            f"Epoch {result.epoch} was chosen on validation; {result.training_s:.1f} s of "
            f"training, {result.total_s:.1f} s in all"
        )
        self._say("Training complete!")

    def _read(self, event: Reading) -> None:
        if not self._reading.task_ids:
            self._reading.add_task("reading pictures")
            self._reading.start()
        self._reading.update(self._reading.task_ids[0], completed=event.done, total=event.total)

    def _start(self, event: Started) -> None:
        self._epochs = event.epochs
        self._say(
            f"{event.network} with {event.parameters:,} parameters on {event.device}, "
            f"{event.threads} threads"
        )
        self._say(
            f"{event.source}: {event.train:,} training, {event.validation:,} "
            f"validation and {event.test:,} test pictures of {event.classes} classes"
        )
        if event.steps_done:
            self._say(f"Going on after step {event.steps_done:,}")
        self._bar.add_task(
            "train",
            completed=event.steps_done,
            total=event.epochs * event.steps,
            epoch=f"{event.steps_done // event.steps + 1}/{event.epochs}",
            loss=0.0,
            accuracy=0.0,
            speed=0.0,
        )
        self._bar.start()

    def _move(self, report: StepReport) -> None:
        self._bar.update(
            self._bar.task_ids[0],
            completed=report.step,
            epoch=f"{report.epoch}/{self._epochs}",
            loss=self._smoothed.loss,
            accuracy=self._smoothed.accuracy,
            speed=self._smoothed.images_per_s,
        )


class _Smoothed:
    """Figures of about the last fifty steps, so that the display does not flicker."""

    _KEPT = 0.98

    def __init__(self) -> None:
        self._steps = self._loss = self._right = self._images = self._seconds = 0.0

    def add(self, step: StepReport) -> None:
        self._steps = self._KEPT * self._steps + 1
        self._loss = self._KEPT * self._loss + step.loss
        self._right = self._KEPT * self._right + step.right
        self._images = self._KEPT * self._images + step.images
        self._seconds = self._KEPT * self._seconds + step.seconds

    @property
    def loss(self) -> float:
        return self._loss / self._steps

    @property
    def accuracy(self) -> float:
        return self._right / self._images

    @property
    def images_per_s(self) -> float:
        return self._images / self._seconds
