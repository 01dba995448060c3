"""What first filters answer to: brightness, edges in one direction, or something else."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRID = 32  # of the spectrum, a side
_DIRECTED = 0.3  # of the power points one way
_BALANCED = 0.5  # of what adds up is taken away again


@dataclass(frozen=True)
class Orientation:
    """One filter."""

    direction_deg: float  # of the stroke's edge that it answers to most, 0 to 180; 90: upright
    directed: float  # 0: all directions alike; 1: one only
    balance: float  # 0: sees brightness only; 1: weights for and against are equal

    @property
    def is_edge(self) -> bool:
        """Whether it answers to differences in one direction."""
        return self.directed >= _DIRECTED and self.balance >= _BALANCED


def orientations(weights: NDArray[np.float32]) -> tuple[Orientation, ...]:
    """Measure every filter by its spectrum.

    Args:
        weights: (filters, channels, height, width); channels are averaged.
    """
    return tuple(_orientation(each) for each in weights.astype(np.float64).mean(axis=1))


def _orientation(weights: NDArray[np.float64]) -> Orientation:
    size = float(np.abs(weights).sum()) or 1.0
    balance = 1 - abs(float(weights.sum())) / size
    power = np.abs(np.fft.fft2(weights - weights.mean(), (_GRID, _GRID))) ** 2
    rows, columns = np.meshgrid(*[np.fft.fftfreq(_GRID)] * 2, indexing="ij")
    # twice the angle: a wave and its opposite are one direction
    doubled = np.exp(2j * np.arctan2(rows, columns))
    mean = complex((power * doubled).sum() / (power.sum() or 1.0))
    across = math.degrees(math.atan2(mean.imag, mean.real)) / 2  # the wave's; an edge is upright
    return Orientation((across + 90) % 180, abs(mean), balance)
