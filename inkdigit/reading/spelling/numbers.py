"""From what a line network says of one region to the numbers in it, with boxes and alternatives."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.lines.region import Region
from inkdigit.reading.rulings.ruling import MANY_LINES
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.reading.spelling.dates import with_dates
from inkdigit.reading.spelling.pieces import pieces_of
from inkdigit.reading.spelling.signs import (
    OTHER,
    Sign,
    signs_in,
    text_of,
    with_brackets,
    with_colons,
    with_dots,
    with_minus,
)
from inkdigit.reading.spelling.words import has_digits, numbers_among
from inkdigit.recognition.decode import LogProbabilities, Spelling, align, spellings
from inkdigit.recognition.line_recognizer import LineCard
from inkdigit.types import Alternative, Box, Digit, Number, Separator

_ALTERNATIVES = 5  # that a number keeps
_TOP = 3  # digits that a place names
_LEAST = 0.02  # probability of a text; less is no number but a blot that looks like many things
_LEAST_OF_EACH = 0.9  # the same of each digit, where there are so many that few texts have more
_PLAUSIBLE = 0.15  # probability of a text of digits, where a sign that is none is more probable


@dataclass(frozen=True)
class Spelled:
    """A number, and the ink of each of its digits without that of their neighbours."""

    number: Number
    inks: tuple[NDArray[np.uint8], ...]  # 0 paper to 255 full ink, as large as the digits' boxes


def numbers_in(
    sheet: Sheet,
    region: Region,
    seen: NDArray[np.uint8],
    views: Sequence[LogProbabilities],
    card: LineCard,
) -> tuple[Spelled, ...]:
    """Spell out the numbers of one region.

    Args:
        sheet: the page.
        region: where they stand.
        seen: the region's strip.
        views: answers of the network for the region's strip, and for strips of it that are cut a
            little differently: what all of them say together is more often right.
        card: of the network.

    Returns:
        From left to right; none if there is no digit. Boxes are in pixels of the sheet. Nothing is
        rejected yet.
    """
    said = with_dates([spellings(view, card.symbols) for view in views])
    agreed: dict[str, float] = defaultdict(float)  # digits: their probability over all views
    for spelling in chain.from_iterable(said):
        agreed[_digits_of(spelling.text)] += spelling.probability
    best = max(said[0], key=lambda each: agreed[_digits_of(each.text)]).text
    found = _spelled(sheet, region, seen, views, card, said, best)
    is_page = len(sheet.mask) > MANY_LINES * (region.box.bottom - region.box.top)
    if is_page and not found and (plausible := _plausible(said)):
        found = _spelled(sheet, region, seen, views, card, said, plausible)
    return found


def _plausible(said: Sequence[Sequence[Spelling]]) -> str:
    """Give the most probable text of digits and separators alone; empty if hardly any is.

    A digit that looks odd is called neither digit nor separator, and digits beside such a sign
    are taken for letters. But on a page, where nothing is looked at again, a doubtful number is
    better than none, if it is no mere stroke.
    """
    shares: dict[str, float] = defaultdict(float)
    for spelling in chain.from_iterable(said):
        if OTHER not in spelling.text and set(_digits_of(spelling.text)) - {"1"}:
            shares[spelling.text] += spelling.probability / len(said)
    best = max(shares, key=lambda text: shares[text], default="")
    return best if shares.get(best, 0.0) >= _PLAUSIBLE else ""


def _spelled(
    sheet: Sheet,
    region: Region,
    seen: NDArray[np.uint8],
    views: Sequence[LogProbabilities],
    card: LineCard,
    said: Sequence[Sequence[Spelling]],
    best: str,
) -> tuple[Spelled, ...]:
    """Give the numbers of one region, if a text stands there: digits, separators, other signs."""
    if not _digits_of(best):
        return ()
    height = region.box.bottom - region.box.top
    signs = signs_in(sheet, region, seen, align(views[0], card.symbols, best), card.stride)
    signs = with_colons(with_dots(signs, height), height)
    dotted = text_of(signs)
    signs = with_minus(with_brackets(signs))
    pieces = pieces_of(signs, sheet, region)
    alone = text_of(signs) == dotted and sum(map(has_digits, pieces)) == 1
    found = []
    for piece in numbers_among(pieces, height):
        own = said if alone else [spellings(_part(views[0], piece), card.symbols)]
        text = _digits_of(text_of(piece))
        alternatives = _first(text, _alternatives(own, dotted=dotted != best))
        if alternatives[0].confidence >= min(_LEAST, _LEAST_OF_EACH ** len(text)):
            number = _number(views[0], card, piece, alternatives)
            inks = tuple(sign.ink for sign in piece if sign.span.sign.isdigit())
            found.append(Spelled(number, inks))
    return tuple(found)


def _part(answers: LogProbabilities, piece: list[Sign]) -> LogProbabilities:
    """Cut out the steps of a piece; what surrounds it belongs to it as far as it is blank."""
    return answers[max(0, piece[0].span.start - 1) : piece[-1].span.stop + 1]


def _number(
    answers: LogProbabilities,
    card: LineCard,
    piece: list[Sign],
    alternatives: tuple[Alternative, ...],
) -> Number:
    digits: list[Digit] = []
    separators: list[Separator] = []
    for sign in piece:
        if sign.span.sign.isdigit():
            digits.append(_digit(answers[sign.span.start : sign.span.stop], card, sign))
        else:
            separators.append(Separator(sign.span.sign, sign.box, after=len(digits)))
    return Number(
        text=alternatives[0].text,
        confidence=alternatives[0].confidence,
        box=_around([digit.box for digit in digits]),
        rejected=False,
        reason=None,
        alternatives=alternatives,
        separators=tuple(separators),
        digits=tuple(digits),
    )


def _alternatives(said: Sequence[Sequence[Spelling]], *, dotted: bool) -> list[Alternative]:
    """Give the most probable digits, whatever separators stand between and signs around them.

    Args:
        said: by each view.
        dotted: what is neither digit nor separator stands for a dot, and parts no numbers.
    """
    shares: dict[str, float] = defaultdict(float)
    for view in said:
        for spelling in view:
            text = spelling.text.strip(OTHER + ".,-/")
            digits = _digits_of(text)
            if digits and (dotted or OTHER not in text):
                shares[digits] += spelling.probability / len(said)
    best = sorted(shares.items(), key=lambda item: -item[1])
    return [Alternative(text, share) for text, share in best]


def _first(text: str, alternatives: list[Alternative]) -> tuple[Alternative, ...]:
    """Put the text whose digits are known by their places first, and keep a few others."""
    own = [each for each in alternatives if each.text == text] or [Alternative(text, 0.0)]
    others = [each for each in alternatives if each.text != text]
    return (*own, *others[: _ALTERNATIVES - 1])


def _digits_of(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _digit(rows: LogProbabilities, card: LineCard, sign: Sign) -> Digit:
    """Say how sure a digit is where the network names it most clearly."""
    column = 1 + card.symbols.index(sign.span.sign)
    row = np.exp(rows[rows[:, column].argmax()].astype(np.float64))
    shares = {each: float(row[1 + k]) for k, each in enumerate(card.symbols) if each.isdigit()}
    signs = float(row[1:].sum())
    top = sorted(
        ((name, share / signs) for name, share in shares.items()), key=lambda each: -each[1]
    )
    return Digit(sign.span.sign, shares[sign.span.sign] / signs, sign.box, tuple(top[:_TOP]))


def _around(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))
