"""Upright rules: those of a table part numbers, those of a comb or of squares part nothing."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import FIELD
from inkdigit.reading.sheets.sheet import Sheet

CELL = 1.6  # digit heights: in narrower cells every digit has a box of its own
_WALL = 0.6  # of the height that two parts share where a wall stands between them
_ACROSS = 0.3  # of the sheet's width that a rule takes which may close a box
_THICK = 10  # pixels that a wall is less thick than


def parting(sheet: Sheet, height: float) -> NDArray[np.bool_]:
    """Give the rulings of a sheet that may part numbers: (h, w).

    Where one line is seen and no rule across it, upright ones are a comb's or squares', most of
    which were too faint to be found: a box has rules above and below, too.

    Args:
        sheet: the page.
        height: of digits, in pixels.
    """
    is_field = sheet.mask.shape[0] < FIELD * height
    if is_field and not (sheet.rulings.mean(axis=1) > _ACROSS).any():
        return np.zeros_like(sheet.rulings)
    return sheet.rulings


def are_walls(rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which columns of a band of rulings, (height, width), a wall goes through: (width,)."""
    walls: NDArray[np.bool_] = rulings.mean(axis=0) > _WALL
    return walls


def hangs_together(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    rulings: NDArray[np.bool_],
    height: float,
    near: bool,
) -> bool:
    """Tell whether no wall of a table stands between two parts.

    Squared paper and a box for every digit have another wall in less than a cell's width; those
    part nothing, and hold even distant digits together.

    Args:
        one: (4,) box of a part.
        other: of another one, on either side of it.
        rulings: (h, w) of the sheet, that may part numbers.
        height: of digits, in pixels.
        near: whether they are one number where no wall is.
    """
    if one[0] > other[0]:
        one, other = other, one
    middle = (one[0] + one[2]) // 2, (other[0] + other[2]) // 2
    start, end = max(one[2] - 3, middle[0]), min(other[0] + 3, middle[1])
    top, bottom = max(one[1], other[1]), min(one[3], other[3])
    if end <= start or bottom <= top:
        return near  # one above the other, or touching
    cell = round(CELL * height)
    left = max(start - cell, 0)
    walls = are_walls(rulings[top:bottom, left : end + cell])
    between = np.flatnonzero(walls[start - left : end - left]) + start - left
    if not between.size:
        return near
    if not near and between[-1] - between[0] > _THICK:
        return False  # squares, not the boxes of a comb: those have one wall between two digits
    before = walls[max(between[0] - cell, 0) : max(between[0] - _THICK, 0)]
    after = walls[between[-1] + _THICK : between[-1] + cell]
    return bool(before.any() or after.any())  # a digit may hide the one on its side


def has_wall(pair: NDArray[np.int64], rulings: NDArray[np.bool_]) -> bool:
    """Tell whether a wall stands between two parts, (2, 4): a comb's, which holds them together."""
    left, right = pair[:, 2].min(), pair[:, 0].max()
    top, bottom = pair[:, 1].max(), pair[:, 3].min()
    between = rulings[top:bottom, left:right]
    return bool(between.size) and bool(are_walls(between).any())
