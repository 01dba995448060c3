"""One network of the study: trained for a number of steps, and measured on the way."""

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter

import torch
from torch import Tensor

from inkdigit.config import RunConfig
from inkdigit.data.batches import Batches
from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.source import Source
from inkdigit.errors import DivergedError, ModelError
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count
from inkdigit.studies.residual.gradients import finite, neighbour_correlation, probe
from inkdigit.studies.residual.networks import DeepCNN, Design, right_without_blocks
from inkdigit.studies.residual.results import Chosen, Deletion, Trained
from inkdigit.studies.steps import Steps, first_pictures, not_judged
from inkdigit.studies.tested import Tested, test_once
from inkdigit.training.device import Machine
from inkdigit.training.loop import Learner, StepReport, train
from inkdigit.training.setup import spec_of

RATES = (0.1, 0.01, 0.001)  # among which each design's is chosen
GOAL = 0.99  # of validation
_CHOOSING_SEEDS = (1_000_000, 1_000_001)  # of no network that is reported
_CHOOSING_SHARE = 5  # choosing takes a fifth of the steps, for each rate
_LAST = 10  # figures of the end are means over the last tenth of the steps
_JUDGINGS = 30  # of validation, along the training
_JUDGED = 1_000  # validation pictures, the same each time
_PROBED = 128  # training pictures whose gradients are measured, the same each time
_PAIRS = 4  # of digits between which neighbours are compared

Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Bench:
    """The pictures and the machine that every network of the study gets."""

    source: Source
    machine: Machine
    spec: ModelSpec
    probed: tuple[Tensor, Tensor]
    judged: tuple[Tensor, Tensor]
    pairs: tuple[Tensor, Tensor]

    @classmethod
    def set_up(cls, source: Source, machine: Machine) -> "Bench":
        """Bring the pictures that are looked at again and again to the device."""
        device = machine.device
        pixels, labels = first_pictures(source.train, _PROBED, device)
        known = sorted(set(labels.tolist()))
        first = torch.stack([(labels == label).nonzero()[0, 0] for label in known])
        starts = pixels[first.repeat(2)[:_PAIRS]]
        ends = pixels[first.repeat(2)[1 : _PAIRS + 1]]  # the next class
        return cls(
            source=source,
            machine=machine,
            spec=spec_of(source),
            probed=(pixels, labels),
            judged=first_pictures(source.validation, _JUDGED, device),
            pairs=(starts, ends),
        )


def choose_rate(bench: Bench, design: Design, config: RunConfig, steps: int) -> Chosen:
    """Try each rate in two short trainings; take the one whose worse loss ends lowest.

    One training is not enough: at the edge, a rate serves one seed and ruins the next.

    Args:
        bench: pictures and machine.
        design: which network.
        config: of the training.
        steps: of the long training.
    """
    short = max(_LAST, steps // _CHOOSING_SHARE)
    losses: list[tuple[float, float | None]] = []
    for rate in RATES:
        ends = []
        for seed in _CHOOSING_SEEDS:
            learner = _learner(bench, design, _with(config, seed, rate))
            found, blown_up_at = _follow(learner, _steps(bench, learner.config, short), _look_away)
            ends.append(math.inf if blown_up_at else _end(found))
        losses.append((rate, finite(max(ends))))
    best = min(losses, key=lambda tried: math.inf if tried[1] is None else tried[1])
    return Chosen(learning_rate=best[0], losses=tuple(losses))


def train_one(
    bench: Bench,
    design: Design,
    config: RunConfig,
    *,
    seed: int,
    rate: float,
    steps: int,
    openings: Path,
    watch: Watch,
) -> Trained:
    """Train one network, measure it on the way and at the end, and test it once.

    Args:
        bench: pictures and machine.
        design: which network.
        config: of the training.
        seed: draws weights and order.
        rate: the peak of the learning rate.
        steps: of the optimizer.
        openings: the log of openings of the test split.
        watch: called with (step, steps).
    """
    started = perf_counter()
    learner = _learner(bench, design, _with(config, seed, rate))
    network = learner.model
    assert isinstance(network, DeepCNN), "it was built here"  # noqa: S101
    correlation = neighbour_correlation(network, bench.probed[0], bench.pairs)
    probes = [probe(network, *bench.probed, step=0)]
    validation: list[tuple[int, float]] = []

    def look(report: StepReport) -> None:
        if report.step in _probed_steps(steps):
            probes.append(probe(network, *bench.probed, step=report.step))
        if report.step % max(1, steps // _JUDGINGS) == 0 or report.step == steps:
            validation.append((report.step, _accuracy(network, bench.judged)))
        watch(report.step, steps)

    found, blown_up_at = _follow(learner, _steps(bench, learner.config, steps), look)
    tested = None
    if blown_up_at is None:
        tested = _test(bench, network, openings, f"study residual: {design.name}, seed {seed}")
        blown_up_at = steps if tested is None else None
    whole = blown_up_at is None
    last = found[-max(1, steps // _LAST) :]
    reached = (step for step, accuracy in validation if accuracy >= GOAL)
    return Trained(
        kind=design.kind,
        batchnorm=design.batchnorm,
        depth=design.depth,
        seed=seed,
        learning_rate=rate,
        parameters=parameter_count(network),
        classes=bench.spec.classes,
        probes=tuple(probes),
        correlation=correlation,
        losses=tuple(report.loss for report in found),
        training_loss=_end(found) if whole else None,
        training_accuracy=sum(r.right for r in last) / sum(r.images for r in last)
        if whole
        else None,
        validation=tuple(validation),
        steps_to_goal=next(reached, None),
        blown_up_at=blown_up_at,
        test=tested,
        deletion=_delete(network, bench.judged) if whole else None,
        seconds=round(perf_counter() - started, 3),
    )


def _follow(
    learner: Learner, batches: Steps, look: Callable[[StepReport], None]
) -> tuple[list[StepReport], int | None]:
    """Consume the loop; give its steps, and the one at which it blew up, if it did."""
    found: list[StepReport] = []
    try:
        with closing(train(learner, batches, not_judged)) as reports:
            for report in reports:
                if isinstance(report, StepReport):
                    found.append(report)
                    look(report)
    except DivergedError:
        return found, len(found) + 1
    return found, None


def _learner(bench: Bench, design: Design, config: RunConfig) -> Learner:
    torch.manual_seed(seed_for(config.training.seed, Purpose.WEIGHTS))
    network = DeepCNN(bench.spec, design).to(memory_format=torch.channels_last)
    return Learner(network.to(bench.machine.device), config, autocast=bench.machine.autocast)


def _steps(bench: Bench, config: RunConfig, steps: int) -> Steps:
    device = bench.machine.device
    train = bench.source.train
    return Steps(Batches(train, config.training, config.augmentation, device=device), steps)


def _with(config: RunConfig, seed: int, rate: float) -> RunConfig:
    training = config.training.model_copy(update={"seed": seed, "epochs": 1})
    optimizer = config.optimizer.model_copy(update={"learning_rate": rate})
    return config.model_copy(update={"training": training, "optimizer": optimizer})


def _probed_steps(steps: int) -> set[int]:
    """Choose steps closer together at the beginning: 1, 3, 10, 32, …, and the last."""
    return {round(10 ** (half / 2)) for half in range(20) if 10 ** (half / 2) < steps} | {steps}


def _end(found: list[StepReport]) -> float:
    return fmean(report.loss for report in found[-max(1, len(found) // _LAST) :])


def _accuracy(network: DeepCNN, judged: tuple[Tensor, Tensor]) -> float:
    pixels, labels = judged
    network.eval()
    with torch.inference_mode():
        right = (network(pixels).argmax(dim=1) == labels).float().mean()
    network.train()
    return float(right)


def _test(bench: Bench, network: DeepCNN, openings: Path, why: str) -> Tested | None:
    """Test a network; None if the last step made its answers no numbers."""
    try:
        return test_once(network, bench.source, openings, why)
    except ModelError:
        return None


def _delete(network: DeepCNN, judged: tuple[Tensor, Tensor]) -> Deletion:
    whole, without = right_without_blocks(network, *judged)
    total = len(judged[1])
    shares = tuple(right / total for right in without)
    return Deletion(total=total, whole=whole / total, without=shares)


def _look_away(_report: StepReport) -> None:
    pass
