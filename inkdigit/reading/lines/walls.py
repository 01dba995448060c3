"""Upright rules: those of a table part numbers, those of combs and squared paper part nothing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Parts
from inkdigit.reading.rulings.ruling import BAND, CELL, FIELD, are_walls
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box

_ACROSS = 0.3  # of the sheet's width that a rule takes which may close a box
_UPRIGHT, _THROUGH = 0.15, 0.8  # of the sheet's height, that upright lines take, and a streak
_RIM = 0.04  # of the sheet's width, beside its edges; a streak strays less
_TIGHT = 0.35  # digit heights between digits of one number: beside a wall is more room
_THIN, _GOES_ON = 0.3, 0.8  # digit heights that a wall is wide, and of half a one beyond its ends
_FROM_RULE_TO_RULE = 1.5  # digit heights: a stroke as tall that ends at rules is a wall
_THICK = 10  # pixels that a wall is less thick than


@dataclass(frozen=True)
class Walls:
    """The rulings of a sheet that may part numbers."""

    rulings: NDArray[np.bool_]  # (h, w)
    tables: tuple[Box, ...] = ()  # one number in every cell, however narrow it is

    @cached_property
    def are_streak(self) -> bool:
        """Whether they are one line from end to end, as dust leaves on a copier's glass.

        It is the only upright one, but for the rim of the sheet, and goes through all of it.
        """
        width = self.rulings.shape[1]
        rim = round(_RIM * width)
        inner = self.rulings[:, rim : width - rim]
        columns = np.flatnonzero(inner.mean(axis=0) > _UPRIGHT)
        if not columns.size or np.ptp(columns) > _RIM * width:
            return False
        return bool(inner[:, columns[0] : columns[-1] + 1].any(axis=1).mean() > _THROUGH)

    def are_of_a_table(self, column: int, row: int) -> bool:
        """Tell whether a place is in a table of squares."""
        return any(
            table.left <= column < table.right and table.top <= row < table.bottom
            for table in self.tables
        )


def parting(sheet: Sheet, height: float) -> Walls:
    """Give the rulings of a sheet that may part numbers.

    Where one line is seen and no rule across it, upright ones are a comb's or squares', most of
    which were too faint to be found: a box has rules above and below, too. Squared paper that is
    written on as if it were blank has none.

    Args:
        sheet: the page.
        height: of digits, in pixels.
    """
    is_field = sheet.mask.shape[0] < FIELD * height
    is_comb = is_field and not (sheet.rulings.mean(axis=1) > _ACROSS).any()
    if is_comb or sheet.is_written_across:
        return Walls(np.zeros_like(sheet.rulings))
    return Walls(sheet.rulings, sheet.tables)


def hangs_together(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    walls: Walls,
    height: float,
    near: bool,
) -> bool:
    """Tell whether no wall of a table stands between two parts.

    Squared paper and a box for every digit have another wall in less than a cell's width; those
    part nothing, and hold even distant digits together.

    Args:
        one: (4,) box of a part.
        other: of another one, on either side of it.
        walls: of the sheet.
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
    are_there = are_walls(walls.rulings[top:bottom, left : end + cell])
    between = np.flatnonzero(are_there[start - left : end - left]) + start - left
    if not between.size:
        return near
    if walls.are_streak and other[0] - one[2] <= _TIGHT * height:
        return near
    if walls.are_of_a_table(int(between[0]) + left, (top + bottom) // 2):
        return False
    if not near and between[-1] - between[0] > _THICK:
        return False  # squares, not the boxes of a comb: those have one wall between two digits
    before = are_there[max(between[0] - cell, 0) : max(between[0] - _THICK, 0)]
    after = are_there[between[-1] + _THICK : between[-1] + cell]
    return bool(before.any() or after.any())  # a digit may hide the one on its side


def has_wall(pair: NDArray[np.int64], rulings: NDArray[np.bool_]) -> bool:
    """Tell whether a wall stands between two parts, (2, 4): a comb's, which holds them together."""
    left, right = pair[:, 2].min(), pair[:, 0].max()
    top, bottom = pair[:, 1].max(), pair[:, 3].min()
    between = rulings[top:bottom, left:right]
    return bool(between.size) and bool(are_walls(between).any())


def are_pieces(parts: Parts, height: float, rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which parts are pieces of walls: these go on above and below, or end at rules.

    Args:
        parts: of the ink.
        height: of digits, in pixels.
        rulings: (h, w) that were found.

    Returns:
        (parts,).
    """
    pieces: NDArray[np.bool_] = (parts.heights > height) & (parts.widths < _THIN * height)
    for part in np.flatnonzero(pieces).tolist():
        left, top, right, bottom = parts.boxes[part].tolist()
        column = np.asarray(rulings[:, left:right].any(axis=1), np.bool_)
        is_tall = bottom - top > _FROM_RULE_TO_RULE * height
        reach = BAND if is_tall else round(height / 2)
        ends = column[max(0, top - reach) : top], column[bottom : bottom + reach]
        least = 0 if is_tall else _GOES_ON
        pieces[part] = all(end.size and end.mean() > least for end in ends)
    return pieces
