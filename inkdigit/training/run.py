"""A whole run: data → loop → best epoch → model file → one test → report, all in one folder."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from inkdigit.config import AugmentationConfig, DataConfig, RunConfig, TrainingConfig, dump
from inkdigit.data.augment import augment
from inkdigit.data.batches import Batches
from inkdigit.data.contact_sheet import contact_sheet, pick_per_class
from inkdigit.data.draws import Purpose, generator, seed_for
from inkdigit.data.source import Source, open_source, open_test
from inkdigit.data.split import without_doubles
from inkdigit.durable import LineLog, new_folder, write_json, write_text
from inkdigit.errors import CheckpointError, ConfigError, DataError, DivergedError, RunError
from inkdigit.evaluation import metrics
from inkdigit.evaluation.report import write_report
from inkdigit.evaluation.run_record import MODEL_FILE, OPENINGS
from inkdigit.evaluation.test import TestResult, test
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count, summarize
from inkdigit.recognition.model_file import ModelCard
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.training import checkpoint, environment
from inkdigit.training.device import autocast_dtype, choose_device, fix_arithmetic
from inkdigit.training.export import export
from inkdigit.training.loop import EpochReport, Learner, Score, StepReport, train
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.tensorboard import Board
from inkdigit.types import Images, Labels, Split

_log = logging.getLogger(__name__)

_STATISTICS_IMAGES = 10_000  # enough for a mean to four digits
_SAMPLE_IMAGES = 40


@dataclass(frozen=True)
class Started:
    """The run begins; what is known before its first step."""

    folder: Path
    network: str
    parameters: int
    classes: int
    train: int
    validation: int
    test: int
    epochs: int
    steps: int  # of an epoch
    device: str
    threads: int


@dataclass(frozen=True)
class Phase:
    """What a run does when it does not train."""

    name: Literal["data", "export", "test", "report"]


@dataclass(frozen=True)
class Reading:
    """Pictures of a folder are decoded, or MNIST is downloaded."""

    done: int
    total: int


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


def run(
    config: RunConfig,
    folder: Path,
    *,
    init_from: Path | None = None,
    rebuild: bool = False,
    watch: Watch = lambda _event: None,
) -> RunResult:
    """Train as configured, choose the best epoch on validation, test it once, write the report.

    Args:
        config: everything that decides the result.
        folder: of the run; must not exist, or be empty.
        init_from: a run whose best weights are the start, where their shapes fit.
        rebuild: decode a folder's pictures again even if its pack is in the cache.
        watch: is told of everything that happens, as it happens.

    Raises:
        InkdigitError: see the families in `inkdigit.errors`.
    """
    started = perf_counter()
    _refuse_occupied(folder)
    entry = find(config.model.name)
    device = choose_device(config.training)
    autocast = autocast_dtype(config.training, device)
    threads = fix_arithmetic(config.training)
    watch(Phase("data"))
    source = _open(config.data, rebuild, watch)
    spec = _spec(source)
    model = _new_network(entry.build, spec, config.training.seed)
    if init_from is not None:
        _start_from(model, init_from)
    if device.type != "mps":  # 2.0 × as fast on two AVX-512 cores (LOG.md, 2026-11-22)
        model = model.to(memory_format=torch.channels_last)
    model = model.to(device)
    batches = Batches(source.train, config.training, config.augmentation, device=device)
    learner = Learner(
        model,
        config,
        class_weights=_class_weights(config.training, source.train, device),
        autocast=autocast,
    )
    with new_folder(folder) as aside:
        write_text(aside / "config.toml", dump(config))
        write_json(aside / "environment.json", environment.describe(device, autocast, threads))
        write_json(aside / "splits.json", _split_facts(source))
        write_json(aside / "model.json", _network_facts(config.model.name, model, spec))
    watch(
        Started(
            folder=folder,
            network=config.model.name,
            parameters=parameter_count(model),
            classes=spec.classes,
            train=len(source.train),
            validation=len(source.validation),
            test=len(source.test),
            epochs=config.training.epochs,
            steps=batches.steps,
            device=device.type,
            threads=threads,
        )
    )
    validation = source.validation.read()
    with Board(folder) as board:
        _draw_samples(source.train, config.augmentation, config.training.seed, folder, board)
        best, training_s = _train(learner, batches, validation, source, folder, board, watch)
        learner.network.load_state_dict(
            checkpoint.load_weights(folder / "checkpoints" / checkpoint.BEST)
        )
        watch(Phase("export"))
        model_file = folder / MODEL_FILE
        card = ModelCard(config.model.name, source.class_names, source.preparation)
        export(learner.network, spec, card, model_file, validation[0])
        recognizer = open_recognizer(model_file)
        write_json(
            folder / "validation.json",
            {
                "sha256": source.validation.sha256,
                "class_names": source.class_names,
                "labels": validation[1].tolist(),
                "predicted": recognizer.probabilities(validation[0]).argmax(axis=1).tolist(),
            },
        )
        watch(Phase("test"))
        tested = test(
            recognizer, source.test, openings=folder / OPENINGS, why="the test at the run's end"
        )
        board.finish(config, tested, learner.step)
    watch(Phase("report"))
    result = RunResult(
        folder=folder,
        model=model_file,
        report=folder / "report.html",
        epoch=best.epoch,
        validation=best.validation,
        test=tested,
        training_s=round(training_s, 3),
        total_s=round(perf_counter() - started, 3),
    )
    write_json(
        folder / "result.json",
        result.to_json()
        | {
            "epoch": best.epoch,
            "validation": asdict(best.validation),
            "test": tested.to_record(),
        },
    )
    write_report(folder)
    return result


def _refuse_occupied(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(
            f"{folder} exists already, expected a new folder for the run. "
            "Name another with -o, or move it away."
        )


def _open(config: DataConfig, rebuild: bool, watch: Watch) -> Source:
    """Open the data; what stands in the test part of another source is not trained on."""
    source = open_source(
        config, rebuild=rebuild, watch=lambda done, total: watch(Reading(done, total))
    )
    if config.test_source is None:
        return source
    other = config.model_copy(update={"source": config.test_source})
    test_split = open_test(other, source.preparation, source.class_names)
    train_split = without_doubles(source.train, test_split)
    validation = without_doubles(source.validation, test_split)
    left_out = len(source.train) + len(source.validation) - len(train_split) - len(validation)
    if not (len(train_split) and len(validation)):
        raise DataError(
            f"{config.source}: all its pictures are among the test pictures of "
            f"{config.test_source}. Train on others."
        )
    return replace(
        source,
        train=train_split,
        validation=validation,
        test=test_split,
        left_out=source.left_out + left_out,
    )


def _spec(source: Source) -> ModelSpec:
    """Describe the pictures; their statistics come from training pictures only."""
    rows = np.sort(source.train.indices[:_STATISTICS_IMAGES])
    pixels = source.train.images[rows].reshape(-1, source.preparation.channels)
    return ModelSpec(
        image_size=source.preparation.image_size,
        channels=source.preparation.channels,
        classes=len(source.class_names),
        mean=tuple(float(value) for value in pixels.mean(axis=0, dtype=np.float64)),
        std=tuple(float(value) for value in pixels.std(axis=0, dtype=np.float64)),
    )


def _new_network(build: Callable[[ModelSpec], nn.Module], spec: ModelSpec, seed: int) -> nn.Module:
    torch.manual_seed(seed_for(seed, Purpose.WEIGHTS))
    return build(spec)


def _start_from(model: nn.Module, run_folder: Path) -> None:
    """Take over the weights of a run; a last layer for other classes starts anew, and only it."""
    folder = run_folder / "checkpoints" / checkpoint.BEST
    weights = checkpoint.load_weights(folder)
    wanted = model.state_dict()
    if weights.keys() != wanted.keys():
        name = checkpoint.load_card(folder)["network"]
        raise ConfigError(
            f"{run_folder} holds the network {name!r}, which has other layers. "
            f"Use `-s model.name={name}`."
        )
    other = [name for name in wanted if wanted[name].shape != weights[name].shape]
    if any(not name.startswith("fc.") for name in other):
        card = checkpoint.load_card(folder)
        raise CheckpointError(
            f"{run_folder} was trained on {card['image_size']} pixels a side and "
            f"{card['channels']} channels, which do not fit this data. Use "
            f"`-s data.image_size={card['image_size']} -s data.channels={card['channels']}`."
        )
    if other:
        _log.info("the last layer starts anew: %s has other classes", run_folder)
    model.load_state_dict(wanted | {k: v for k, v in weights.items() if k not in other})


def _class_weights(config: TrainingConfig, split: Split, device: torch.device) -> Tensor | None:
    """Weigh classes by how rare they are; the mean over the pictures is 1."""
    if config.class_weights == "none":
        return None
    counts = np.bincount(split.labels[split.indices], minlength=len(split.class_names))
    weights = len(split) / (len(counts) * np.maximum(counts, 1))
    return torch.tensor(weights, dtype=torch.float32, device=device)


def _train(
    learner: Learner,
    batches: Batches,
    validation: tuple[Images, Labels],
    source: Source,
    folder: Path,
    board: Board,
    watch: Watch,
) -> tuple[EpochReport, float]:
    """Consume the loop: log, save, and stop early; give the best epoch and the seconds of all."""
    images, labels = validation
    best: EpochReport | None = None
    seconds = 0.0

    def validate(network: nn.Module) -> Score:
        return score(TorchRecognizer(network, source.class_names), images, labels)

    checkpoints = folder / "checkpoints"
    with (
        LineLog(folder / "metrics.jsonl") as numbers,
        LineLog(folder / "timings.jsonl") as timings,
        closing(train(learner, batches, validate)) as reports,
    ):
        try:
            for report in reports:
                board.write(report)
                if isinstance(report, StepReport):
                    numbers.add(_step_record(report))
                    watch(report)
                    continue
                seconds += report.training_s
                numbers.add(_epoch_record(report))
                numbers.sync()
                timings.add(_timing_record(report))
                timings.sync()
                card = _checkpoint_card(learner, source, report)
                checkpoint.save_last(checkpoints, learner, card)
                if best is None or _rank(report) < _rank(best):
                    best = report
                    checkpoint.save_best(checkpoints, learner, card)
                watch(report)  # only now: what was announced is safe
                patience = learner.config.training.early_stopping
                if patience and report.epoch - best.epoch >= patience:
                    break
        except DivergedError as error:
            kept = "none was saved yet" if best is None else f"{checkpoints / checkpoint.LAST}"
            raise DivergedError(f"{error} Last good checkpoint: {kept}.") from error
    assert best is not None, "a run has at least one epoch"  # noqa: S101  (epochs ≥ 1)
    return best, seconds


def score(recognizer: TorchRecognizer, images: Images, labels: Labels) -> Score:
    """Judge a network on pictures whose labels are known."""
    probabilities = recognizer.probabilities(images)
    wrong = int((probabilities.argmax(axis=1) != labels).sum())
    return Score(
        accuracy=1 - wrong / len(labels),
        loss=metrics.cross_entropy(probabilities, labels),
        wrong=wrong,
        total=len(labels),
    )


def _rank(report: EpochReport) -> tuple[int, float]:
    """Order epochs, the best first: fewest wrong on validation, then the smaller loss."""
    return report.validation.wrong, report.validation.loss


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


def _checkpoint_card(learner: Learner, source: Source, report: EpochReport) -> dict[str, Any]:
    return {
        "network": learner.config.model.name,
        "class_names": source.class_names,
        "image_size": source.preparation.image_size,
        "channels": source.preparation.channels,
        "epoch": report.epoch,
        "step": report.iterations,
        "validation": asdict(report.validation),
    }


def _split_facts(source: Source) -> dict[str, Any]:
    return {
        "source": source.name,
        "class_names": source.class_names,
        "preparation": asdict(source.preparation),
        "left_out": source.left_out,
        "splits": {
            split.name: {"size": len(split), "sha256": split.sha256}
            for split in (source.train, source.validation, source.test)
        },
    }


def _network_facts(name: str, model: nn.Module, spec: ModelSpec) -> dict[str, Any]:
    layers = summarize(model, spec)
    return {
        "name": name,
        "parameters": parameter_count(model),
        "operations": sum(layer.operations for layer in layers),
        "layers": [asdict(layer) for layer in layers],
    }


def _draw_samples(
    split: Split, config: AugmentationConfig, seed: int, folder: Path, board: Board
) -> None:
    """Draw some training pictures as they are and as the network sees them."""
    per_class = max(1, _SAMPLE_IMAGES // len(split.class_names))
    chosen = pick_per_class(split.labels[split.indices], per_class)[:_SAMPLE_IMAGES]
    images, labels = split.images[split.indices[chosen]], split.labels[split.indices[chosen]]
    bent = augment(
        torch.from_numpy(images).permute(0, 3, 1, 2), config, generator(seed, Purpose.SAMPLES)
    )
    pixels = bent.clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    captions = [split.class_names[label] for label in labels]
    board.show("samples/as they are", contact_sheet(images, captions, columns=10))
    sheet = contact_sheet(pixels, captions, columns=10)
    board.show("samples/augmented", sheet)
    sheet.save(folder / "augmented.png")
