"""From what a line network says of one region to the numbers in it, with boxes and alternatives."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.strip import to_sheet
from inkdigit.recognition.decode import LogProbabilities, Span, align, spellings
from inkdigit.reading.lines import Region
from inkdigit.reading.sheet import Sheet
from inkdigit.recognition.line_recognizer import LineCard
from inkdigit.types import Alternative, Box, Digit, Number, Separator

OTHER = "?"  # what the network calls neither digit nor separator
_ALTERNATIVES = 5  # that a number keeps
_TOP = 3  # digits that a place names
_APART = 2.2  # times the region's height: signs so far apart are of two numbers
_LEAST = 0.02  # probability of a text; less is no number but a blot that looks like many things


@dataclass(frozen=True)
class _Sign:
    """A sign of the best text, and the sheet's columns that are its own."""

    span: Span
    middle: float
    left: int
    right: int


def numbers_in(
    sheet: Sheet, region: Region, answers: LogProbabilities, card: LineCard
) -> tuple[Number, ...]:
    """Spell out the numbers of one region.

    Args:
        sheet: the page.
        region: where they stand.
        answers: of the network, for the region's strip.
        card: of the network.

    Returns:
        From left to right; none if there is no digit. Boxes are in pixels of the sheet. Nothing is
        rejected yet.
    """
    best = spellings(answers, card.symbols)[0].text
    if not any(sign.isdigit() for sign in best):
        return ()
    spans = align(answers, card.symbols, best)
    signs = _signs(sheet, region, spans, card.stride)
    found = []
    for piece in _pieces(signs, region):
        number = _number(sheet, region, answers, card, piece)
        if number is not None:
            found.append(number)
    return tuple(found)


def _signs(sheet: Sheet, region: Region, spans: Sequence[Span], stride: int) -> list[_Sign]:
    """Find which columns of the sheet each sign has: cuts run where there is least ink."""
    box = region.box
    middles = [to_sheet((span.start + span.stop) / 2 * stride, box) for span in spans]
    columns = sheet.ink[box.top : box.bottom].sum(axis=0, dtype=np.int64)
    cuts = [box.left, *(_cut(columns, a, b) for a, b in pairwise(middles)), box.right]
    return [
        _Sign(span, middle, left, max(right, left + 1))
        for span, middle, (left, right) in zip(spans, middles, pairwise(cuts), strict=True)
    ]


def _cut(columns: NDArray[np.int64], left: float, right: float) -> int:
    """Choose where to cut between two signs' middles: least ink, of equals the most central."""
    quarter = (right - left) / 4
    first, last = int(left + quarter), int(right - quarter) + 1
    first = min(max(first, 0), len(columns) - 1)
    last = min(max(last, first + 1), len(columns))
    places = np.arange(first, last)
    centre = np.abs(places - (left + right) / 2)
    return int(places[np.lexsort((centre, columns[first:last]))[0]])


def _pieces(signs: list[_Sign], region: Region) -> list[list[_Sign]]:
    """Part the signs where something else stands between, or much space."""
    apart = _APART * (region.box.bottom - region.box.top)
    pieces: list[list[_Sign]] = [[]]
    for sign in signs:
        if sign.span.sign == OTHER:
            pieces.append([])
        elif pieces[-1] and sign.middle - pieces[-1][-1].middle > apart:
            pieces.append([sign])
        else:
            pieces[-1].append(sign)
    return [piece for piece in pieces if any(sign.span.sign.isdigit() for sign in piece)]


def _number(
    sheet: Sheet, region: Region, answers: LogProbabilities, card: LineCard, piece: list[_Sign]
) -> Number | None:
    first, last = piece[0].span.start, piece[-1].span.stop
    margin = 1  # step: what surrounds the piece belongs to it as far as it is blank
    part = answers[max(0, first - margin) : last + margin]
    alternatives = _alternatives(part, card)
    best = max(alternatives, key=lambda each: each.confidence, default=None)
    text = "".join(sign.span.sign for sign in piece if sign.span.sign.isdigit())
    if best is None or best.confidence < _LEAST:
        return None
    if best.text != text:  # separators share the text's probability between them: align anew
        text = best.text
    digits, separators = [], []
    for sign in piece:
        box = _ink_box(sheet, region, sign)
        if sign.span.sign.isdigit():
            digits.append(_digit(answers[sign.span.start : sign.span.stop], card, sign, box))
        else:
            separators.append(Separator(sign.span.sign, box, after=len(digits)))
    boxes = [digit.box for digit in digits]
    return Number(
        text="".join(digit.label for digit in digits),
        confidence=best.confidence,
        box=_around(boxes),
        rejected=False,
        reason=None,
        alternatives=alternatives,
        separators=tuple(separators),
        digits=tuple(digits),
    )


def _alternatives(answers: LogProbabilities, card: LineCard) -> tuple[Alternative, ...]:
    """Give the most probable digits, whatever separators stand between them."""
    shares: dict[str, float] = defaultdict(float)
    for spelling in spellings(answers, card.symbols):
        digits = "".join(sign for sign in spelling.text if sign.isdigit())
        if digits and OTHER not in spelling.text:
            shares[digits] += spelling.probability
    best = sorted(shares.items(), key=lambda item: -item[1])[:_ALTERNATIVES]
    return tuple(Alternative(text, share) for text, share in best)


def _digit(rows: LogProbabilities, card: LineCard, sign: _Sign, box: Box) -> Digit:
    """Say how sure a digit is where the network names it most clearly."""
    column = 1 + card.symbols.index(sign.span.sign)
    row = np.exp(rows[rows[:, column].argmax()].astype(np.float64))
    shares = {each: float(row[1 + k]) for k, each in enumerate(card.symbols) if each.isdigit()}
    signs = float(row[1:].sum())
    top = sorted(
        ((name, share / signs) for name, share in shares.items()), key=lambda each: -each[1]
    )
    return Digit(sign.span.sign, shares[sign.span.sign] / signs, box, tuple(top[:_TOP]))


def _ink_box(sheet: Sheet, region: Region, sign: _Sign) -> Box:
    """Fit a box to the ink between a sign's cuts."""
    top, bottom = region.box.top, region.box.bottom
    left, right = max(0, sign.left), min(sheet.mask.shape[1], sign.right)
    mask = sheet.mask[top:bottom, left:right]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Box(left, top, max(right, left + 1), bottom)
    return Box(
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def _around(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))
