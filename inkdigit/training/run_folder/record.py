"""What a run writes down in its folder while it trains; docs/run-folder.md describes the files.

Figures that repeat from run to run go into `metrics.jsonl`, those of the clock into
`timings.jsonl`: two runs of one configuration differ in nothing else.
"""

import io
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from inkdigit.config import RunConfig, dump
from inkdigit.data.augment import augment
from inkdigit.data.contact_sheet import contact_sheet, pick_per_class
from inkdigit.data.draws import Purpose, generator
from inkdigit.data.source import Source
from inkdigit.durable import Log, new_folder, write_bytes, write_json, write_text
from inkdigit.evaluation import run_record
from inkdigit.models.summary import parameter_count, summarize
from inkdigit.training.choice import most_wrong, rank
from inkdigit.training.device import Machine
from inkdigit.training.loop import EpochReport, EpochSoFar, StepReport
from inkdigit.training.run_folder import checkpoint, environment
from inkdigit.training.run_folder.checkpoint import Best, Progress
from inkdigit.training.run_folder.resumption import config_sha256
from inkdigit.training.run_folder.tensorboard import Board
from inkdigit.training.setup import Setup

_SAMPLE_IMAGES = 40


def create_folder(
    folder: Path, config: RunConfig, source: Source, setup: Setup, machine: Machine
) -> Progress:
    """Make the run's folder appear, with everything that is known before the first step.

    The checkpoint of step 0 is in it, so there is one to start from whenever the run is killed.
    """
    progress = Progress(
        config_sha256=config_sha256(config),
        so_far=EpochSoFar(),
        fewest_wrong=None,
        best=None,
        metrics_bytes=0,
        timings_bytes=0,
        training_s=0.0,
        total_s=0.0,
    )
    layers = summarize(setup.learner.model, setup.spec)
    with new_folder(folder) as aside:
        write_text(aside / run_record.CONFIG, dump(config))
        write_json(aside / run_record.ENVIRONMENT, environment.describe(machine))
        write_json(
            aside / run_record.DATA,
            {
                "source": source.name,
                "class_names": source.class_names,
                "preparation": asdict(source.preparation),
                "left_out": source.left_out,
                "excluded": source.excluded,
                "relabelled": source.relabelled,
                "splits": {
                    split.name: {"size": len(split), "sha256": split.sha256}
                    for split in (source.train, source.validation, source.test)
                },
            },
        )
        write_json(
            aside / "model.json",
            {
                "name": config.model.name,
                "parameters": parameter_count(setup.learner.model),
                "operations": sum(layer.operations for layer in layers),
                "layers": [asdict(layer) for layer in layers],
            },
        )
        card = checkpoint.card_of(setup.learner, source)
        checkpoint.save_last(aside / checkpoint.CHECKPOINTS, setup.learner, card, progress)
    return progress


class Recorder:
    """Writes down what the loop reports: logs, TensorBoard, checkpoints. Close it at the end.

    Args:
        folder: of the run; see `create_folder`.
        source: what is learned from.
        setup: what learns.
        progress: how far the run is; what the logs hold beyond it is cut off.
        started: when this process began with the run, by `perf_counter`.
    """

    def __init__(
        self, folder: Path, source: Source, setup: Setup, progress: Progress, *, started: float
    ) -> None:
        self.best = progress.best  # the last one that is as good as that with the fewest wrong
        self.fewest_wrong = progress.fewest_wrong
        self.training_s = progress.training_s
        self._saved_place = (setup.learner.epoch, setup.learner.step)
        self.checkpoints = folder / checkpoint.CHECKPOINTS
        self._began = started - progress.total_s
        self._config_sha256 = progress.config_sha256
        self._source = source
        self._learner = setup.learner
        self._metrics = Log(folder / run_record.METRICS, keep_bytes=progress.metrics_bytes)
        self._timings = Log(folder / run_record.TIMINGS, keep_bytes=progress.timings_bytes)
        self.board = Board(folder, steps_done=setup.learner.step)
        self._saved = perf_counter()
        self._draw_samples(folder / "augmented.png")

    @property
    def saved_step(self) -> int:
        """The step of the last checkpoint."""
        return self._saved_place[1]

    @property
    def total_s(self) -> float:
        """Seconds of this run, in this process and in those before it."""
        return perf_counter() - self._began

    def close(self) -> None:
        """Close every file."""
        with closing(self._metrics), closing(self._timings):
            self.board.close()

    def write(self, report: StepReport | EpochReport) -> None:
        """Write one report down; after an epoch's, all of it and the weights are safe."""
        self.board.write(report)
        if isinstance(report, StepReport):
            self._metrics.add_line(_step_record(report))
            every_s = self._learner.config.training.checkpoint_every_s
            if perf_counter() - self._saved >= every_s:
                self.save()
            return
        self.training_s += report.training_s
        self._metrics.add_line(_epoch_record(report))
        self._timings.add_line(_timing_record(report))
        epoch = Best(epoch=report.epoch, validation=report.validation)
        if self.fewest_wrong is None or rank(epoch.validation) < rank(self.fewest_wrong.validation):
            self.fewest_wrong = epoch
        if epoch.validation.wrong <= most_wrong(self.fewest_wrong.validation):
            self.best = epoch
            # first the best, then the last, which names it: killed between them, the run
            # goes on from before this epoch and finds the same best again
            card = checkpoint.card_of(self._learner, self._source)
            checkpoint.save_best(self.checkpoints, self._learner.network, card)
        self.save()

    def save(self) -> None:
        """Make everything up to the last step safe; the run can go on from there."""
        place = (self._learner.epoch, self._learner.step)
        if place == self._saved_place:
            return
        self._metrics.sync()
        self._timings.sync()
        self.board.sync()
        progress = Progress(
            config_sha256=self._config_sha256,
            so_far=self._learner.so_far,
            fewest_wrong=self.fewest_wrong,
            best=self.best,
            metrics_bytes=self._metrics.length,
            timings_bytes=self._timings.length,
            training_s=self.training_s,
            total_s=self.total_s,
        )
        card = checkpoint.card_of(self._learner, self._source)
        checkpoint.save_last(self.checkpoints, self._learner, card, progress)
        self._saved_place, self._saved = place, perf_counter()

    def _draw_samples(self, path: Path) -> None:
        """Draw some training pictures as they are and as the network sees them."""
        split, config = self._source.train, self._learner.config
        per_class = max(1, _SAMPLE_IMAGES // len(split.class_names))
        chosen = pick_per_class(split.labels[split.indices], per_class)[:_SAMPLE_IMAGES]
        images, labels = split.images[split.indices[chosen]], split.labels[split.indices[chosen]]
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
        draws = generator(config.training.seed, Purpose.SAMPLES)
        bent = augment(pixels, config.augmentation, draws).clamp(0, 255).to(torch.uint8)
        captions = [split.class_names[label] for label in labels]
        self.board.show("samples/as they are", contact_sheet(images, captions, columns=10))
        sheet = contact_sheet(bent.permute(0, 2, 3, 1).numpy(), captions, columns=10)
        self.board.show("samples/augmented", sheet)
        content = io.BytesIO()
        sheet.save(content, "PNG")
        write_bytes(path, content.getvalue())


def _step_record(report: StepReport) -> dict[str, Any]:
    return {
        "kind": "step",
        "epoch": report.epoch,
        "step": report.step,
        "loss": report.loss,
        "learning_rate": report.learning_rate,
        "gradient_norm": report.gradient_norm,
    }


def _epoch_record(report: EpochReport) -> dict[str, Any]:
    return {
        "kind": "epoch",
        "epoch": report.epoch,
        "iterations": report.iterations,
        "training_loss": report.training_loss,
        "training_accuracy": report.training_accuracy,
        "validation_loss": report.validation.loss,
        "validation_accuracy": report.validation.accuracy,
        "validation_wrong": report.validation.wrong,
        "validation_total": report.validation.total,
        "learning_rate": report.learning_rate,
    }


def _timing_record(report: EpochReport) -> dict[str, Any]:
    return {
        "epoch": report.epoch,
        "training_s": round(report.training_s, 3),
        "validation_s": round(report.validation_s, 3),
        "images_per_s": round(report.images_per_s, 1),
    }
