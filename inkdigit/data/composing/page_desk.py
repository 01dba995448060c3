"""A sheet of paper on which numbers are written and forms are printed, flat and without light."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigit.data.composing.texts import SEPARATORS
from inkdigit.data.handwriting.glyph import Glyph, gap_between, lay
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.handwriting.write import print_text, write_separator
from inkdigit.data.handwriting.writer import Writer

Layer = NDArray[np.float32]  # (height, width), 0 paper to 1 full ink
Point = tuple[float, float]  # x, y

_TOUCHING = 0.1  # of neighbouring digits
_FINE = 4  # strokes are drawn so many times as large


@dataclass(frozen=True)
class Placed:
    """A number on the sheet."""

    text: str  # digits and separators
    box: tuple[int, int, int, int]  # left, top, right, bottom of its digits' ink


class Desk:
    """A sheet that is being written on; layers can be looked at at any time.

    Args:
        draws: what chance decides with.
        pen: the digits to write with.
        writer: whose hand; the height of digits in pixels is theirs.
        size: width and height of the sheet in pixels.
    """

    def __init__(
        self, draws: np.random.Generator, pen: Pen, writer: Writer, size: tuple[int, int]
    ) -> None:
        self.draws, self.writer = draws, writer
        self.width, self.height = size
        self._pen = pen
        self.written: Layer = np.zeros((size[1], size[0]), np.float32)  # by hand
        self.printed: Layer = np.zeros_like(self.written)  # words, boxes, rules of a form
        self.ruled: Layer = np.zeros_like(self.written)  # what the paper came with

    @property
    def unit(self) -> float:
        """Pixels that a digit is tall."""
        return self.writer.height

    def write(self, text: str, left: float, base: float) -> Placed:
        """Write a number from `left` on, its lower edge on `base`."""
        places: list[tuple[str, Glyph, int, int]] = []
        usual = self.draws.uniform(0.04, 0.3)
        for sign in text:
            glyph, raised = self._glyph(sign)
            top = round(base - raised * self.unit) - len(glyph)
            if places:
                last_sign, last, last_left, last_top = places[-1]
                right = last_left + last.shape[1]
                touch = sign.isdigit() and last_sign.isdigit() and self.draws.random() < _TOUCHING
                gap = -0.04 if touch else max(0.03, self.draws.normal(usual, 0.06))
                free = min(gap_between(last, last_top, glyph, top), round(0.4 * self.unit))
                middle = (last_left + right) / 2
                least = middle + 0.12 * self.unit - glyph.shape[1] / 2
                start = max(round(right - free + gap * self.unit), round(least))
            else:
                start = round(left)
            places.append((sign, glyph, start, top))
        for _, glyph, start, top in places:
            lay(self.written, glyph, start, top)
        return Placed(text, _around(places))

    def write_in_cells(self, text: str, cells: Sequence[float], base: float) -> Placed:
        """Write each digit in the middle of a cell of its own.

        Args:
            text: digits only.
            cells: the walls, one more than there are digits.
            base: where the digits stand.
        """
        places = []
        for sign, (start, stop) in zip(text, pairwise(cells), strict=True):
            glyph, raised = self._glyph(sign)
            aside = self.draws.normal(0, 0.06) * (stop - start)
            left = round((start + stop - glyph.shape[1]) / 2 + aside)
            places.append((sign, glyph, left, round(base - raised * self.unit) - len(glyph)))
        for _, glyph, left, top in places:
            lay(self.written, glyph, left, top)
        return Placed(text, _around(places))

    def print(self, text: str, left: float, base: float, height: float) -> float:
        """Print a text, its capitals so tall; gives where it ends."""
        x = left
        for word in text.split():
            glyph = print_text(self.draws, word, height)
            lay(self.printed, glyph, round(x), round(base) - len(glyph))
            x += glyph.shape[1] + 0.45 * height
        return x

    def clear(self) -> None:
        """Take away what was written and printed; the paper's own lines stay."""
        self.written[:] = 0
        self.printed[:] = 0

    def rule(self, start: Point, end: Point, thick: float, dark: float = 1.0) -> None:
        """Print a straight line."""
        stroke(self.printed, [start, end], thick, dark)

    def pull(self, points: Sequence[Point], thick: float) -> None:
        """Draw a line with the writer's pen: nearly straight between the points."""
        bent = [points[0]]
        for one, other in pairwise(points):
            length = float(np.hypot(other[0] - one[0], other[1] - one[1]))
            for share in (0.25, 0.5, 0.75, 1.0):
                aside = self.draws.normal(0, 0.004 * length + 0.4, 2) * (share < 1)
                bent.append(
                    (
                        one[0] + share * (other[0] - one[0]) + float(aside[0]),
                        one[1] + share * (other[1] - one[1]) + float(aside[1]),
                    )
                )
        stroke(self.written, bent, thick, 1.0)

    def _glyph(self, sign: str) -> tuple[Glyph, float]:
        """Write a sign: its ink, and how many digit heights its lower edge is above the line."""
        if sign in SEPARATORS:
            return write_separator(self.draws, self.writer, sign)
        steady = self.writer.unsteady
        size = self.unit * float(np.clip(self.draws.normal(1, steady), 0.7, 1.35))
        raised = float(self.draws.normal(0, steady * 0.5))
        return self._pen.write(self.draws, self.writer, int(sign), size), raised


def stroke(layer: Layer, points: Sequence[Point], thick: float, dark: float) -> None:
    """Draw a smooth-edged line of any width through points."""
    x, y = (np.array(axis) for axis in zip(*points, strict=True))
    pad = int(thick) + 2
    left, top = int(x.min()) - pad, int(y.min()) - pad
    wide, tall = int(x.max()) + pad - left + 1, int(y.max()) + pad - top + 1
    upright = bool(np.ptp(x) <= np.ptp(y))
    fine = (_FINE, 1) if upright else (1, _FINE)  # across the line only: rules are long
    if len(points) > 2:
        fine = (2, 2)
    canvas = Image.new("L", (wide * fine[0], tall * fine[1]))
    path = [((a - left) * fine[0], (b - top) * fine[1]) for a, b in points]
    across = fine[0] if upright else fine[1]
    ImageDraw.Draw(canvas).line(path, 255, max(1, round(thick * across)), joint="curve")
    drawn = np.asarray(canvas.reduce(fine), np.float32) * np.float32(dark / 255)
    lay(layer, drawn, left, top)


def larger(writer: Writer, height: float) -> Writer:
    """Let a writer write digits of another height, in pixels."""
    return replace(writer, height=height)


def _around(places: Sequence[tuple[str, Glyph, int, int]]) -> tuple[int, int, int, int]:
    digits = [place for place in places if place[0].isdigit()]
    return (
        min(left for _, _, left, _ in digits),
        min(top for _, _, _, top in digits),
        max(left + glyph.shape[1] for _, glyph, left, _ in digits),
        max(top + len(glyph) for _, glyph, _, top in digits),
    )
