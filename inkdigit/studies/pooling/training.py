"""One network of the study: trained, asked about bent digits, and tested once."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter

import numpy as np
import torch
from torch import nn

from inkdigit.config import AugmentationConfig, RunConfig, load
from inkdigit.data.batches import Batches
from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.source import Source
from inkdigit.evaluation import metrics
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count, summarize
from inkdigit.studies.pooling.bends import SWEEPS, bend
from inkdigit.studies.pooling.networks import PoolingCNN, Reduction
from inkdigit.studies.steps import Steps, not_judged
from inkdigit.studies.tested import Record, Tested, test_once
from inkdigit.training.device import Machine
from inkdigit.training.loop import Learner, StepReport, train
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.setup import spec_of
from inkdigit.types import Images, Labels

_FOR_GAP = 5_000  # training digits that are answered as they are


@dataclass(frozen=True)
class Variant:
    """Which network, trained how."""

    reduction: Reduction
    augmented: bool

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.reduction}-{'augmented' if self.augmented else 'plain'}"


class Swept(Record):
    """Accuracy at each strength of one way of bending."""

    name: str  # of the sweep
    settings: tuple[float, ...]
    accuracies: tuple[float, ...]
    neutral: float  # the setting that bends nothing

    @property
    def stability(self) -> float:
        """What is left, on bent pictures on average, of the accuracy on pictures as they are."""
        whole = self.accuracies[self.settings.index(self.neutral)]
        pairs = zip(self.settings, self.accuracies, strict=True)
        bent = fmean(accuracy for setting, accuracy in pairs if setting != self.neutral)
        return bent / whole if whole else 0.0


class Trained(Record):
    """One network from one seed."""

    reduction: Reduction
    augmented: bool
    seed: int
    parameters: int
    operations: int  # multiply-accumulates for one picture
    training_s: float  # of the steps, with their batches and augmentation
    answer_ms: float  # for each of the bent pictures, in large batches
    training_accuracy: float  # on training pictures as they are
    test: Tested
    sweeps: tuple[Swept, ...]

    @property
    def variant(self) -> Variant:
        """Which network it is."""
        return Variant(self.reduction, self.augmented)

    @property
    def gap(self) -> float:
        """How much better it answers what it learned from than what is new."""
        return self.training_accuracy - self.test.accuracy


@dataclass(frozen=True)
class Bench:
    """The pictures and the machine that every network of the study gets."""

    source: Source
    machine: Machine
    spec: ModelSpec
    bent: dict[tuple[str, float], Images]  # by sweep and setting
    labels: Labels  # of the bent pictures
    learned: tuple[Images, Labels]  # some training pictures

    @classmethod
    def set_up(cls, source: Source, machine: Machine, judged: int) -> "Bench":
        """Bend `judged` validation pictures, once for all networks."""
        images, labels = source.validation.read()
        images, labels = images[:judged], labels[:judged]
        bent = {
            (sweep.name, setting): bend(images, sweep, setting)
            for sweep in SWEEPS
            for setting in sweep.settings
        }
        known, truth = source.train.read()
        learned = known[:_FOR_GAP], truth[:_FOR_GAP]
        return cls(source, machine, spec_of(source), bent, labels, learned)


def train_one(
    bench: Bench, variant: Variant, config: RunConfig, *, seed: int, steps: int, openings: Path
) -> Trained:
    """Train one network and measure it.

    Args:
        bench: pictures and machine.
        variant: which network, and whether its training pictures are bent.
        config: of the training.
        seed: draws weights, order and augmentation.
        steps: of the optimizer.
        openings: the log of openings of the test split.
    """
    augmentation = load(preset="fast").augmentation if variant.augmented else AugmentationConfig()
    training = config.training.model_copy(update={"seed": seed, "epochs": 1})
    own = config.model_copy(update={"training": training, "augmentation": augmentation})
    torch.manual_seed(seed_for(seed, Purpose.WEIGHTS))
    device = bench.machine.device
    network = PoolingCNN(bench.spec, variant.reduction).to(memory_format=torch.channels_last)
    learner = Learner(network.to(device), own, autocast=bench.machine.autocast)
    batches = Batches(bench.source.train, training, augmentation, device=device)
    seconds = 0.0
    with closing(train(learner, Steps(batches, steps), not_judged)) as reports:
        for report in reports:
            seconds += report.seconds if isinstance(report, StepReport) else 0.0
    recognizer = TorchRecognizer(network, bench.source.class_names)
    started = perf_counter()
    sweeps = _sweep(recognizer, bench)
    pictures = len(bench.labels) * len(bench.bent)
    answer_ms = 1000 * (perf_counter() - started) / pictures
    return Trained(
        reduction=variant.reduction,
        augmented=variant.augmented,
        seed=seed,
        parameters=parameter_count(network),
        operations=_operations(network, bench.spec),
        training_s=round(seconds, 3),
        answer_ms=round(answer_ms, 5),
        training_accuracy=_accuracy(recognizer, *bench.learned),
        test=test_once(
            network, bench.source, openings, f"study pooling: {variant.name}, seed {seed}"
        ),
        sweeps=sweeps,
    )


def _sweep(recognizer: TorchRecognizer, bench: Bench) -> tuple[Swept, ...]:
    return tuple(
        Swept(
            name=sweep.name,
            settings=sweep.settings,
            accuracies=tuple(
                _accuracy(recognizer, bench.bent[sweep.name, setting], bench.labels)
                for setting in sweep.settings
            ),
            neutral=sweep.neutral,
        )
        for sweep in SWEEPS
    )


def _accuracy(recognizer: TorchRecognizer, images: Images, labels: Labels) -> float:
    answers = recognizer.probabilities(images)
    return metrics.accuracy(np.argmax(answers, axis=1), labels)


def _operations(network: nn.Module, spec: ModelSpec) -> int:
    return sum(layer.operations for layer in summarize(network, spec))
