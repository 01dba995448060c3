"""Tables whose cells are as narrow as those of combs, but hold numbers of two digits.

In a comb every digit has a box of its own, and walls part nothing. Where several boxes hold two
digits side by side, each box holds a number.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import are_walls
from inkdigit.types import Box

_FEWEST = 3  # cells of two digits, in neighbouring rows
_CELL = 1.8  # digit heights that a cell is wide, from wall to wall, at most
_SHARED = 0.5  # of the lower one's height that two digits of a cell share
_ACROSS = 0.1  # of the digits lie across walls, at most: on squared paper far more do
_EDGE = 0.2  # of a digit's width, on both sides of a wall that it lies across
_ROWS = 3.0  # digit heights from one row to the next, at most


def tables_of_narrow_cells(
    rulings: NDArray[np.bool_], digits: NDArray[np.int64], height: float
) -> tuple[Box, ...]:
    """Find tables in whose narrow cells numbers of two digits stand.

    Args:
        rulings: (h, w) where rules and walls are.
        digits: (digits, 4) boxes of the ink, as tall as digits.
        height: of digits, in pixels.
    """
    if not rulings.any():
        return ()
    reach = round(_CELL * height)
    across, cells = 0, []
    for place, (left, top, right, bottom) in enumerate(digits.tolist()):
        start = max(left - reach, 0)
        walls = np.flatnonzero(are_walls(rulings[top:bottom, start : left + reach]))
        walls += start
        edge = _EDGE * (right - left)
        across += bool(((walls > left + edge) & (walls < right - edge)).any())
        end = _end_of_the_next(digits, place, reach)
        before, after = walls[walls < left + edge], walls[walls > right - edge]
        if end and before.size and after.size and end - edge < after[0] < before[-1] + reach:
            cells.append((before[-1], top, after[0], bottom))
    if across > _ACROSS * len(digits):
        return ()
    tables = _tables(np.array(cells, np.int64).reshape(-1, 4), height)
    return tuple(_from_end_to_end(table, rulings) for table in tables)


def _end_of_the_next(digits: NDArray[np.int64], place: int, reach: int) -> int:
    """Give where the digit on the right of one ends, 0 where there is none near."""
    left, top, right, bottom = digits.T
    shared = np.minimum(bottom, bottom[place]) - np.maximum(top, top[place])
    low = np.minimum(bottom - top, bottom[place] - top[place])
    follows = (shared >= _SHARED * low) & (left > left[place]) & (right > right[place])
    follows &= right < left[place] + reach
    return int(right[follows][left[follows].argmin()]) if follows.any() else 0


def _tables(cells: NDArray[np.int64], height: float) -> Iterator[Box]:
    """Put cells of two digits together that are in neighbouring rows."""
    cells = cells[np.argsort(cells[:, 1], kind="stable")]
    for table in np.split(cells, np.flatnonzero(np.diff(cells[:, 1]) > _ROWS * height) + 1):
        if len(table) >= _FEWEST:
            left, top = table[:, :2].min(axis=0)
            right, bottom = table[:, 2:].max(axis=0)
            room = round(height)
            yield Box(int(left), int(top) - room, int(right), int(bottom) + room)


def _from_end_to_end(table: Box, rulings: NDArray[np.bool_]) -> Box:
    """Widen a table to all columns that its rules run through: those of one digit have no pair."""
    bare = np.flatnonzero(~rulings[max(table.top, 0) : table.bottom].any(axis=0))
    left = bare[bare < table.left]
    right = bare[bare >= table.right]
    return table._replace(
        left=int(left[-1]) + 1 if left.size else 0,
        right=int(right[0]) if right.size else rulings.shape[1],
    )
