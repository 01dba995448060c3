"""Turning, moving, sizing and slanting pictures, linearly interpolated; paper lies beyond them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.corruptions.smoothing import Shares


@dataclass(frozen=True)
class Placement:
    """Where each pixel of the result is taken from: x and y of the picture, from its centre.

    `x = xx · column + xy · row + x_shift`, and y alike, all of them from the centre.
    """

    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    x_shift: float = 0.0
    y_shift: float = 0.0


def turned(degrees: float) -> Placement:
    """Turn counter-clockwise, as one sees the picture."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Placement(cosine, -sine, sine, cosine)


def moved(right: float, down: float) -> Placement:
    """Move by pixels."""
    return Placement(x_shift=-right, y_shift=-down)


def sized(factor: float) -> Placement:
    """Make larger, or smaller where `factor` is below 1."""
    return Placement(xx=1 / factor, yy=1 / factor)


def slanted(slope: float) -> Placement:
    """Slant: every row lies `slope` pixels further to the right than the one below it."""
    return Placement(xy=slope)


def place(shares: Shares, placement: Placement) -> Shares:
    """Draw every picture anew.

    Args:
        shares: (N, side, side).
        placement: where its pixels come from.

    Returns:
        (N, side, side).
    """
    count, side, _ = shares.shape
    middle = (side - 1) / 2
    rows, columns = np.mgrid[:side, :side] - middle
    x = placement.xx * columns + placement.xy * rows + placement.x_shift + middle
    y = placement.yx * columns + placement.yy * rows + placement.y_shift + middle
    flat = shares.reshape(count, side**2)
    drawn = np.zeros_like(flat)
    for places, weights in _corners(x.ravel(), y.ravel(), side):
        drawn += weights * np.take(flat, places, axis=1)
    return drawn.reshape(shares.shape)


def _corners(
    x: NDArray[np.float64], y: NDArray[np.float64], side: int
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Give the four pixels around each point and how much each counts; outside counts nothing."""
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    corners = []
    for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        weights = np.maximum(1 - np.abs(x - column), 0) * np.maximum(1 - np.abs(y - row), 0)
        inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
        places = np.clip(row, 0, side - 1) * side + np.clip(column, 0, side - 1)
        corners.append((places, weights * inside))
    return corners
