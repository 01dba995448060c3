"""Whole pages of numbers composed from real digits, with the truth about what stands where.

A page is written and printed flat (`page_layouts` on a `page_desk.Desk`), then seen as a camera or
a scanner shows it (`page_camera`). Everything is a function of the generator that is passed in.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.composing.page_camera import (
    Homography,
    Layers,
    Taken,
    coloured,
    exposed,
    lit,
    placed,
    stained,
)
from inkdigit.data.composing.page_desk import Desk, larger, stroke
from inkdigit.data.composing.page_layouts import LAYOUTS, Layout, Rows, count_digits, print_around
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.handwriting.writer import draw_writer
from inkdigit.types import Box

Paper = Literal["plain", "squared", "ruled"]

_MEGAPIXELS = 0.5, 12.0
_DIGITS = 40, 60  # on a page
_LEAST_UNIT = 18  # pixels that a digit is tall on the flat sheet
_STAINED = 0.2
_TRIALS = 40
_MORE = 8  # digits than are wanted: rows are written to their end


@dataclass(frozen=True)
class PageKind:
    """What sort of page to compose."""

    layout: Layout = "lines"
    paper: Paper = "plain"
    taken: Taken = "photo"
    light_on_dark: bool = False
    labels: bool = True  # printed words beside the numbers, and text above and below
    digits: int = 50  # 0: nothing is written, and fields stay empty
    megapixels: float = 2.0
    lines_a_page: float = 45.0  # how many digits, one on another, are as tall as the sheet


@dataclass(frozen=True)
class PageNumber:
    """One number, and where the ink of its digits is."""

    text: str  # with its separators
    corners: NDArray[np.float64]  # (4, 2) x and y in the picture, from the top left on, clockwise

    @property
    def digits(self) -> str:
        """The digits alone."""
        return "".join(sign for sign in self.text if sign.isdigit())

    @property
    def box(self) -> Box:
        """Around the corners."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return Box(int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom)))


@dataclass(frozen=True)
class ComposedPage:
    """A picture of a page, and what is written on it."""

    picture: NDArray[np.uint8]  # (height, width, 3)
    lines: tuple[tuple[PageNumber, ...], ...]  # in reading order
    kind: PageKind


def draw_kind(draws: np.random.Generator) -> PageKind:
    """Draw by chance what sort of page it is."""
    layouts: list[Layout] = list(LAYOUTS)
    papers: tuple[Paper, ...] = ("plain", "squared", "ruled")
    taken: tuple[Taken, ...] = ("screen", "scan", "photo", "close")
    layout = layouts[draws.integers(len(layouts))]
    on_paper = layout in ("lines", "columns")  # forms are printed on plain paper
    return PageKind(
        layout=layout,
        paper=papers[draws.integers(3)] if on_paper else "plain",
        taken=taken[draws.choice(4, p=(0.1, 0.25, 0.4, 0.25))],
        light_on_dark=bool(draws.random() < 0.12),
        labels=bool(draws.random() < 0.7),
        digits=int(draws.integers(_DIGITS[0], _DIGITS[1] - _MORE + 1)),
        megapixels=float(np.exp(draws.uniform(*np.log(_MEGAPIXELS)))),
        lines_a_page=float(draws.uniform(30, 75)),
    )


def compose_page(
    draws: np.random.Generator, pen: Pen, kind: PageKind | None = None
) -> ComposedPage:
    """Compose one page.

    Args:
        draws: what chance decides with.
        pen: the digits.
        kind: what sort of page; None: by chance.
    """
    kind = draw_kind(draws) if kind is None else kind
    size = _size(draws, kind)
    unit = max(_LEAST_UNIT, size[1] / kind.lines_a_page)
    writer = draw_writer(draws)
    writer = larger(replace(writer, unsteady=min(writer.unsteady, 0.08), small_zeros=1.0), unit)
    desk = Desk(draws, pen, writer, size)
    _print_paper(desk, kind.paper)
    rows = _written(desk, kind)
    if kind.labels:
        print_around(desk)
    layers = Layers(desk.written, desk.printed, desk.ruled)
    flat = coloured(draws, layers, light_on_dark=kind.light_on_dark)
    if draws.random() < _STAINED and kind.taken != "screen":
        flat = stained(draws, flat, unit)
    shown, there = placed(draws, flat, size, kind.taken)
    picture = exposed(draws, lit(draws, shown, kind.taken), kind.taken)
    return ComposedPage(picture, _seen(rows, there), kind)


def _size(draws: np.random.Generator, kind: PageKind) -> tuple[int, int]:
    """Draw width and height of the picture in pixels: mostly upright."""
    ratio = draws.uniform(0.68, 0.8)
    short = (kind.megapixels * 1e6 * ratio) ** 0.5
    upright = draws.random() < 0.75
    return (round(short), round(short / ratio)) if upright else (round(short / ratio), round(short))


def _written(desk: Desk, kind: PageKind) -> Rows:
    """Write until the page has about the digits that are wanted: some layouts run out of paper."""
    wanted = kind.digits or _DIGITS[0]
    for _ in range(_TRIALS):
        rows = LAYOUTS[kind.layout](desk, wanted, labels=kind.labels)
        if wanted <= count_digits(rows) <= wanted + _MORE:
            break
        desk.clear()
    else:  # no trial was right: one more stays as it is
        rows = LAYOUTS[kind.layout](desk, wanted, labels=kind.labels)
    if not kind.digits:  # the form as it was printed
        desk.written[:] = 0
        return []
    return rows


def _print_paper(desk: Desk, paper: Paper) -> None:
    """Print the lines or squares that the paper came with."""
    if paper == "plain":
        return
    draws, unit = desk.draws, desk.unit
    thick = max(0.8, unit * draws.uniform(0.02, 0.06))
    step = unit * (draws.uniform(1.6, 2.4) if paper == "ruled" else draws.uniform(0.6, 1.3))
    for y in np.arange(step * draws.random(), desk.height, step):
        stroke(desk.ruled, [(0, float(y)), (desk.width, float(y))], thick, 1.0)
    if paper == "squared":
        for x in np.arange(step * draws.random(), desk.width, step):
            stroke(desk.ruled, [(float(x), 0), (float(x), desk.height)], thick, 1.0)


def _seen(rows: Rows, there: Homography) -> tuple[tuple[PageNumber, ...], ...]:
    """Give what is written in pixels of the picture."""
    lines = []
    for row in rows:
        numbers = []
        for number in row:
            left, top, right, bottom = number.box
            corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
            moved = np.column_stack((corners, np.ones(4))) @ there.T
            numbers.append(PageNumber(number.text, moved[:, :2] / moved[:, 2:]))
        lines.append(tuple(numbers))
    return tuple(lines)
