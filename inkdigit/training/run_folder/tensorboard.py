"""What TensorBoard shows of a run. A consumer of the loop's reports; the loop does not know it.

The event file grows as the run's other logs do, through `durable.Log`: TensorBoard's own writer
writes from a thread, whose errors (a full disk) nobody gets to handle.
"""

import os
from pathlib import Path
from time import time

import numpy as np
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import summary

from inkdigit.config import RunConfig
from inkdigit.durable import Log
from inkdigit.evaluation.test import TestResult
from inkdigit.training.loop import EpochReport, StepReport


class Board:
    """A writer of one event file; close it at the end.

    Args:
        folder: of the run; the event file lies in it.
        steps_done: where the run goes on; what an earlier process wrote of later steps is hidden.
    """

    def __init__(self, folder: Path, *, steps_done: int = 0) -> None:
        self._log = Log(folder / f"events.out.tfevents.{time():.0f}.{os.getpid()}")
        self._records = RecordWriter(self._log)
        self._add(Event(file_version="brain.Event:2"))
        if steps_done:
            restarted = SessionLog(status=SessionLog.START)
            self._add(Event(step=steps_done + 1, session_log=restarted))

    def close(self) -> None:
        """Write out what is still held back, and close."""
        self._log.close()

    def sync(self) -> None:
        """Wait until the disk has everything."""
        self._log.sync()

    def write(self, report: StepReport | EpochReport) -> None:
        """Note a step at the global step, or an epoch at its number."""
        if isinstance(report, StepReport):
            self._scalar("step/training loss", report.loss, report.step)
            self._scalar("step/learning rate", report.learning_rate, report.step)
            self._scalar("step/gradient norm", report.gradient_norm, report.step)
            self._scalar("step/images per second", report.images / report.seconds, report.step)
            return
        for name, value in (
            ("loss/training", report.training_loss),
            ("loss/validation", report.validation.loss),
            ("accuracy/training", report.training_accuracy),
            ("accuracy/validation", report.validation.accuracy),
            ("images per second", report.images_per_s),
        ):
            self._scalar(f"epoch/{name}", value, report.epoch)

    def show(self, name: str, picture: Image.Image) -> None:
        """Show a picture, such as a sheet of sample digits."""
        pixels = np.asarray(picture.convert("RGB"))
        self._summary(summary.image(name, pixels, dataformats="HWC"), 0)

    def finish(self, config: RunConfig, result: TestResult, step: int) -> None:
        """Note the test at the end, and the settings that led to it."""
        self._scalar("test/accuracy", result.accuracy, step)
        self._scalar("test/loss", result.loss, step)
        settings = {
            f"{section}.{key}": value if isinstance(value, int | float | bool) else str(value)
            for section, values in config.model_dump().items()
            for key, value in values.items()
        }
        for part in summary.hparams(settings, {"hparam/test accuracy": result.accuracy}):
            self._summary(part, step)
        self._scalar("hparam/test accuracy", result.accuracy, step)

    def _scalar(self, name: str, value: float, step: int) -> None:
        self._summary(summary.scalar(name, value), step)

    def _summary(self, content: Summary, step: int) -> None:
        self._add(Event(step=step, summary=content))

    def _add(self, event: Event) -> None:
        event.wall_time = time()
        self._records.write(event.SerializeToString())
