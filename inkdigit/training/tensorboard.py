"""What TensorBoard shows of a run. A consumer of the loop's reports; the loop does not know it."""

from pathlib import Path

import numpy as np
from PIL import Image
from torch.utils.tensorboard.writer import SummaryWriter

from inkdigit.config import RunConfig
from inkdigit.evaluation.test import TestResult
from inkdigit.training.loop import EpochReport, StepReport


class Board:
    """A writer of event files; close it at the end.

    Args:
        folder: of the run; the event files lie in it.
    """

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder))
        self._right = self._seen = 0

    def close(self) -> None:
        """Write out what is still held back, and close."""
        self._writer.close()

    def write(self, report: StepReport | EpochReport) -> None:
        """Note a step at the global step, or an epoch at its last step and at its number."""
        add = self._writer.add_scalar
        if isinstance(report, StepReport):
            add("step/training loss", report.loss, report.step)
            add("step/learning rate", report.learning_rate, report.step)
            add("step/gradient norm", report.gradient_norm, report.step)
            add("step/images per second", report.images / report.seconds, report.step)
            return
        for name, value in (
            ("loss/training", report.training_loss),
            ("loss/validation", report.validation.loss),
            ("accuracy/training", report.training_accuracy),
            ("accuracy/validation", report.validation.accuracy),
            ("images per second", report.images_per_s),
        ):
            add(f"epoch/{name}", value, report.epoch)

    def show(self, name: str, picture: Image.Image) -> None:
        """Show a picture, such as a sheet of sample digits."""
        self._writer.add_image(name, np.asarray(picture.convert("RGB")), 0, dataformats="HWC")

    def finish(self, config: RunConfig, result: TestResult, step: int) -> None:
        """Note the test at the end, and the settings that led to it."""
        self._writer.add_scalar("test/accuracy", result.accuracy, step)
        self._writer.add_scalar("test/loss", result.loss, step)
        settings = {
            f"{section}.{key}": value if isinstance(value, int | float | bool) else str(value)
            for section, values in config.model_dump().items()
            for key, value in values.items()
        }
        self._writer.add_hparams(
            settings, {"hparam/test accuracy": result.accuracy}, run_name=".", global_step=step
        )
