"""The learning-rate range test: train while the rate rises, and watch when the loss stops falling.

It opens no test split and no validation split: all that it looks at is the loss in training.

Source: Smith 2017, *Cyclical learning rates for training neural networks*, § 3.3; the smoothing
and the tenth of the best rate are those of Howard and Gugger 2020, *fastai*.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from inkdigit.config import RunConfig
from inkdigit.data.batches import Batches
from inkdigit.data.source import Source
from inkdigit.errors import ConfigError, DivergedError
from inkdigit.evaluation.charts import Axes, Mark, Series, line_chart
from inkdigit.studies.poster import Part, Poster, Table, write
from inkdigit.training.device import Machine
from inkdigit.training.setup import set_up

_MEMORY = 0.95  # of the smoothed loss: a step weighs a twentieth
_BLOWN_UP = 4.0  # times the smallest smoothed loss: there is nothing more to see
_SHARE = 0.1  # of the rate with the smallest loss, which is the edge already
_LEAST_STEPS = 20

Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Range:
    """Which rates are tried, and how often."""

    lowest: float = 1e-4
    highest: float = 10.0
    steps: int = 200  # from one end to the other, evenly on a logarithmic scale
    repeats: int = 3  # from other weights, in another order

    def rates(self) -> list[float]:
        """Give the rate of every step."""
        return [float(rate) for rate in np.geomspace(self.lowest, self.highest, self.steps)]


@dataclass(frozen=True)
class Sweep:
    """One rise of the rate, from one set of weights."""

    seed: int
    rates: tuple[float, ...]  # up to where the loss blew up
    losses: tuple[float, ...]  # of each step
    smoothed: tuple[float, ...]
    lowest_at: float  # the rate where the smoothed loss is smallest
    blown_up: bool  # it did so inside the range


@dataclass(frozen=True)
class RangeTest:
    """What the sweeps say together."""

    configured: float  # the rate that the configuration has
    sweeps: tuple[Sweep, ...]
    suggestion: float  # the geometric mean over the sweeps
    least: float  # the smallest and the largest suggestion of one sweep
    most: float

    def to_record(self) -> dict[str, Any]:
        """Give it as one line of JSON."""
        return {
            "suggestion": self.suggestion,
            "least": self.least,
            "most": self.most,
            "configured": self.configured,
            "sweeps": [
                {
                    "seed": sweep.seed,
                    "rates": sweep.rates,
                    "losses": sweep.losses,
                    "smoothed": sweep.smoothed,
                    "lowest_at": sweep.lowest_at,
                    "blown_up": sweep.blown_up,
                }
                for sweep in self.sweeps
            ],
        }


def range_test(
    config: RunConfig,
    source: Source,
    machine: Machine,
    span: Range,
    *,
    watch: Watch = lambda _done, _total: None,
) -> RangeTest:
    """Raise the rate step by step, several times, and suggest a peak for the schedule.

    Args:
        config: the run whose rate is looked for; its schedule and averaging are not used.
        source: only its training pictures are seen.
        machine: where to compute.
        span: which rates.
        watch: called with (steps done, of how many).

    Raises:
        ConfigError: the range is empty or too coarse.
    """
    _require_range(span)
    sweeps = []
    for repeat in range(span.repeats):
        seed = config.training.seed + repeat
        total = span.steps * span.repeats

        def step_done(done: int, before: int = repeat * span.steps, total: int = total) -> None:
            watch(before + done, total)

        sweeps.append(_sweep(_with_seed(config, seed), source, machine, span, step_done))
    suggestions = [_SHARE * sweep.lowest_at for sweep in sweeps]
    return RangeTest(
        configured=config.optimizer.learning_rate,
        sweeps=tuple(sweeps),
        suggestion=math.exp(float(np.log(suggestions).mean())),
        least=min(suggestions),
        most=max(suggestions),
    )


def smooth(losses: Sequence[float]) -> list[float]:
    """Average exponentially, without leaning towards the start."""
    smoothed, total, weight = [], 0.0, 0.0
    for loss in losses:
        total, weight = total * _MEMORY + loss, weight * _MEMORY + 1
        smoothed.append(total / weight)
    return smoothed


def write_page(found: RangeTest, data: str, path: Path) -> None:
    """Write the curves and the suggestion as a page."""
    curves = [Series(f"seed {sweep.seed}", sweep.rates, sweep.smoothed) for sweep in found.sweeps]
    axes = Axes("Smoothed loss while the rate rises", "rate", "loss", "log", across="log")
    mark = Mark(found.suggestion, f"suggested: {found.suggestion:.2g}")
    rows = tuple(
        (
            f"{sweep.seed}",
            f"{len(sweep.rates)}",
            f"{min(sweep.smoothed):.3f}",
            f"{sweep.lowest_at:.3g}",
            f"{_SHARE * sweep.lowest_at:.3g}",
        )
        for sweep in found.sweeps
    )
    head = ("seed", "steps", "smallest loss", "at a rate of", "a tenth of it")
    poster = Poster(
        title=f"A learning rate for {data}: {found.suggestion:.2g}",
        about="The network is trained while the rate rises with every step. The suggested peak "
        "is a tenth of the rate at which the smoothed loss was smallest: there the loss stops "
        "falling, and a schedule needs room below. It is a place to begin a search, not its end.",
        facts={
            "Suggested peak": f"{found.suggestion:.2g}",
            "From single sweeps": f"{found.least:.2g} to {found.most:.2g}",
            "Configured": f"{found.configured:g}",
            "Sweeps": f"{len(found.sweeps)}",
        },
        findings=(),
        parts=(
            Part(
                "The curves",
                charts=(line_chart(axes, curves, mark=mark),),
                table=Table(head, rows),
            ),
        ),
    )
    write(poster, path)


def _require_range(span: Range) -> None:
    if not 0 < span.lowest < span.highest < math.inf:
        raise ConfigError(
            f"rates from {span.lowest:g} to {span.highest:g}, expected 0 < lowest < highest. "
            "For example: --lowest 1e-4 --highest 10."
        )
    if span.steps < _LEAST_STEPS or span.repeats < 1:
        raise ConfigError(
            f"{span.steps} steps, {span.repeats} times, expected at least {_LEAST_STEPS} steps, "
            "once: the loss of a single step says little. For example: --steps 200 --repeats 3."
        )


def _with_seed(config: RunConfig, seed: int) -> RunConfig:
    """Leave out what only the end of a run needs, and draw anew."""
    return config.model_copy(
        update={
            "training": config.training.model_copy(update={"seed": seed}),
            "averaging": config.averaging.model_copy(update={"decay": 0.0}),
            "augmentation": config.augmentation.model_copy(update={"clean_epochs": 0}),
        }
    )


def _sweep(
    config: RunConfig, source: Source, machine: Machine, span: Range, watch: Callable[[int], None]
) -> Sweep:
    setup = set_up(config, source, machine, None)
    setup.learner.model.train()
    losses: list[float] = []
    smoothed: list[float] = []
    blown_up = False
    rates = span.rates()
    for rate, (images, labels) in zip(rates, _endless(setup.batches), strict=False):
        loss, _, _ = setup.learner.learn(images, labels, rate)
        losses.append(loss)
        smoothed = smooth(losses)
        watch(len(losses))
        if not math.isfinite(loss) or smoothed[-1] > _BLOWN_UP * min(smoothed):
            blown_up = True
            break
    if not math.isfinite(losses[-1]):
        losses.pop()
        smoothed.pop()
    if len(losses) < _LEAST_STEPS:
        raise DivergedError(
            f"the loss blew up after {len(losses)} steps, at a rate of {rates[len(losses)]:g}, "
            f"expected at least {_LEAST_STEPS} steps. Start lower, with --lowest."
        )
    return Sweep(
        seed=config.training.seed,
        rates=tuple(rates[: len(losses)]),
        losses=tuple(losses),
        smoothed=tuple(smoothed),
        lowest_at=rates[int(np.argmin(smoothed))],
        blown_up=blown_up,
    )


def _endless(batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
    for epoch in count(1):
        yield from batches.epoch(epoch)
