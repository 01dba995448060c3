"""A figure from several seeds: its mean, how far they scatter, and when two figures differ."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import fmean, geometric_mean, stdev

_FEWEST = 2  # seeds that can differ from others by more than one could


@dataclass(frozen=True)
class Spread:
    """The same quantity from several seeds; at least one."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Take values from anywhere."""
        return cls(tuple(values))

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return fmean(self.values)

    @property
    def sd(self) -> float | None:
        """The standard deviation between seeds; None with one seed, or where one is no number."""
        known = len(self.values) > 1 and all(map(math.isfinite, self.values))
        return stdev(self.values) if known else None

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def in_words(self, form: str = ".3g", *, percent: bool = False) -> str:
        """Write mean ± standard deviation.

        Args:
            form: how a number is formatted.
            percent: the values are shares of 1.
        """
        scale, unit = (100.0, "\u00a0%") if percent else (1.0, "")
        if not math.isfinite(self.mean):
            return "no number"
        spread = "" if self.sd is None else f"\u00a0±\u00a0{scale * self.sd:{form}}"
        return f"{scale * self.mean:{form}}{spread}{unit}"


def above(a: Spread, b: Spread, *, by: float = 0.0) -> bool:
    """Tell whether every seed of `a` lies above every seed of `b`, and the means `by` apart.

    With three seeds each, chance alone puts all of one above all of the other in one case of
    twenty; with two, in one of six. One seed shows nothing.
    """
    if min(len(a.values), len(b.values)) < _FEWEST:
        return False
    return a.low > b.high and a.mean - b.mean >= by


def curve(
    values: Sequence[Sequence[float | None]], *, logarithmic: bool
) -> tuple[list[float], list[float], list[float]]:
    """Turn one curve a seed into the middle, the lowest and the highest of each place.

    Args:
        values: (seeds, places); a seed may have fewer places, and None where it has no number.
        logarithmic: the middle is geometric, and what is not above 0 is left out.

    Returns:
        Middle, lowest, highest; NaN where no seed has a value.
    """
    middle, low, high = [], [], []
    for place in zip_longest(*values):
        known = [value for value in place if value is not None and (value > 0 or not logarithmic)]
        average = geometric_mean if logarithmic else fmean
        middle.append(average(known) if known else math.nan)
        low.append(min(known, default=math.nan))
        high.append(max(known, default=math.nan))
    return middle, low, high
