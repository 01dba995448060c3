"""What a run writes down in its folder while it trains; docs/run-folder.md describes the files.

Figures that repeat from run to run go into `metrics.jsonl`, those of the clock into
`timings.jsonl`: two runs of one configuration differ in nothing else.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from inkdigit.config import RunConfig, dump
from inkdigit.data.augment import augment
from inkdigit.data.contact_sheet import contact_sheet, pick_per_class
from inkdigit.data.draws import Purpose, generator
from inkdigit.data.source import Source
from inkdigit.durable import LineLog, new_folder, write_json, write_text
from inkdigit.models.summary import parameter_count, summarize
from inkdigit.training import checkpoint, environment
from inkdigit.training.device import Machine
from inkdigit.training.loop import EpochReport, StepReport
from inkdigit.training.setup import Setup
from inkdigit.training.tensorboard import Board

_SAMPLE_IMAGES = 40


def create_folder(
    folder: Path, config: RunConfig, source: Source, setup: Setup, machine: Machine
) -> None:
    """Make the run's folder appear, with everything that is known before the first step."""
    layers = summarize(setup.learner.model, setup.spec)
    with new_folder(folder) as aside:
        write_text(aside / "config.toml", dump(config))
        write_json(aside / "environment.json", environment.describe(machine))
        write_json(
            aside / "splits.json",
            {
                "source": source.name,
                "class_names": source.class_names,
                "preparation": asdict(source.preparation),
                "left_out": source.left_out,
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


class Recorder:
    """Writes down what the loop reports: logs, TensorBoard, checkpoints. Close it at the end.

    Args:
        folder: of the run; see `create_folder`.
        source: what is learned from.
        setup: what learns.
    """

    def __init__(self, folder: Path, source: Source, setup: Setup) -> None:
        self.best: EpochReport | None = None  # fewest wrong on validation, then see `_rank`
        self.training_s = 0.0
        self.board = Board(folder)
        self.checkpoints = folder / checkpoint.CHECKPOINTS
        self._source = source
        self._learner = setup.learner
        self._metrics = LineLog(folder / "metrics.jsonl")
        self._timings = LineLog(folder / "timings.jsonl")
        self._draw_samples(folder / "augmented.png")

    def close(self) -> None:
        """Close every file."""
        self.board.close()
        self._metrics.close()
        self._timings.close()

    def write(self, report: StepReport | EpochReport) -> None:
        """Write one report down; after an epoch's, all of it and the weights are safe."""
        self.board.write(report)
        if isinstance(report, StepReport):
            self._metrics.add(_step_record(report))
            return
        self.training_s += report.training_s
        self._metrics.add(_epoch_record(report))
        self._metrics.sync()
        self._timings.add(_timing_record(report))
        self._timings.sync()
        card = self._card(report)
        checkpoint.save_last(self.checkpoints, self._learner, card)
        if self.best is None or _rank(report) < _rank(self.best):
            self.best = report
            checkpoint.save_best(self.checkpoints, self._learner, card)

    def _card(self, report: EpochReport) -> dict[str, Any]:
        return {
            "network": self._learner.config.model.name,
            "class_names": self._source.class_names,
            "image_size": self._source.preparation.image_size,
            "channels": self._source.preparation.channels,
            "epoch": report.epoch,
            "step": report.iterations,
            "validation": asdict(report.validation),
        }

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
        sheet.save(path)


def _rank(report: EpochReport) -> tuple[int, float]:
    """Order epochs: fewest wrong first, and of equals the smallest loss as it was minimised.

    The plain loss would prefer half-trained epochs where labels are smoothed: it rises while a
    network learns not to be sure. That cost 0.1 points on 500 validation digits (LOG.md).
    """
    return report.validation.wrong, report.validation.objective


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
