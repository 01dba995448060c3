"""Columns of numbers, known by the white between them: where others are apart, these are two.

Two numbers may stand closer than the digits of a wide one. But if the rows around them leave a
clear gap at the same place, and numbers begin or end below one another beside it, it is a gutter.
"""

import numpy as np
from numpy.typing import NDArray

_CLEAR = 1.0, 12.0  # digit heights from one number of a row to the next one, surely two
_LEAST = 0.4  # digit heights that a gutter is wide between two numbers that may be one
_INTO = 0.15  # digit heights that a number may reach into the gutter of the others
_ALIGNED = 0.6  # digit heights by which numbers of a column begin, or end, beside one another
_ROWS = 12  # digit heights up and down: rows of the same columns
_FEWEST = 2  # rows that show a gutter
_HIDDEN = 0.5  # times as many digits, less than that, that lie across it


def across_gutters(
    parts: NDArray[np.int64],
    pairs: NDArray[np.int64],
    numbers: NDArray[np.int64],
    height: float,
) -> NDArray[np.bool_]:
    """Tell which parts that may be one number stand in two columns.

    Args:
        parts: (parts, 4), left, top, right, bottom.
        pairs: (pairs, 2) of parts that stand side by side.
        numbers: (numbers, 4), what they are if all pairs are one.
        height: of digits, in pixels.

    Returns:
        (pairs,)
    """
    one, other = parts[pairs[:, 0]], parts[pairs[:, 1]]
    is_before = (one[:, 0] <= other[:, 0])[:, None]
    one, other = np.where(is_before, one, other), np.where(is_before, other, one)
    start, end, row = one[:, 2], other[:, 0], (one[:, 1] + one[:, 3]) / 2
    wide = np.flatnonzero(end - start >= _LEAST * height)
    gutters = wide[_are_gutters(parts, start[wide], end[wide], row[wide], numbers, height)]
    over = (start[:, None] <= start[gutters]) & (end[:, None] >= end[gutters])
    over &= abs(row[:, None] - row[gutters]) < height / 2
    return np.asarray(over.any(axis=1), np.bool_)


def _are_gutters(
    parts: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    row: NDArray[np.float64],
    numbers: NDArray[np.int64],
    height: float,
) -> NDArray[np.bool_]:
    """(gaps,) Tell which gaps from `start` to `end` are seen in other rows, too."""
    first, last, of_row = _clear_gaps(numbers, height).T
    begin, stop, place = start[:, None], end[:, None], row[:, None]
    shown = (first <= begin + _INTO * height) & (last >= stop - _INTO * height)
    shown &= np.minimum(abs(first - begin), abs(last - stop)) <= _ALIGNED * height
    shown &= abs(of_row - place) <= _ROWS * height
    rows = shown.sum(axis=1)
    middle = (begin + stop) / 2
    hidden = (parts[:, 0] < middle) & (parts[:, 2] > middle)
    hidden &= abs((parts[:, 1] + parts[:, 3]) / 2 - place) <= _ROWS * height
    return np.asarray((rows >= _FEWEST) & (hidden.sum(axis=1) < _HIDDEN * rows), np.bool_)


def _clear_gaps(numbers: NDArray[np.int64], height: float) -> NDArray[np.float64]:
    """Find the white between numbers of a row: (gaps, 3), its start, its end, and the row."""
    left, top, right, bottom = numbers.T
    middle = (top + bottom) / 2
    beside = (middle > top[:, None]) & (middle < bottom[:, None]) & (left >= right[:, None])
    room = np.where(beside, left - right[:, None], np.inf)
    nearest = room.argmin(axis=1) if len(numbers) else np.zeros(0, np.int64)
    least = room[np.arange(len(numbers)), nearest]
    clear = (least >= _CLEAR[0] * height) & (least <= _CLEAR[1] * height)
    return np.stack((right[clear], left[nearest[clear]], middle[clear]), axis=1).astype(np.float64)
