"""Ruled lines of a sheet, and what all who look for them must agree on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width), 0 paper … 255 full ink
THICKEST = 8  # pixels that a ruling is thick at most, on a sheet of usual size
COVERED = 0.9  # of its length where its ink is seen
FIELD = 3.2  # digit heights: a sheet that is less tall shows one line, most likely one number
MANY_LINES = 6  # digit heights that a page with lines is tall; on one line all is as faint
JOINT = 12  # pixels between the end of a wall and the wall that it meets
SPANS = 0.85  # of the sheet: what is as long is no stroke
PLAIN = 5  # digit heights of rulings that tell how the others run
CELL = 1.6  # digit heights: in narrower cells and squares every digit has one of its own
_WALL = 0.6  # of the height of a band that a wall through it takes
BAND = 5  # pixels: what is left of a ruling is as near to it
_SAME = 4  # pixels between the middles of what is one ruling, found twice


@dataclass(frozen=True)
class Ruling:
    """One ruled line, from left to right or, on the turned sheet, from top to bottom."""

    start: int  # its first column
    middle: NDArray[np.float32]  # row of its centre, column by column
    above: int  # pixels of it over the centre
    below: int
    level: float  # of its own ink
    seen: float = 1.0  # of its length, where ink is seen
    alone: float = 1.0  # of its length, where paper is on both sides, too

    @property
    def length(self) -> int:
        """Columns that it takes."""
        return len(self.middle)

    def at(self, along: int) -> float:
        """Give the row of its centre in one of its columns."""
        return float(self.middle[along - self.start])

    def along(self, part: slice) -> NDArray[np.float32]:
        """Give the rows of its centre, (part,), in some of its columns."""
        return self.middle[part.start - self.start : part.stop - self.start]


@dataclass(frozen=True)
class Rulings:
    """All rulings of a sheet; those down the page are measured on the turned sheet."""

    across: tuple[Ruling, ...]
    down: tuple[Ruling, ...]


def distinct(rulings: tuple[Ruling, ...]) -> list[Ruling]:
    """Leave one of each; as neighbouring ridges of one line, some are found twice."""
    kept: list[Ruling] = []
    for ruling in sorted(rulings, key=lambda each: -each.length):
        if not any(apart(ruling, other) <= _SAME for other in kept):
            kept.append(ruling)
    return kept


def apart(ruling: Ruling, other: Ruling) -> float:
    """Give the pixels between two rulings, at the middle of the first; inf beside the other."""
    middle = ruling.start + ruling.length // 2 - other.start
    if not 0 <= middle < other.length:
        return math.inf
    return abs(float(ruling.middle[ruling.length // 2] - other.middle[middle]))


def steps_of(rulings: Sequence[Ruling]) -> NDArray[np.float64]:
    """Give the pixels from each ruling to the next one beside it: (rulings - 1,)."""
    steps: NDArray[np.float64] = np.diff(np.sort([float(each.middle.mean()) for each in rulings]))
    return steps


def are_walls(rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which columns of a band of rulings, (height, width), a wall goes through: (width,)."""
    walls: NDArray[np.bool_] = rulings.mean(axis=0) > _WALL
    return walls


def is_one_of(ruling: Ruling, others: list[Ruling]) -> bool:
    """Tell whether a ruling itself is among others, not one like it."""
    return any(ruling is other for other in others)


def widened(rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark, (height, width), where what is left of rulings may be: on them, and beside them."""
    wide = cv2.dilate(rulings.view(np.uint8), np.ones((BAND, BAND), np.uint8))
    return np.asarray(wide, np.uint8).view(bool)
