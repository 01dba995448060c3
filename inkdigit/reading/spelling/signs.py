"""The signs of one region: where each is, and which ink is its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.strip import shown_by, to_sheet, to_strip
from inkdigit.reading.ink.parts import parts_of
from inkdigit.reading.lines.region import Region
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.reading.spelling.cuts import LATE, owners
from inkdigit.recognition.decode import Span
from inkdigit.types import Box

OTHER = "?"  # what the network calls neither digit nor separator
STROKE = 128  # level of ink that belongs to a stroke, and is not the edge of one
WORD_GAP = 0.3  # times the region's height, without ink: what is beyond is no part of a digit
_AS_WIDE = 0.7  # times the widest gap between a number and words, or among those
_BOWED, _CLEAN = 0.1, 0.04  # of its height: how far a bracket is bent, and strays from a parabola
_SLIM = 0.3  # of its height, that its stroke is thick at most
_AS_TALL = 0.8  # times the digit before it
_FEWEST_ROWS = 8  # that tell whether a stroke is bent
_ROOM = 0.2  # times a digit's height, on both sides of a minus
_FLAT = 2.0  # times as wide as tall: one of the two strokes of an equals sign
_DOT = 0.45, 0.35  # times the region's height: a dot or comma is less tall, and less wide
_COLON_ROOM = 0.4  # times the region's height, at most, between a colon and the digits beside it


@dataclass(frozen=True)
class Sign:
    """A sign of the best text, and the ink that is its own."""

    span: Span
    middle: float  # column of the sheet
    box: Box
    ink: NDArray[np.uint8]


def signs_in(
    sheet: Sheet, region: Region, seen: NDArray[np.uint8], spans: Sequence[Span], stride: int
) -> list[Sign]:
    """Find which ink of a region is whose.

    Args:
        sheet: the page.
        region: of it.
        seen: the region's strip.
        spans: of the signs of the best text, from left to right; at least one.
        stride: columns of the strip a step of the network's answers.
    """
    box = region.box
    columns = [max((span.start + span.stop) / 2 * stride - LATE, 0.0) for span in spans]
    middles = [to_sheet(column, box) for column in columns]
    inked = np.asarray(sheet.mask[box.top : box.bottom].any(axis=0), np.bool_)
    gap = round(WORD_GAP * (box.bottom - box.top))
    cuts = []
    for (one, other), (a, b) in zip(pairwise(spans), pairwise(middles), strict=True):
        of_word = one.sign == OTHER, other.sign == OTHER
        free = _gap_between(inked, a, b, last=of_word[0]) if any(of_word) else None
        cuts.append(None if free is None else to_strip(free, box))
    first = max(min(_end(inked, middles[0], box.left, gap), int(middles[0])), 0)
    last = max(_end(inked, middles[-1], box.right, gap), int(middles[-1]) + 1)
    part = Box(first, box.top, min(last, sheet.mask.shape[1]), box.bottom)
    owner = shown_by(owners(seen, columns, cuts), box, region.slope, part)
    return [
        Sign(span, middle, *_own_ink(sheet, part, owner == place, middle))
        for place, (span, middle) in enumerate(zip(spans, middles, strict=True))
    ]


def text_of(signs: Sequence[Sign]) -> str:
    """Give what signs say together."""
    return "".join(sign.span.sign for sign in signs)


def with_dots(signs: list[Sign], height: int) -> list[Sign]:
    """Take a small mark at the foot of two digits for a dot, whatever the network calls it.

    Args:
        signs: of a region, from left to right.
        height: of the region, in pixels.
    """
    seen = list(signs)
    for place, (one, sign, other) in enumerate(zip(signs, signs[1:], signs[2:], strict=False), 1):
        if sign.span.sign != OTHER or not (one.span.sign + other.span.sign).isdigit():
            continue
        middle = (min(one.box.top, other.box.top) + max(one.box.bottom, other.box.bottom)) / 2
        tall, wide = sign.box.bottom - sign.box.top, sign.box.right - sign.box.left
        if tall < _DOT[0] * height and wide < _DOT[1] * height and sign.box.top > middle:
            seen[place] = replace(sign, span=replace(sign.span, sign="."))
    return seen


def with_colons(signs: list[Sign], height: int) -> list[Sign]:
    """Take two dots, one above the other, close between two digits for the colon of a time.

    With more room it stands behind a label or the number of a line, or divides.

    Args:
        signs: of a region, from left to right.
        height: of the region, in pixels.
    """
    seen = list(signs)
    for place, (one, sign, other) in enumerate(zip(signs, signs[1:], signs[2:], strict=False), 1):
        if sign.span.sign.isdigit() or not (one.span.sign + other.span.sign).isdigit():
            continue
        room = max(sign.box.left - one.box.right, other.box.left - sign.box.right)
        if room <= _COLON_ROOM * height and _are_dots(sign.ink, height):
            seen[place] = replace(sign, span=replace(sign.span, sign=":"))
    return seen


def with_brackets(signs: list[Sign]) -> list[Sign]:
    """Take a one that ends a number for a bracket, where it is bent as ones hardly are.

    Of 674 ones of MNIST, two are bent so far to the right.

    Args:
        signs: of a region, from left to right.
    """
    seen = list(signs)
    for place, sign in enumerate(signs):
        before, after = signs[max(0, place - 1) : place], signs[place + 1 : place + 2]
        if sign.span.sign != "1" or not (before and before[0].span.sign.isdigit()):
            continue
        tall = sign.box.bottom - sign.box.top
        apart = [other.box.left - sign.box.right > WORD_GAP * tall for other in after]
        if not all(apart) or tall < _AS_TALL * (before[0].box.bottom - before[0].box.top):
            continue
        if _is_bowed(sign.ink):
            seen[place] = replace(sign, span=replace(sign.span, sign=OTHER))
    return seen


def with_minus(signs: list[Sign]) -> list[Sign]:
    """Take a dash with room on both sides for a minus, where an equals sign is on its line.

    Args:
        signs: of a region, from left to right.
    """
    if not any(sign.span.sign == OTHER and _is_equals(sign.ink) for sign in signs):
        return signs
    seen = list(signs)
    for place, (one, sign, other) in enumerate(zip(signs, signs[1:], signs[2:], strict=False), 1):
        room = min(sign.box.left - one.box.right, other.box.left - sign.box.right)
        if sign.span.sign == "-" and room > _ROOM * (one.box.bottom - one.box.top):
            seen[place] = replace(sign, span=replace(sign.span, sign=OTHER))
    return seen


def _is_bowed(ink: NDArray[np.uint8]) -> bool:
    """Tell whether ink is one slim stroke that is bent to the right from head to foot."""
    stroke = ink > STROKE
    rows = np.flatnonzero(stroke.any(axis=1))
    if len(rows) < _FEWEST_ROWS:
        return False
    columns = [np.flatnonzero(stroke[row]) for row in rows]
    thick = np.percentile([np.ptp(each) + 1 for each in columns], 90)
    middle = np.array([each.mean() for each in columns])
    x = np.linspace(-1, 1, len(rows))
    bend = np.polynomial.polynomial.polyfit(x, middle, 2)
    strays = np.abs(middle - np.polynomial.polynomial.polyval(x, bend)).max()
    length = math.hypot(len(rows), 2 * bend[1])
    return bool(
        -bend[2] > _BOWED * length and strays < _CLEAN * len(rows) and thick < _SLIM * len(rows)
    )


def _is_equals(ink: NDArray[np.uint8]) -> bool:
    """Tell whether ink is two flat strokes, one above the other."""
    parts = parts_of(ink > STROKE)
    if len(parts) != 2 or (parts.widths < _FLAT * parts.heights).any():
        return False
    left, top, right, bottom = parts.boxes.T
    shared = right.min() - left.max()
    return bool(shared > 0.5 * parts.widths.min() and top.max() >= bottom.min())


def _are_dots(ink: NDArray[np.uint8], height: int) -> bool:
    """Tell whether ink is two dots, one above the other, in a line of so many pixels."""
    parts = parts_of(ink > STROKE)
    if len(parts) != 2 or np.maximum(parts.heights, parts.widths).max() > _DOT[1] * height:
        return False
    left, top, right, bottom = parts.boxes.T
    apart = top.max() - bottom.min()
    return bool(right.min() > left.max() and apart > 0)


def _own_ink(
    sheet: Sheet, part: Box, own: NDArray[np.bool_], middle: float
) -> tuple[Box, NDArray[np.uint8]]:
    """Fit a box to a sign's ink; where there is none, a column at its middle.

    Args:
        sheet: the page.
        part: of it.
        own: (height, width) of the part, whether a pixel is the sign's.
        middle: column of the sheet.
    """
    place = np.s_[part.top : part.bottom, part.left : part.right]
    mask = sheet.mask[place] & own
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        box = Box(int(middle), part.top, int(middle) + 1, part.bottom)
        return box, np.zeros((box.bottom - box.top, 1), np.uint8)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    ink = np.where(own, sheet.ink[place], np.uint8(0))[top:bottom, left:right]
    left, right = int(part.left + left), int(part.left + right)
    return Box(left, int(part.top + top), right, int(part.top + bottom)), ink


def _end(inked: NDArray[np.bool_], middle: float, end: int, gap: int) -> int:
    """Find where a line's first or last sign ends: a word or a wall beside it is passed over.

    Args:
        inked: (columns,) whether there is ink.
        middle: of the sign.
        end: of the region, on the side that is looked at.
        gap: columns without ink that a sign does not have.
    """
    start = min(max(round(middle), 0), len(inked) - 1)
    step = 1 if end > start else -1
    free = 0
    for column in range(start, end, step):
        free = 0 if inked[column] else free + 1
        if free >= max(gap, 1):
            return column
    return end


def _gap_between(inked: NDArray[np.bool_], left: float, right: float, *, last: bool) -> int | None:
    """Choose where to cut a number from words beside it.

    Args:
        inked: (columns,) whether there is ink.
        left: middle of one sign.
        right: middle of the other one.
        last: whether the words are the first: of gaps as wide as theirs, the last is the number's.

    Returns:
        The middle of the gap, None without one.
    """
    first = max(int(left), 0)
    free = np.flatnonzero(~inked[first : max(int(right), first)]) + first
    if not free.size:
        return None
    runs = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    widest = max(map(len, runs))
    wide = [run for run in runs if len(run) >= _AS_WIDE * widest]
    chosen = wide[-1 if last else 0]
    return int(chosen[len(chosen) // 2])
