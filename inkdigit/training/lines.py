"""Training a network that reads lines: a loop of its own, for texts in place of classes.

As `training.loop`, it computes and yields; whoever calls it logs, saves and stops.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from pydantic import NonNegativeInt, PositiveInt
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.functional import affine_grid, ctc_loss, grid_sample, interpolate, max_pool2d

from inkdigit.config import AveragingConfig, OptimizerConfig, ScheduleConfig, Section
from inkdigit.data.composing.strips import Strip, StripBatch, batches
from inkdigit.durable import write_bytes
from inkdigit.models.line_cnn import STRIDE, SYMBOLS, LineCNN
from inkdigit.training.process import tuned_for_training
from inkdigit.training.run_folder.checkpoint import load_state, state_of
from inkdigit.training.steps.averaging import averaged, network_of, reestimate_batchnorm
from inkdigit.training.steps.optimizer import gradient_norm, make_optimizer, rate_at, set_rate

_STRENGTH = (0.75, 1.25)  # by which the ink of a strip is made fainter or stronger
_HIGHER = 1.5  # rows that a strip is moved up or down by, at most
_HEIGHTS = (0.88, 1.12)  # by which a strip is made lower or higher
_WIDTHS = (0.85, 1.15)  # by which a batch is made wider or narrower
_SHEAR = 0.15  # sideways shift per height, at most
_CELL = 8  # pixels between the points that a strip is warped by
_WARP = 0.8  # pixels (standard deviation) that they are moved by, at most
_THICKER = 0.2  # of the batches get thicker strokes, as many thinner ones
_JUDGED_AT_ONCE = 64  # strips


class LineConfig(Section):
    """How a line network is trained."""

    lines: PositiveInt = 400_000  # composed once, and gone through in every epoch
    epochs: PositiveInt = 5
    batch_size: PositiveInt = 128
    width: PositiveInt = 24  # filters of the first convolution
    seed: NonNegativeInt = 0  # draws lines, weights, and their order
    optimizer: OptimizerConfig = OptimizerConfig(
        name="muon", learning_rate=0.1, momentum=0.8, weight_decay=0.1
    )
    schedule: ScheduleConfig = ScheduleConfig(warmup=0.08)
    averaging: AveragingConfig = AveragingConfig(decay=0.998)


@dataclass(frozen=True)
class LineReport:
    """One pass over the lines, and what it came to."""

    epoch: int  # from 1
    steps: int  # since the beginning
    loss: float  # mean over the steps, see `text_loss`
    exact: float  # share of validation strips whose every sign is right, by the averaged weights
    digits: float  # share of those whose digits are, whatever stands between them
    seconds: float  # of training


class LineLearner:
    """A line network in training: its weights, their average, the optimizer, how far it has come.

    Args:
        network: with the weights that it begins with, on its device.
        config: how it learns.
    """

    def __init__(self, network: LineCNN, config: LineConfig) -> None:
        self.model = network
        self.config = config
        self.optimizer = make_optimizer(network, config.optimizer)
        self.average = averaged(network, config.averaging.decay)
        self.epoch = 0  # whole ones
        self.step = 0

    @property
    def network(self) -> nn.Module:
        """The averaged network: after an epoch it is ready to answer."""
        return network_of(self.average)

    def learn(self, batch: StripBatch, rate: float, autocast: torch.dtype | None) -> float:
        """Take one step and give the loss."""
        set_rate(self.optimizer, rate)
        loss = text_loss(self.model, batch, autocast)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        gradient_norm(self.model, self.config.optimizer.clip_norm)
        self.optimizer.step()
        self.average.update_parameters(self.model)
        self.step += 1
        return float(loss.detach())


def save_lines(learner: LineLearner, file: Path) -> None:
    """Keep all that the next epoch depends on."""
    far = {"epoch": str(learner.epoch), "step": str(learner.step)}
    write_bytes(file, save(state_of(learner), metadata=far))


def restore_lines(learner: LineLearner, file: Path) -> None:
    """Put a learner where `save_lines` was called, to the bit."""
    with safe_open(file, framework="pt") as opened:
        far = opened.metadata()
    load_state(learner, load_file(file))
    learner.epoch, learner.step = int(far["epoch"]), int(far["step"])


def train_lines(
    learner: LineLearner,
    strips: list[Strip],
    validation: list[Strip],
    autocast: torch.dtype | None = None,
) -> Iterator[LineReport]:
    """Train from where the learner is; nothing is chosen, so the last network is the one to take.

    Args:
        learner: between two reports it can be looked at and saved.
        strips: to learn from.
        validation: to report on.
        autocast: the type of a mixed-precision forward pass, or None for fp32.

    Yields:
        A report after every epoch.
    """
    with tuned_for_training():
        yield from _epochs(learner, strips, validation, autocast)


def _epochs(
    learner: LineLearner,
    strips: list[Strip],
    validation: list[Strip],
    autocast: torch.dtype | None,
) -> Iterator[LineReport]:
    config, network = learner.config, learner.model
    total = config.epochs * -(-len(strips) // config.batch_size)
    for epoch in range(learner.epoch + 1, config.epochs + 1):
        started = perf_counter()
        draws = np.random.default_rng((config.seed, epoch))
        torch.manual_seed(int(draws.integers(2**31)))  # what dropout draws from
        network.train()
        losses = []
        for batch in batches(strips, config.batch_size, draws):
            rate = rate_at(min((learner.step + 0.5) / total, 1.0), config.schedule)
            rate *= config.optimizer.learning_rate
            losses.append(learner.learn(_varied(batch, draws), rate, autocast))
        settled = learner.network
        some = batches(strips, config.batch_size, draws)
        count = config.averaging.batchnorm_images // config.batch_size
        reestimate_batchnorm(settled, (_pixels(network, batch) for batch in islice(some, count)))
        seconds = perf_counter() - started
        exact, digits = judge(settled, validation)
        learner.epoch = epoch
        yield LineReport(epoch, learner.step, float(np.mean(losses)), exact, digits, seconds)


def judge(network: nn.Module, strips: list[Strip]) -> tuple[float, float]:
    """Give the share of strips whose every sign is read, and of those whose digits are."""
    exact = right = 0
    for batch in batches(strips, _JUDGED_AT_ONCE):
        for found, text in zip(greedy(network, batch), batch.texts, strict=True):
            exact += found == text
            right += _digits(found) == _digits(text)
    return exact / len(strips), right / len(strips)


def text_loss(network: nn.Module, batch: StripBatch, autocast: torch.dtype | None = None) -> Tensor:
    """Give the negative log-likelihood of a batch's texts, each divided by its length: the mean.

    Args:
        network: strips to logits.
        batch: strips and what stands in them.
        autocast: the type of a mixed-precision forward pass, or None for fp32.

    Source: connectionist temporal classification, Graves et al. 2006.
    """
    pixels = _pixels(network, batch)
    with torch.autocast(pixels.device.type, dtype=autocast, enabled=autocast is not None):
        logits = network(pixels)
    answers = logits.float().log_softmax(dim=2)
    texts = [[1 + SYMBOLS.index(sign) for sign in text] for text in batch.texts]
    return ctc_loss(
        answers.transpose(0, 1),
        torch.tensor([sign for text in texts for sign in text]),
        _steps(batch.widths),
        torch.tensor([len(text) for text in texts]),
        zero_infinity=True,  # of texts that do not fit in so few steps
    )


def greedy(network: nn.Module, batch: StripBatch) -> list[str]:
    """Read off the best sign of every step: quick, and nearly the most probable text."""
    with torch.inference_mode():
        best = network(_pixels(network, batch)).argmax(dim=2).tolist()
    texts = []
    for row, steps in zip(best, _steps(batch.widths).tolist(), strict=True):
        signs, last = [], 0
        for sign in row[:steps]:
            if sign not in (0, last):
                signs.append(SYMBOLS[sign - 1])
            last = sign
        texts.append("".join(signs))
    return texts


def _pixels(network: nn.Module, batch: StripBatch) -> Tensor:
    """Bring a batch to where the network is."""
    return batch.pixels.to(next(network.parameters()).device)


def _steps(widths: Tensor) -> Tensor:
    return torch.div(widths + STRIDE - 1, STRIDE, rounding_mode="floor")


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _varied(batch: StripBatch, draws: np.random.Generator) -> StripBatch:
    """Make of a batch another one that says the same: no line is seen twice alike.

    Each strip's ink gets stronger or fainter, it is sheared, made higher or lower, moved and
    warped; the batch as a whole gets wider or narrower, its strokes thicker or thinner.
    """
    count, _, height, width = batch.pixels.shape
    ink = batch.pixels * torch.from_numpy(draws.uniform(*_STRENGTH, (count, 1, 1, 1))).float()
    stretch = draws.uniform(*_WIDTHS)
    wide = 8 * round(width * stretch / 8)
    stretch = wide / width
    turned = torch.zeros(count, 2, 3)
    turned[:, 0, 0] = 1
    turned[:, 0, 1] = torch.from_numpy(draws.uniform(-_SHEAR, _SHEAR, count) * height / width)
    turned[:, 1, 1] = torch.from_numpy(draws.uniform(*_HEIGHTS, count))
    turned[:, 1, 2] = torch.from_numpy(draws.uniform(-_HIGHER, _HIGHER, count) * 2 / height)
    grid = affine_grid(turned, [count, 1, height, wide], align_corners=False)
    ink = grid_sample(ink, grid + _warp(draws, count, height, wide), align_corners=False)
    changed = draws.random()
    if changed < _THICKER:
        ink = torch.lerp(ink, max_pool2d(ink, 3, 1, 1), float(draws.uniform(0, 0.8)))
    elif changed < 2 * _THICKER:
        ink = torch.lerp(ink, -max_pool2d(-ink, 3, 1, 1), float(draws.uniform(0, 0.6)))
    widths = torch.ceil(batch.widths * stretch).long().clamp(max=wide)
    return StripBatch(ink.clamp_(0, 255), widths, batch.texts)


def _warp(draws: np.random.Generator, count: int, height: int, width: int) -> Tensor:
    """Draw smooth fields, (count, height, width, 2), by which places of -1 to 1 are moved.

    Source: Simard et al. 2003, with noise that is drawn coarse in place of noise that is smoothed.
    """
    shape = (count, 2, height // _CELL + 1, width // _CELL + 1)
    most = draws.uniform(0, _WARP, (count, 1, 1, 1)).astype(np.float32)
    coarse = torch.from_numpy(draws.standard_normal(shape, np.float32) * most)
    fine = interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
    return fine.permute(0, 2, 3, 1) * torch.tensor((2 / width, 2 / height))
