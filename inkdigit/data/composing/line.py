"""Lines of handwriting composed of real digits, with the truth about every sign.

A line is one number as people write it: separators, touching neighbours, small zeros, rules, a
patterned paper, signs before and after it that are no digits. Everything is a function of the
generator that is passed in.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.composing.paper import draw_paper, draw_rules, draw_stamp, photograph, write_on
from inkdigit.data.composing.texts import OTHER, SEPARATORS, draw_text, signs_after, signs_before
from inkdigit.data.handwriting.glyph import Glyph, gap_between, lay
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.handwriting.write import join, print_text, write_other, write_separator
from inkdigit.data.handwriting.writer import Writer, draw_writer
from inkdigit.types import Box

_TOUCHING = 0.2  # of all neighbours
_RUN_IN = 0.08  # heights by which they do at most
_SPACED = 0.5  # of the signs beside numbers that are none of theirs
_NESTED = 0.25  # heights that a digit may stand in another's hollow
_RUN_IN_ROUGHLY, _NESTED_ROUGHLY = 0.1, 0.4  # the same by a rough writer


@dataclass(frozen=True)
class Mark:
    """One sign of a line and where its ink is."""

    sign: str  # a digit, a separator, or OTHER
    box: Box


@dataclass(frozen=True)
class ComposedLine:
    """A picture of one number, and what stands in it."""

    picture: NDArray[np.uint8]  # (height, width) grey, dark on light
    marks: tuple[Mark, ...]  # from left to right
    box: Box  # around all marks
    climb: float  # of the line, dy/dx

    @property
    def text(self) -> str:
        """All signs, from left to right."""
        return "".join(mark.sign for mark in self.marks)

    @property
    def digits(self) -> str:
        """The digits alone."""
        return "".join(mark.sign for mark in self.marks if mark.sign.isdigit())


def compose_line(
    draws: np.random.Generator,
    pen: Pen,
    text: str | None = None,
    *,
    plain: bool = False,
    rough: bool = False,
) -> ComposedLine:
    """Compose one line.

    Args:
        draws: what chance decides with.
        pen: the digits.
        text: digits, separators and `?` for a sign that is neither; None: a number by chance.
        plain: only what is asked for, by a plain writer: no signs and no rules around it.
        rough: as bad as pictures get: faint and noisy, strokes broken, digits far in each other.
    """
    writer = draw_writer(draws, plain=plain, rough=rough)
    signs = list(draw_text(draws) if text is None else text)
    if not plain:
        signs = [*signs_before(draws), *signs, *signs_after(draws)]
    glyphs = _write(draws, writer, pen, signs)
    return _on_paper(draws, writer, pen, _placed(draws, writer, signs, glyphs), plain=plain)


def compose_without_number(draws: np.random.Generator, pen: Pen) -> ComposedLine:
    """Compose a picture in which no number stands: print, scribbles, or nothing at all."""
    writer = draw_writer(draws)
    count = int(draws.integers(0, 4))
    printed = draws.random() < 0.6
    glyphs = [write_other(draws, writer, print_only=bool(printed)) for _ in range(count)]
    placed = _placed(draws, writer, [OTHER] * count, glyphs)
    return _on_paper(draws, writer, pen, placed, plain=False)


def _write(
    draws: np.random.Generator, writer: Writer, pen: Pen, signs: list[str]
) -> list[tuple[Glyph, float]]:
    """Write every sign: its ink, and how many digit heights its lower edge is above the line."""
    steady = writer.unsteady
    ending = len("".join(signs).rstrip("0.,-=/?"))  # where small zeros begin
    written = []
    for place, sign in enumerate(signs):
        if sign in SEPARATORS:
            written.append(write_separator(draws, writer, sign))
        elif sign == OTHER:
            glyph, raised = write_other(draws, writer)
            written.append((glyph, raised + float(draws.normal(0, 0.05))))
        else:
            small = writer.small_zeros if sign == "0" and place >= max(1, ending) else 1.0
            size = writer.height * small * float(np.clip(draws.normal(1, steady), 0.6, 1.5))
            raised = draws.normal(0, steady * 0.7) + (1 - small) * 0.5 * (small < 1)
            written.append((pen.write(draws, writer, int(sign), size), float(raised)))
    return written


@dataclass(frozen=True)
class _Place:
    sign: str
    glyph: Glyph
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + int(self.glyph.shape[1])

    @property
    def bottom(self) -> int:
        return self.top + int(self.glyph.shape[0])


def _placed(
    draws: np.random.Generator,
    writer: Writer,
    signs: list[str],
    glyphs: list[tuple[Glyph, float]],
) -> list[_Place]:
    """Set the glyphs side by side on a line whose baseline begins at row 0."""
    unit = writer.height
    run_in, nested = (_RUN_IN_ROUGHLY, _NESTED_ROUGHLY) if writer.rough else (_RUN_IN, _NESTED)
    usual = draws.uniform(0.02, 0.4)
    spread = draws.uniform(0.02, 0.15)
    places: list[_Place] = []
    for sign, (glyph, raised) in zip(signs, glyphs, strict=True):
        if not places:
            places.append(_Place(sign, glyph, 0, round(-raised * unit) - len(glyph)))
            continue
        last = places[-1]
        if draws.random() < _TOUCHING and sign.isdigit() and last.sign.isdigit():
            gap = -unit * draws.uniform(0.01, run_in)
        elif OTHER in (sign, last.sign) and draws.random() < _SPACED:
            gap = unit * draws.uniform(0.2, 1.0)
        elif draws.random() < 0.03:
            gap = unit * draws.uniform(0.5, 1.0)
        else:
            gap = unit * max(0.03, draws.normal(usual, spread))
        base = writer.climb * last.right - raised * unit
        top = round(base) - len(glyph)
        free = gap_between(last.glyph, last.top, glyph, top)
        left = last.right - min(free, int(unit * nested)) + round(gap)
        middle = (last.left + last.right) / 2
        least = round(middle + max(1.0, 0.12 * unit) - glyph.shape[1] / 2)
        if sign.isdigit() and last.sign.isdigit():  # none is hidden in or under another
            least = max(least, last.right - min(glyph.shape[1], last.glyph.shape[1]) // 3)
        places.append(_Place(sign, glyph, max(left, least), top))
    return places


def _on_paper(
    draws: np.random.Generator, writer: Writer, pen: Pen, places: list[_Place], *, plain: bool
) -> ComposedLine:
    """Put the signs on a sheet with all that is around them, and take a picture of it."""
    unit = writer.height
    if places:
        left, right = min(p.left for p in places), max(p.right for p in places)
        top, bottom = min(p.top for p in places), max(p.bottom for p in places)
    else:
        left, top, right, bottom = 0, 0, round(unit * draws.uniform(0.5, 5)), round(unit)
    least = 0.02 if plain else -0.02  # pictures that are cut out by hand cut some ink off
    around = [round(unit * max(least, draws.gamma(1.5, 0.22) - 0.05)) for _ in range(4)]
    height, width = bottom - top + around[0] + around[1], right - left + around[2] + around[3]
    shifted = [
        replace(p, left=p.left - left + around[2], top=p.top - top + around[0]) for p in places
    ]
    ink = np.zeros((height, width), np.float32)
    for place in shifted:
        lay(ink, place.glyph, place.left, place.top)
    for one, other in pairwise(shifted):
        if one.sign.isdigit() and other.sign.isdigit() and draws.random() < writer.joins:
            _join(draws, writer, ink, one, other)
    inside = Box(0, 0, width, height)
    box = _within(
        Box(around[2], around[0], around[2] + right - left, around[0] + bottom - top), inside
    )
    paper = draw_paper(draws, height, width, busy=0.3 if plain else 0.55, writing=unit)
    if not plain:
        _add_neighbours(draws, writer, pen, ink, box)
        paper = _ruled(draws, paper, box, unit)
    written = write_on(draws, paper, ink, faint=writer.rough)
    picture = photograph(draws, written, even_noise=writer.rough)
    marks = tuple(
        Mark(p.sign, _within(Box(p.left, p.top, p.right, p.bottom), inside)) for p in shifted
    )
    return ComposedLine(picture, marks, box, writer.climb)


def _within(box: Box, other: Box) -> Box:
    """Leave out what of a box lies outside another."""
    return Box(
        max(box.left, other.left),
        max(box.top, other.top),
        min(box.right, other.right),
        min(box.bottom, other.bottom),
    )


def _join(
    draws: np.random.Generator,
    writer: Writer,
    ink: NDArray[np.float32],
    one: _Place,
    other: _Place,
) -> None:
    """Draw a stroke from the right of one digit to the left of the next, near one height."""
    share = draws.uniform(0.05, 0.95)
    ends = []
    for place, from_right in ((one, True), (other, False)):
        row = min(int(share * len(place.glyph)), len(place.glyph) - 1)
        columns = np.flatnonzero(place.glyph[row] > 0.5)
        if not len(columns):
            return
        column = columns[-1] if from_right else columns[0]
        ends.append((place.left + int(column), place.top + row))
    (x, y), (to_x, to_y) = ends
    if 0 < to_x - x < writer.height * 0.8:
        stroke = join(draws, writer, to_x - x, to_y - y)
        lay(ink, stroke, x, min(y, to_y) - 1)


def _add_neighbours(
    draws: np.random.Generator, writer: Writer, pen: Pen, ink: NDArray[np.float32], box: Box
) -> None:
    """Let parts of other lines, and of print beside the number, reach into the picture."""
    unit = writer.height
    for above in (True, False):
        if draws.random() > 0.13:
            continue
        gap = unit * draws.uniform(0.02, 0.3)
        x = -unit * draws.random()
        while x < ink.shape[1]:
            if draws.random() < 0.7:
                glyph = pen.write(draws, writer, int(draws.integers(10)), unit)
            else:
                glyph = print_text(draws, "Total", unit * 0.6)
            top = box.top - gap - len(glyph) if above else box.bottom + gap
            lay(ink, glyph, round(x), round(top))
            x += glyph.shape[1] + unit * draws.uniform(0.1, 1.5)


def _ruled(
    draws: np.random.Generator, paper: NDArray[np.float32], box: Box, unit: float
) -> NDArray[np.float32]:
    """Print rules, boxes, a grid or a stamp on the paper: under, through and around the number."""
    height, width = paper.shape
    kind = draws.random()
    ink = np.zeros_like(paper)
    if kind < 0.22:  # one or two rules, mostly under the number, some through it
        lines = [box.bottom + unit * draws.normal(0.05, 0.12)]
        if draws.random() < 0.4:
            lines.append(box.top - unit * draws.normal(0.05, 0.12))
        if draws.random() < 0.1:
            lines.append(draws.uniform(box.top, box.bottom))
        ink = draw_rules(draws, height, width, lines, upright=False)
    elif kind < 0.32:  # a box around it
        across = [box.top - unit * draws.uniform(0, 0.3), box.bottom + unit * draws.uniform(0, 0.3)]
        down = [box.left - unit * draws.uniform(0, 0.4), box.right + unit * draws.uniform(0, 0.4)]
        ink = np.maximum(
            draw_rules(draws, height, width, across, upright=False),
            draw_rules(draws, height, width, down, upright=True),
        )
    elif kind < 0.42:  # squared paper
        step = unit * draws.uniform(0.35, 1.4)
        rows = np.arange(draws.uniform(0, step), height, step).tolist()
        columns = np.arange(draws.uniform(0, step), width, step).tolist()
        ink = np.maximum(
            draw_rules(draws, height, width, rows, upright=False),
            draw_rules(draws, height, width, columns, upright=True),
        ) * np.float32(draws.uniform(0.25, 0.8))
    elif kind < 0.47:  # a box for every digit
        step = (box.right - box.left) / max(1, round((box.right - box.left) / (unit * 0.8)))
        columns = np.arange(box.left - unit * 0.1, width, max(step, 4.0)).tolist()
        ink = draw_rules(draws, height, width, columns, upright=True)
    elif kind < 0.51:
        ink = draw_stamp(draws, height, width, unit)
    if not ink.any():
        return paper
    dark = float(np.median(paper)) * draws.uniform(0.05, 0.75)
    ruled = paper * (1 - ink) + np.minimum(dark, paper) * ink
    return ruled.astype(np.float32)
