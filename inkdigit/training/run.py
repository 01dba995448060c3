"""A whole run: data → loop → best epoch → model file → one test → report, all in one folder."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from torch import nn

from inkdigit.config import RunConfig
from inkdigit.data.source import Source, open_source
from inkdigit.durable import is_occupied, write_json
from inkdigit.errors import DivergedError, RunError
from inkdigit.evaluation import metrics
from inkdigit.evaluation.report import REPORT, write_report
from inkdigit.evaluation.run_record import MODEL_FILE, OPENINGS
from inkdigit.evaluation.test import TestResult, test
from inkdigit.models.catalogue import find
from inkdigit.models.summary import parameter_count
from inkdigit.recognition.model_file import ModelCard
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.training import checkpoint
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.export import export
from inkdigit.training.loop import EpochReport, Score, StepReport, train
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.record import Recorder, create_folder
from inkdigit.training.setup import Setup, set_up
from inkdigit.types import Images, Labels, Recognizer


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

    name: Literal["export", "test", "report"]


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
    find(config.model.name)  # a typo is told before the pictures are read
    machine = choose_machine(config.training)
    source = open_source(
        config.data, rebuild=rebuild, watch=lambda done, total: watch(Reading(done, total))
    )
    setup = set_up(config, source, machine, init_from)
    create_folder(folder, config, source, setup, machine)
    watch(_started(folder, source, setup, machine))
    validation = source.validation.read()
    with closing(Recorder(folder, source, setup)) as recorder:
        best = _learn(setup, source, validation, recorder, watch)
        watch(Phase("export"))
        recognizer = _export_best(setup, source, validation, folder)
        watch(Phase("test"))
        tested = test(
            recognizer, source.test, openings=folder / OPENINGS, why="the test at the run's end"
        )
        recorder.board.finish(config, tested, setup.learner.step)
    watch(Phase("report"))
    result = RunResult(
        folder=folder,
        model=folder / MODEL_FILE,
        report=folder / REPORT,
        epoch=best.epoch,
        validation=best.validation,
        test=tested,
        training_s=round(recorder.training_s, 3),
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


def score(
    recognizer: TorchRecognizer, images: Images, labels: Labels, *, smoothing: float = 0
) -> Score:
    """Judge a network on pictures whose labels are known; `smoothing` is that of its training."""
    probabilities = recognizer.probabilities(images)
    predicted = probabilities.argmax(axis=1)
    return Score(
        accuracy=metrics.accuracy(predicted, labels),
        loss=metrics.cross_entropy(probabilities, labels),
        objective=metrics.cross_entropy(probabilities, labels, smoothing=smoothing),
        wrong=int((predicted != labels).sum()),
        total=len(labels),
    )


def _refuse_occupied(folder: Path) -> None:
    if is_occupied(folder):
        raise RunError(
            f"{folder} exists already, expected a new folder for the run. "
            "Name another with -o, or move it away."
        )


def _started(folder: Path, source: Source, setup: Setup, machine: Machine) -> Started:
    config = setup.learner.config
    return Started(
        folder=folder,
        network=config.model.name,
        parameters=parameter_count(setup.learner.model),
        classes=len(source.class_names),
        train=len(source.train),
        validation=len(source.validation),
        test=len(source.test),
        epochs=config.training.epochs,
        steps=setup.batches.steps,
        device=machine.device.type,
        threads=machine.threads,
    )


def _learn(
    setup: Setup,
    source: Source,
    validation: tuple[Images, Labels],
    recorder: Recorder,
    watch: Watch,
) -> EpochReport:
    """Consume the loop until its end, or until validation no longer improves; give the best epoch.

    Raises:
        DivergedError: as the loop does, with the last good checkpoint named.
    """
    training = setup.learner.config.training
    patience = training.early_stopping

    def validate(network: nn.Module) -> Score:
        recognizer = TorchRecognizer(network, source.class_names)
        return score(recognizer, *validation, smoothing=training.label_smoothing)

    try:
        with closing(train(setup.learner, setup.batches, validate)) as reports:
            for report in reports:
                recorder.write(report)
                watch(report)  # only now: what is announced is safe
                best = recorder.best
                if patience and best is not None and setup.learner.epoch - best.epoch >= patience:
                    break
    except DivergedError as error:
        saved = recorder.best is not None
        kept = recorder.checkpoints / checkpoint.LAST if saved else "none was saved yet"
        raise DivergedError(f"{error} Last good checkpoint: {kept}.") from error
    assert recorder.best is not None, "a run has at least one epoch"  # noqa: S101
    return recorder.best


def _export_best(
    setup: Setup, source: Source, validation: tuple[Images, Labels], folder: Path
) -> Recognizer:
    """Write the model file of the best epoch, and its answers on validation beside it."""
    network = setup.learner.network
    weights = checkpoint.load_weights(folder / checkpoint.CHECKPOINTS / checkpoint.BEST)
    network.load_state_dict(weights)
    card = ModelCard(setup.learner.config.model.name, source.class_names, source.preparation)
    images, labels = validation
    export(network, setup.spec, card, folder / MODEL_FILE, images)
    recognizer = open_recognizer(folder / MODEL_FILE)
    write_json(
        folder / "validation.json",
        {
            "sha256": source.validation.sha256,
            "class_names": source.class_names,
            "labels": labels.tolist(),
            "predicted": recognizer.probabilities(images).argmax(axis=1).tolist(),
        },
    )
    return recognizer
