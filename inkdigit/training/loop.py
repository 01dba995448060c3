"""The training loop: the main path of inkdigit.

It computes and yields. Logging, progress, TensorBoard, checkpoints and early stopping are
consumers of what it yields; none of them is known here.
"""

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from inkdigit.config import RunConfig, ScheduleConfig
from inkdigit.data.draws import Purpose, generator, seed_for
from inkdigit.errors import DivergedError, OutOfMemoryError
from inkdigit.training.process import tuned_for_training
from inkdigit.training.steps.averaging import averaged, network_of, reestimate_batchnorm
from inkdigit.training.steps.optimizer import gradient_norm, make_optimizer, rate_at, set_rate


@dataclass(frozen=True)
class StepReport:
    """One step of the optimizer."""

    epoch: int  # from 1
    step: int  # from 1, over the whole run
    loss: float  # mean over the batch, as it is minimised: with label smoothing and class weights
    right: int
    images: int
    learning_rate: float
    gradient_norm: float
    seconds: float  # fetching and bending the batch, forward, backward, step


@dataclass(frozen=True)
class Score:
    """How a network does on pictures that it does not learn from."""

    accuracy: float
    loss: float  # mean cross-entropy, without smoothing and weights
    objective: float  # the same with the label smoothing of training: what is minimised
    wrong: int
    total: int


@dataclass(frozen=True)
class EpochReport:
    """One pass over the training pictures, and the validation after it."""

    epoch: int
    iterations: int  # steps since the run began
    training_loss: float
    training_accuracy: float  # of the weights as they were at each step, on bent pictures
    validation: Score
    learning_rate: float
    training_s: float
    validation_s: float
    images: int

    @property
    def images_per_s(self) -> float:
        """Training pictures per second of training."""
        return self.images / self.training_s


@dataclass(frozen=True)
class EpochSoFar:
    """What an epoch has summed up; a checkpoint inside the epoch keeps it."""

    steps: int = 0
    images: int = 0
    right: int = 0
    loss: float = 0.0  # sum over the pictures
    learning_rate: float = 0.0  # of the last step
    seconds: float = 0.0

    def plus(self, step: StepReport) -> "EpochSoFar":
        """Add one step."""
        return EpochSoFar(
            steps=self.steps + 1,
            images=self.images + step.images,
            right=self.right + step.right,
            loss=self.loss + step.loss * step.images,
            learning_rate=step.learning_rate,
            seconds=self.seconds + step.seconds,
        )


class BatchSource(Protocol):
    """What the loop needs of `data.batches.Batches`."""

    steps: int

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Give the batches of one epoch, from step `start` of it on."""
        ...

    def some(self, count: int, draws: torch.Generator) -> Iterator[Tensor]:
        """Give about `count` training pictures in batches."""
        ...


class Learner:
    """A network in training: its weights, their average, the optimizer, and how far it has come.

    Args:
        model: on its device.
        config: the sections `optimizer`, `schedule`, `averaging` and `training` are used.
        class_weights: (classes,) weights in the loss, or None.
        autocast: the type of a mixed-precision forward pass, or None for fp32.
    """

    def __init__(
        self,
        model: nn.Module,
        config: RunConfig,
        *,
        class_weights: Tensor | None = None,
        autocast: torch.dtype | None = None,
    ) -> None:
        self.model = model
        self.config = config
        self.optimizer: Optimizer = make_optimizer(model, config.optimizer)
        decay = config.averaging.decay
        self.average: AveragedModel | None = averaged(model, decay) if decay else None
        self.epoch = 0  # whole epochs, validated
        self.step = 0  # of the whole run
        self.so_far = EpochSoFar()  # of the epoch that is not whole yet
        self._class_weights = class_weights
        self._autocast = autocast

    @property
    def network(self) -> nn.Module:
        """The network that is validated, tested and exported: the average, if there is one."""
        return self.model if self.average is None else network_of(self.average)

    def learn(self, images: Tensor, labels: Tensor, rate: float) -> tuple[float, int, float]:
        """Take one step.

        Args:
            images: (n, channels, side, side) raw pixels.
            labels: (n,) class numbers, or (n, classes) shares of each class; all zero: no digit.
            rate: the learning rate.

        Returns:
            The loss, how many were right, and the norm of the gradient.
        """
        set_rate(self.optimizer, rate)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(
            images.device.type, dtype=self._autocast, enabled=self._autocast is not None
        ):
            logits = self.model(images)
        loss, right = self._judge_all(logits.float(), labels)
        torch.autograd.backward(loss)
        norm = gradient_norm(self.model, self.config.optimizer.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        self.step += 1
        return float(loss.detach()), right, norm

    def _judge_all(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, int]:
        """Judge (n, outputs), or each member of a committee by itself: (n, members, outputs)."""
        if logits.ndim == 2:
            return self._judge(logits, labels)
        members = logits.shape[1]
        loss, right = self._judge(logits.flatten(0, 1), labels.repeat_interleave(members, dim=0))
        return loss, round(right / members)

    def _judge(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, int]:
        """Give the loss of a batch and how many answers are right.

        Where not-digits are learned, the last output is the log-odds of a digit. It has a loss of
        its own beside that of the classes: a glyph that is nearly a 1 must not make 1 less likely
        than 4.
        """
        if not self.config.data.not_digits:
            return self._classify(logits, labels), _count_right(logits, labels)
        classes = logits[:, :-1]
        is_digit = labels < classes.shape[1] if labels.ndim == 1 else labels.any(dim=1)
        loss = binary_cross_entropy_with_logits(logits[:, -1], is_digit.float())
        if is_digit.any():
            loss = loss + self._classify(classes[is_digit], labels[is_digit])
        rejected = int((logits[~is_digit, -1] < 0).sum())
        return loss, rejected + _count_right(classes[is_digit], labels[is_digit])

    def _classify(self, logits: Tensor, labels: Tensor) -> Tensor:
        return cross_entropy(
            logits,
            labels,
            weight=self._class_weights,
            label_smoothing=self.config.training.label_smoothing,
        )


def train(
    learner: Learner, batches: BatchSource, validate: Callable[[nn.Module], Score]
) -> Generator[StepReport | EpochReport, None, None]:
    """Train from where the learner is, also inside an epoch, validating after every epoch.

    The global random state of torch is set anew at every step, so what a network itself draws
    (dropout, say) is a function of the seed and the step too.

    Args:
        learner: what is trained; between two reports it can be looked at and saved.
        batches: the training pictures.
        validate: judges `learner.network` on the validation pictures.

    Yields:
        A StepReport after every step and an EpochReport after every validation.

    Raises:
        DivergedError: a loss is not finite; the message names the epoch and the step.
    """
    with tuned_for_training():
        yield from _epochs(learner, batches, validate)


def _epochs(
    learner: Learner, batches: BatchSource, validate: Callable[[nn.Module], Score]
) -> Iterator[StepReport | EpochReport]:
    training = learner.config.training
    total = batches.steps * training.epochs
    for epoch in range(learner.epoch + 1, training.epochs + 1):
        learner.model.train()
        yield from _steps(learner, batches, epoch, total)
        started = perf_counter()
        _settle(learner, batches, epoch)
        settling_s = perf_counter() - started
        score = validate(learner.network)
        _require_finite("validation loss", score.loss, epoch, learner.step)
        done, learner.so_far = learner.so_far, EpochSoFar()
        learner.epoch = epoch
        yield EpochReport(
            epoch=epoch,
            iterations=learner.step,
            training_loss=done.loss / done.images,
            training_accuracy=done.right / done.images,
            validation=score,
            learning_rate=done.learning_rate,
            training_s=done.seconds + settling_s,
            validation_s=perf_counter() - started - settling_s,
            images=done.images,
        )


def _steps(learner: Learner, batches: BatchSource, epoch: int, total: int) -> Iterator[StepReport]:
    """Take the steps that are left of an epoch."""
    config = learner.config
    source = batches.epoch(epoch, learner.so_far.steps)
    while True:
        started = perf_counter()
        batch = next(source, None)
        if batch is None:
            return
        images, labels = batch
        torch.manual_seed(seed_for(config.training.seed, Purpose.MODEL, epoch, learner.step))
        rate = _rate(learner.step, total, config.optimizer.learning_rate, config.schedule)
        with _memory_named(len(labels)):
            loss, right, norm = learner.learn(images, labels, rate)
        _require_finite("loss", loss, epoch, learner.step)
        _require_finite("norm of the gradient", norm, epoch, learner.step)
        report = StepReport(
            epoch=epoch,
            step=learner.step,
            loss=loss,
            right=right,
            images=len(labels),
            learning_rate=rate,
            gradient_norm=norm,
            seconds=perf_counter() - started,
        )
        learner.so_far = learner.so_far.plus(report)
        yield report


def _count_right(logits: Tensor, labels: Tensor) -> int:
    wanted = labels if labels.ndim == 1 else labels.argmax(dim=1)
    return int((logits.detach().argmax(dim=1) == wanted).sum())


@contextmanager
def _memory_named(images: int) -> Iterator[None]:
    """Turn a lack of memory, which torch reports in three ways, into one that says what to do."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        known = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not known and "can't allocate memory" not in str(error):
            raise
        raise OutOfMemoryError(
            f"a step with {images:,} pictures needs more memory than there is. "
            "Try a smaller training.batch_size."
        ) from error


def _require_finite(what: str, value: float, epoch: int, step: int) -> None:
    if not math.isfinite(value):
        raise DivergedError(
            f"the {what} is {value} in epoch {epoch}, step {step}, expected a finite number. "
            "Try a smaller optimizer.learning_rate, or optimizer.clip_norm=1."
        )


def _rate(step: int, total: int, peak: float, schedule: ScheduleConfig) -> float:
    return peak * rate_at((step + 0.5) / total, schedule)


def _settle(learner: Learner, batches: BatchSource, epoch: int) -> None:
    """Make the network that is judged ready for it."""
    learner.model.eval()
    if learner.average is not None:
        draws = generator(learner.config.training.seed, Purpose.BATCHNORM, epoch)
        count = learner.config.averaging.batchnorm_images
        reestimate_batchnorm(learner.network, batches.some(count, draws))
