"""Real digits to write with."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.handwriting.glyph import Glyph
from inkdigit.data.handwriting.redrawn import evenly_inked
from inkdigit.data.handwriting.write import write_digit
from inkdigit.data.handwriting.writer import Writer
from inkdigit.types import Images, Labels

Digits = tuple[Images, Labels]  # (N, 28, 28, 1) light on dark, and the digits that they show


class Pen:
    """Digits to write with, found by what they show.

    Args:
        digits: pictures, (N, 28, 28, 1) light on dark, and what each shows; all ten are there.
    """

    def __init__(self, digits: Digits) -> None:
        self._images, labels = digits
        self._inked: dict[int, NDArray[np.uint8]] = {}  # what was written with before
        self._of = [np.flatnonzero(labels == digit) for digit in range(10)]

    def write(self, draws: np.random.Generator, writer: Writer, digit: int, size: float) -> Glyph:
        """Write one of the digits that show this one."""
        rows = self._of[digit]
        row = int(rows[draws.integers(len(rows))])
        if writer.rough:
            return write_digit(draws, writer, self._images[row, ..., 0], digit, size)
        if row not in self._inked:
            self._inked[row] = evenly_inked(self._images[row, ..., 0])
        return write_digit(draws, writer, self._inked[row], digit, size)
