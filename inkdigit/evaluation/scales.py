"""The axes of charts: how values become heights, and the round numbers beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

# accuracy: the logarithm of the error, upside down. 90 %, 99 % and 99.9 % lie equally far apart,
# so that a curve does not flatten where it matters.
Scale = Literal["linear", "log", "accuracy"]

_ACCURACIES = (
    *(0.0, 0.5, 0.8, 0.9, 0.95, 0.98),
    *(0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999),
)
_CLOSEST_TICKS = 1 / 9  # of the axis
_ROUNDING = 1e-9  # a smaller error is none: it would be one wrong picture in a billion


@dataclass(frozen=True)
class Axis:
    """An axis; heights run from 0 at its foot, or its left end, to 1 at the other."""

    scale: Scale
    low: float  # in positions: the value itself, its logarithm, or that of the error
    high: float
    ceiling: float  # where 100 % is drawn, as its error has no logarithm

    @classmethod
    def around(cls, curves: Sequence[Points], scale: Scale) -> "Axis":
        """Fit the axis; a linear one starts at 0, so that noise does not look like a change."""
        errors = 1 - np.concatenate(curves)
        ceiling = 1 - float(errors[errors > _ROUNDING].min(initial=0.02)) / 2
        low, high = span([_positions(curve, scale, ceiling) for curve in curves])
        margin = 0.04 * (high - low)
        from_zero = scale == "linear" and low >= 0
        return cls(scale, 0.0 if from_zero else low - margin, high + margin, ceiling)

    @classmethod
    def between(cls, low: float, high: float, scale: Literal["linear", "log"]) -> "Axis":
        """Let the axis end at two values, above 0 if it is logarithmic."""
        ends = _positions(np.array((low, high)), scale, 1.0)
        return cls(scale, float(ends[0]), float(ends[1]), 1.0)

    def heights(self, values: Points) -> Points:
        """Place values, in [0, 1]."""
        return (_positions(values, self.scale, self.ceiling) - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Choose round numbers that do not touch: (height, words), from the top down."""
        values = np.array(self._candidates()[::-1])
        kept: list[tuple[float, str]] = []
        for value, height in zip(values.tolist(), self.heights(values).tolist(), strict=True):
            free = not kept or kept[-1][0] - height >= _CLOSEST_TICKS
            if 0 <= height <= 1 and free:
                words = f"{100 * value:.5g} %" if self.scale == "accuracy" else tick_words(value)
                kept.append((height, words))
        return kept

    def _candidates(self) -> Sequence[float]:
        narrow = self.high - self.low < 0.7  # the usual ticks would leave one or none
        if self.scale == "linear":
            return round_ticks(self.low, self.high)
        if self.scale == "accuracy":
            usual = round_ticks(1 - 10**-self.low, 1 - 10**-self.high) if narrow else _ACCURACIES
            return [*(tick for tick in usual if tick < self.ceiling), 1.0]
        if narrow:
            return round_ticks(10**self.low, 10**self.high)
        factors = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        return [factor * 10.0**power for power in powers for factor in factors]


def round_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Choose multiples of 1, 2 or 5 × 10ⁿ inside [low, high], around `about` of them."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = min(power * factor for factor in (1, 2, 5, 10) if power * factor >= 0.999 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def span(curves: Sequence[Points]) -> tuple[float, float]:
    """Find the lowest and the highest value; where they are one, with room on both sides."""
    low, high = min(float(c.min()) for c in curves), max(float(c.max()) for c in curves)
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    room = abs(low) / 2 or 0.5
    return low - room, high + room


def tick_words(value: float) -> str:
    """Write a round number briefly: 2M, 12k, 0.05, 2e-6."""
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:.6g}M"
    if abs(value) >= 10_000:
        return f"{value / 1000:.6g}k"
    words = f"{value:.6g}"
    return f"{value:.0e}".replace("e-0", "e-") if "e" in words else words


def _positions(values: Points, scale: Scale, ceiling: float) -> Points:
    if scale == "linear":
        return values
    logarithm: Points = np.log10(values if scale == "log" else 1 - np.minimum(values, ceiling))
    return logarithm if scale == "log" else -logarithm
