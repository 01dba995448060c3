"""Lines drawn across a picture: a dotted one, and a zigzag.

Both are drawn from a few whole numbers, so all that there can be are made once.
"""

import math
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.corruptions.smoothing import Shares

_SIDE = 28
_HIGHEST = 27  # rows from which and to which lines go, excluded, as in the source
_REACH = 2.3  # pixels up and down that a line's ink falls over
_LEFT, _RIGHT = 2, 25  # columns between which a zigzag goes
_STEP = 2.0  # a zigzag's length and width
_LEAN = 5  # rows that a zigzag rises at most, and falls one less


def with_dotted_line(shares: Shares, draws: np.random.Generator) -> Shares:
    """Draw a dotted line from the left border to the right one.

    Source: `dotted_line` of MNIST-C.
    """
    starts, ends = draws.integers(0, _HIGHEST, (2, len(shares)))
    lined: Shares = np.minimum(shares + _dotted_lines()[starts, ends], 1.0)
    return lined


def with_zigzag(shares: Shares, draws: np.random.Generator) -> Shares:
    """Draw a zigzag from left to right.

    Source: `zigzag` of MNIST-C; its last stroke ends where it does there.
    """
    starts = draws.integers(0, _HIGHEST, len(shares))
    leans = draws.integers(0, 2 * _LEAN, len(shares))
    lined: Shares = np.minimum(shares + _zigzags()[starts, leans], 1.0)
    return lined


@cache
def _dotted_lines() -> NDArray[np.float64]:
    """Draw all dotted lines: (first row, last row, 28, 28)."""
    lines = np.zeros((_HIGHEST, _HIGHEST, _SIDE, _SIDE))
    for start in range(_HIGHEST):
        for end in range(_HIGHEST):
            lines[start, end] = _line((0.0, float(start)), (27.0, float(end)))
    lines[..., np.arange(_SIDE) % 4 < 2] = 0.0
    return lines


@cache
def _zigzags() -> NDArray[np.float64]:
    """Draw all zigzags: (first row, lean, 28, 28)."""
    drawn = np.zeros((_HIGHEST, 2 * _LEAN, _SIDE, _SIDE))
    for start in range(_HIGHEST):
        for lean in range(2 * _LEAN):
            corners = _corners(start, lean - _LEAN)
            for corner, after in pairwise(corners):
                drawn[start, lean] += _line(corner, after)
    return np.minimum(drawn, 1.0)


def _corners(start: int, lean: int) -> list[tuple[float, float]]:
    """Give the corners of a zigzag: (column, row)."""
    angle = math.atan(lean / (_RIGHT - _LEFT))
    length = (_RIGHT - _LEFT) / math.cos(angle)
    turns = range(int((length - _STEP) // (2 * _STEP)) + 1)
    flat = [(0.0, 0.0), *(((2 * turn + 1) * _STEP, (-1) ** turn * _STEP) for turn in turns)]
    whole = 2 * _STEP * (length // (2 * _STEP))
    if length != whole:
        flat.append((length, flat[-1][1] / (2 * (length - whole))))
    cosine, sine = math.cos(angle), math.sin(angle)
    return [
        (cosine * along - sine * off + _LEFT, sine * along + cosine * off + start)
        for along, off in flat
    ]


def _line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    """Draw a line from left to right, its ink falling with the rows' distance: (28, 28)."""
    (left, first), (right, last) = start, end
    if left == right:
        return np.zeros((_SIDE, _SIDE))
    rows, columns = np.mgrid[:_SIDE, :_SIDE].astype(np.float64)
    middle = (last - first) / (right - left) * (columns - left) + first
    distance = np.minimum(np.abs(rows - middle), _REACH - 1e-10)
    ink: NDArray[np.float64] = np.clip(np.log(1 - distance / _REACH) + 1, 0.0, 1.0)
    ink[:, : math.floor(left)] = 0.0
    ink[:, math.ceil(right) :] = 0.0
    return ink
