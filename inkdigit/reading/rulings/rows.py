"""Rows of boxes: the room between two rules, and what is seen of the rulings around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import Grey, Ruling

MOST = 200  # rulings of each direction that a form has
TALL = 0.75, 3.2  # digit heights from the upper rule of a field to the lower one
SHORTEST = 2  # boxes of a comb
TRUE = 0.12  # of a step, that a ruling may be off its place
SEEN = 0.85  # of a ruling's length, digits on it too
MORE_INK = 0.3  # of its length, that other places near it show less
SAME = 2  # pixels that a wall may stand past the end of its rules
FAINTEST = 0.4  # of a ruling's ink: less shows none of it

_NEAR = 4, 0.1  # pixels, and digit heights
_BRIDGE = 6  # pixels of a ruling that may be missing


@dataclass(frozen=True)
class Row:
    """The room between two rules, in which walls may stand."""

    over: Ruling
    under: Ruling
    left: int  # columns that both rules take
    right: int

    @classmethod
    def between(cls, over: Ruling, under: Ruling) -> Self:
        """Put a row between two rules; it may have no width."""
        left = max(over.start, under.start)
        right = min(over.start + over.length, under.start + under.length)
        return cls(over, under, left, right)

    @property
    def height(self) -> float:
        """Pixels from rule to rule, in the middle of what both take."""
        middle = (self.left + self.right) // 2
        return self.under.at(middle) - self.over.at(middle)

    @property
    def top(self) -> int:
        """The first row of walls, the rule's own ink left out."""
        return round(self.over.at((self.left + self.right) // 2)) + self.over.below + 2

    @property
    def bottom(self) -> int:
        """The row behind the last one."""
        return round(self.under.at((self.left + self.right) // 2)) - self.under.above - 2

    def column_of(self, wall: Ruling) -> float:
        """Give the column in which a wall crosses the middle of the row."""
        return wall.at((self.top + self.bottom) // 2)


def near(digit_height: float) -> float:
    """Give the pixels by which rules and walls end beside one another, where they meet."""
    return max(_NEAR[0], _NEAR[1] * digit_height)


def thickened(level: Grey) -> Grey:
    """Spread ink a pixel to the left and right, where a wall may stray."""
    return np.asarray(cv2.dilate(level, np.ones((1, 3), np.uint8)), np.uint8)


def stands_in(thick: Grey, wall: Ruling, row: Row) -> bool:
    """Tell whether a wall is seen from rule to rule; some were followed on to the next row.

    Args:
        thick: ink of the sheet, (height, width), thickened.
        wall: any of the sheet.
        row: that it may stand in.
    """
    if not wall.start <= row.top < row.bottom <= wall.start + wall.length:
        return False
    if not row.left - SAME <= row.column_of(wall) <= row.right + SAME:
        return False
    seen = shown(thick, wall, slice(row.top, row.bottom), np.zeros(1))
    return bool(seen.mean() >= SEEN)


def shown(
    thick: Grey, ruling: Ruling, part: slice, aside: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Tell where there is ink beside a part of a ruling, so far away.

    Args:
        thick: ink of the sheet, (height, width), thickened; turned, if the ruling runs down it.
        ruling: one of the sheet.
        part: of its columns.
        aside: (places,) pixels away from its centre.

    Returns:
        (places, part).
    """
    across = np.rint(ruling.along(part)[None] + aside[:, None]).astype(np.int64)
    inside = (across >= 0) & (across < thick.shape[1])
    along = np.arange(part.start, part.stop)
    ink = thick[along[None], np.clip(across, 0, thick.shape[1] - 1)]
    shown: NDArray[np.bool_] = inside & (ink > FAINTEST * ruling.level)
    return shown


def middle_of_best(values: NDArray[np.number], near: NDArray[np.bool_]) -> int:
    """Find the largest value of those near; the middle one, if its neighbours are as large.

    Args:
        values: (places,).
        near: (places,) which of them may be chosen.
    """
    best = int(np.where(near, values, -1).argmax())
    others = np.flatnonzero(values < values[best])
    first = int(others[others < best].max(initial=-1)) + 1
    last = int(others[others > best].min(initial=len(values))) - 1
    return (first + last + 1) // 2


def bridged(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close the short gaps in what is seen of a ruling, (length,)."""
    side = np.ones((1, _BRIDGE + 1), np.uint8)
    whole = cv2.morphologyEx(seen[None].astype(np.uint8), cv2.MORPH_CLOSE, side)
    return np.asarray(whole[0] > 0, np.bool_)


def runs(are: NDArray[np.bool_], least: float) -> Iterator[tuple[int, int]]:
    """Find where and up to where an array holds, at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], are, [False])).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start >= least:
            yield start, stop
