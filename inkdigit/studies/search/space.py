"""The space of a search: which settings vary, and over what; `space_file` reads one from TOML.

Grid points and random points are functions of (seed, trial number) alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from inkdigit.config import RunConfig, validate
from inkdigit.data.draws import Purpose, seed_for

Value = bool | int | float | str
Point = Mapping[str, Value]  # section.key → value

_DIGITS = 4  # significant ones of a random value: more would only look exact


@dataclass(frozen=True)
class Choices:
    """One of these values."""

    values: tuple[Value, ...]

    def draw(self, draws: np.random.Generator) -> Value:
        """Take one at random."""
        return self.values[int(draws.integers(len(self.values)))]

    def grid(self) -> tuple[Value, ...]:
        """Give all of them."""
        return self.values


@dataclass(frozen=True)
class Range:
    """A value from `low` to `high`, both included."""

    low: float
    high: float
    whole: bool
    log: bool = False
    step: float | None = None  # from `low` on; not beside `log`
    points: int | None = None  # of a grid

    @property
    def is_endless(self) -> bool:
        """Whether a grid would not know which values to take."""
        return self.step is None and self.points is None and (self.log or not self.whole)

    def draw(self, draws: np.random.Generator) -> Value:
        """Take one at random, each as likely as the other; with `log`, each order of magnitude."""
        if self.step is not None:
            return self._value(self.low + self.step * int(draws.integers(self._steps() + 1)))
        if self.whole and not self.log:
            return int(draws.integers(int(self.low), int(self.high) + 1))
        share = float(draws.random())
        if not self.log:
            return self._value(self.low + share * (self.high - self.low))
        span = math.log(self.high) - math.log(self.low)
        return self._value(math.exp(math.log(self.low) + share * span))

    def grid(self) -> tuple[Value, ...]:
        """Give the values that a grid takes."""
        if self.step is not None:
            return tuple(self._value(self.low + self.step * n) for n in range(self._steps() + 1))
        space = np.geomspace if self.log else np.linspace
        count = self.points or int(self.high - self.low) + 1
        found = [self._value(float(each)) for each in space(self.low, self.high, count)]
        return tuple(dict.fromkeys(found))  # whole numbers may coincide

    @property
    def top(self) -> float:
        """The largest value that is taken: `high`, or the last step below it."""
        return self.high if self.step is None else self.low + self.step * self._steps()

    def _steps(self) -> int:
        assert self.step is not None  # noqa: S101
        return math.floor((self.high - self.low) / self.step + 1e-9)

    def _value(self, found: float) -> Value:
        if self.whole:
            return int(min(max(round(found), self.low), self.high))
        return float(min(max(float(f"{found:.{_DIGITS}g}"), self.low), self.high))


@dataclass(frozen=True)
class Space:
    """What varies, in the order of the file, and what is fixed."""

    text: str  # the TOML that it was read from
    varied: Mapping[str, Choices | Range]
    fixed: Point

    def random_point(self, seed: int, number: int) -> Point:
        """Draw the point of a trial."""
        draws = np.random.default_rng(seed_for(seed, Purpose.TRIAL, number))
        return {key: what.draw(draws) for key, what in self.varied.items()}

    def grid_size(self) -> int:
        """Count the points of the grid."""
        return math.prod(len(what.grid()) for what in self.varied.values())

    def grid_point(self, seed: int, number: int) -> Point:
        """Give the point of a trial: the grid in an order drawn by the seed.

        So a part of a grid is spread over all of it.
        """
        order = np.random.default_rng(seed_for(seed, Purpose.TRIAL)).permutation(self.grid_size())
        wanted = int(order[number])
        values = (what.grid() for what in self.varied.values())
        for place, point in enumerate(product(*values)):
            if place == wanted:
                return dict(zip(self.varied, point, strict=True))
        raise IndexError(number)

    def applied(self, config: RunConfig, point: Point) -> RunConfig:
        """Set what is fixed, and the point, in a configuration.

        Raises:
            ConfigError: a value does not fit its key.
        """
        settings = config.model_dump()
        for key, value in {**self.fixed, **point}.items():
            section, name = key.split(".")
            settings[section][name] = value
        return validate(settings)
