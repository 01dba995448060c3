"""Tables of squares, such as those of puzzles: closed on all sides, one number in every cell."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import Ruling, Rulings, distinct, steps_of
from inkdigit.types import Box

_FEWEST, _MOST = 4, 14  # rulings of each direction: more are squared paper's, fewer a comb's
_ENDS_ALIKE = 0.04  # of their length, by which the rulings of one table end apart
_STEPS_ALIKE = 0.25  # of the usual one, that a cell is wider or less wide
_SQUARE = 1.35  # times as wide as tall, or as tall as wide


def tables_of_squares(rulings: Rulings) -> tuple[Box, ...]:
    """Find the tables of a sheet whose cells are squares: several rows of them, and an end.

    Squared paper goes on to the edge of the sheet, past its last crossing; a comb has one row.

    Args:
        rulings: of the sheet.
    """
    across, down = list(_alike(rulings.across)), list(_alike(rulings.down))
    tables = []
    for rules in across:
        left, right = _ends(rules)
        top, bottom = _places(rules)[[0, -1]]
        near = _ENDS_ALIKE * max(right - left, bottom - top)
        for walls in down:
            first, last = _places(walls)[[0, -1]]
            over, under = _ends(walls)
            apart = np.abs([first - left, last - right, over - top, under - bottom])
            if (apart <= near).all() and _are_squares(rules, walls):
                tables.append(Box(round(left), round(top), round(right), round(bottom)))
    return tuple(tables)


def _alike(rulings: tuple[Ruling, ...]) -> Iterator[list[Ruling]]:
    """Group those that start and end beside each other, and are as many as a table's."""
    left = distinct(rulings)
    while left:
        start, length = left[0].start, left[0].length
        near = _ENDS_ALIKE * length
        group = [
            each
            for each in left
            if abs(each.start - start) <= near
            and abs(each.start + each.length - start - length) <= near
        ]
        left = [each for each in left if not any(each is other for other in group)]
        if _FEWEST <= len(group) <= _MOST:
            yield sorted(group, key=lambda each: float(each.middle.mean()))


def _ends(rulings: list[Ruling]) -> tuple[float, float]:
    starts = [each.start for each in rulings]
    return float(np.median(starts)), float(
        np.median([each.start + each.length for each in rulings])
    )


def _places(rulings: list[Ruling]) -> NDArray[np.float64]:
    return np.array([each.middle.mean() for each in rulings], np.float64)


def _are_squares(rules: list[Ruling], walls: list[Ruling]) -> bool:
    tall, wide = steps_of(rules), steps_of(walls)
    for steps in (tall, wide):
        usual = np.median(steps)
        if (np.abs(steps - usual) > _STEPS_ALIKE * usual).any():
            return False
    ratio = float(np.median(wide) / np.median(tall))
    return 1 / _SQUARE <= ratio <= _SQUARE
