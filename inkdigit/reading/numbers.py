"""From what a line network says of one region to the numbers in it, with boxes and alternatives."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.strip import shown_by, to_sheet, to_strip
from inkdigit.reading.cuts import LATE, owners
from inkdigit.reading.lines import CELL, Region, are_walls, parting
from inkdigit.reading.rulings.ruling import MANY_LINES
from inkdigit.reading.sheets.parts import parts_of
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.recognition.decode import LogProbabilities, Span, Spelling, align, spellings
from inkdigit.recognition.line_recognizer import LineCard
from inkdigit.types import Alternative, Box, Digit, Number, Separator

OTHER = "?"  # what the network calls neither digit nor separator
_ALTERNATIVES = 5  # that a number keeps
_TOP = 3  # digits that a place names
_APART = 2.2  # times the region's height: signs so far apart are of two numbers
_CROSSES = 0.1  # times the region's height, on both sides: a sign lies across a wall
_JOINS = 0.35  # the same, without ink, between it and the sign before it in its number
_WORD_GAP = 0.3  # times the region's height, without ink: what is beyond is no part of a digit
_AS_WIDE = 0.7  # times the widest gap between a number and words, or among those
_OF_WORD = 1.0, 2.5  # times a number's width, that letters right beside it take: both sides, one
_OS_OF_WORD = 0.5, 2.1  # the same where all of the digits may be the letter O
_WIDEST = 1.5, 2.6  # times its height: a digit is less wide, right beside letters and near them
_POINT = 0.3  # times the letters' height: a dot beside them is less wide and less tall
_FAINT = 128  # ink that is no stroke, but the edge of one
_DOT = 0.45, 0.35  # times the region's height: a dot or comma is less tall, and less wide
_LEAST = 0.02  # probability of a text; less is no number but a blot that looks like many things
_LEAST_OF_EACH = 0.9  # the same of each digit, where there are so many that few texts have more
_PLAUSIBLE = 0.15  # probability of a text of digits, where a sign that is none is more probable


@dataclass(frozen=True)
class Spelled:
    """A number, and the ink of each of its digits without that of their neighbours."""

    number: Number
    inks: tuple[NDArray[np.uint8], ...]  # 0 paper to 255 full ink, as large as the digits' boxes


@dataclass(frozen=True)
class _Sign:
    """A sign of the best text, and the ink that is its own."""

    span: Span
    middle: float  # column of the sheet
    box: Box
    ink: NDArray[np.uint8]


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
    said = [spellings(view, card.symbols) for view in views]
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
    signs = _signs(sheet, region, seen, align(views[0], card.symbols, best), card.stride)
    signs = _with_dots(signs, region.box.bottom - region.box.top)
    has_dots = "".join(sign.span.sign for sign in signs) != best
    pieces = _pieces(signs, region, _walls(sheet, region))
    alone = sum(map(_has_digits, pieces)) == 1
    found = []
    for piece in _numbers_among(pieces, region.box.bottom - region.box.top):
        own = said if alone else [spellings(_part(views[0], piece), card.symbols)]
        text = _digits_of("".join(sign.span.sign for sign in piece))
        alternatives = _first(text, _alternatives(own, dotted=has_dots))
        if alternatives[0].confidence >= min(_LEAST, _LEAST_OF_EACH ** len(text)):
            number = _number(views[0], card, piece, alternatives)
            inks = tuple(sign.ink for sign in piece if sign.span.sign.isdigit())
            found.append(Spelled(number, inks))
    return tuple(found)


def _signs(
    sheet: Sheet, region: Region, seen: NDArray[np.uint8], spans: Sequence[Span], stride: int
) -> list[_Sign]:
    """Find which ink of the region is whose."""
    box = region.box
    columns = [max((span.start + span.stop) / 2 * stride - LATE, 0.0) for span in spans]
    middles = [to_sheet(column, box) for column in columns]
    inked = np.asarray(sheet.mask[box.top : box.bottom].any(axis=0), np.bool_)
    gap = round(_WORD_GAP * (box.bottom - box.top))
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
        _Sign(span, middle, *_own_ink(sheet, part, owner == place, middle))
        for place, (span, middle) in enumerate(zip(spans, middles, strict=True))
    ]


def _with_dots(signs: list[_Sign], height: int) -> list[_Sign]:
    """Take a small mark at the foot of two digits for a dot, whatever the network calls it."""
    seen = list(signs)
    for place, (one, sign, other) in enumerate(zip(signs, signs[1:], signs[2:], strict=False), 1):
        if sign.span.sign != OTHER or not (one.span.sign + other.span.sign).isdigit():
            continue
        middle = (min(one.box.top, other.box.top) + max(one.box.bottom, other.box.bottom)) / 2
        tall, wide = sign.box.bottom - sign.box.top, sign.box.right - sign.box.left
        if tall < _DOT[0] * height and wide < _DOT[1] * height and sign.box.top > middle:
            seen[place] = replace(sign, span=replace(sign.span, sign="."))
    return seen


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


def _walls(sheet: Sheet, region: Region) -> list[int]:
    """Find the columns where a wall of a table goes through a region: digits may lie across it."""
    left, top, right, bottom = region.box
    cell = round(CELL * (bottom - top))  # narrower ones are a comb's or squares, and part nothing
    first = max(left - cell, 0)
    rulings = parting(sheet, bottom - top)
    columns = np.flatnonzero(are_walls(rulings[top:bottom, first : right + cell])) + first
    if not columns.size:
        return []
    ends = np.flatnonzero(np.diff(columns) > 1)
    walls = (columns[np.r_[0, ends + 1]] + columns[np.r_[ends, -1]]) / 2
    return [] if (np.diff(walls) < cell).any() else np.rint(walls).astype(int).tolist()


def _pieces(signs: list[_Sign], region: Region, walls: Sequence[int]) -> list[list[_Sign]]:
    """Part the signs where something else stands between, a wall, or much space."""
    height = region.box.bottom - region.box.top
    parted = {_after_wall(signs, wall, height) for wall in walls}
    pieces: list[list[_Sign]] = [[]]
    for place, sign in enumerate(signs):
        last = pieces[-1][-1] if pieces[-1] else sign
        is_other = OTHER in (sign.span.sign, last.span.sign)
        apart = sign.middle - last.middle > _APART * height
        if pieces[-1] and (is_other or apart or place in parted):
            pieces.append([])
        pieces[-1].append(sign)
    return pieces


def _numbers_among(pieces: list[list[_Sign]], height: int) -> list[list[_Sign]]:
    """Keep the pieces that are numbers, and no letters of a word."""
    beside = zip(pieces, [[], *pieces[:-1]], [*pieces[1:], []], strict=True)
    return [
        piece
        for piece, before, after in beside
        if _has_digits(piece) and not _is_of_word(before[-1:], piece, after[:1], height)
    ]


def _has_digits(piece: list[_Sign]) -> bool:
    return any(sign.span.sign.isdigit() for sign in piece)


def _after_wall(signs: Sequence[_Sign], wall: int, height: int) -> int:
    """Tell which sign is the first after a wall.

    Numbers begin in their cell, and may end in the next one: a sign that lies across the wall goes
    with the one before it if that is nearer than the one after it.
    """
    edge = _CROSSES * height
    for place, (one, sign) in enumerate(pairwise(signs), 1):
        before = sign.box.left - one.box.right
        after = [other.box.left - sign.box.right for other in signs[place + 1 : place + 2]]
        is_across = sign.box.left <= wall - edge and wall + edge <= sign.box.right
        if is_across and before <= min([*after, _JOINS * height]):
            return place + 1
    return sum(sign.middle < wall for sign in signs)


def _is_of_word(before: list[_Sign], piece: list[_Sign], after: list[_Sign], height: int) -> bool:
    """Tell whether digits are letters of a word: others stand right beside them.

    Then those are wider, or one of the digits is as wide as several letters.

    Args:
        before: the sign before the piece, if any.
        piece: the signs of what may be a number.
        after: the sign after it, if any.
        height: of the region; letters that are less tall stand closer.
    """
    digits = [sign for sign in piece if sign.span.sign.isdigit()]
    boxes = [sign.box for sign in digits]
    both, one = _OF_WORD if any(sign.span.sign != "0" for sign in digits) else _OS_OF_WORD
    left, right = piece[0].box.left, piece[-1].box.right
    letters = [
        sign.box.right - sign.box.left
        for sign, free, is_after in (
            *((sign, left - sign.box.right, False) for sign in before),
            *((sign, sign.box.left - right, True) for sign in after),
        )
        if sign.span.sign == OTHER
        and free < _WORD_GAP * min(height, sign.box.bottom - sign.box.top)
        and not _ends_in_point(sign.ink, first=is_after)
    ]
    widest = max((box.right - box.left) / (box.bottom - box.top) for box in boxes)
    if not letters:
        return widest > _WIDEST[1] and any(s.span.sign == OTHER for s in (*before, *after))
    least = both if len(letters) > 1 else one
    return widest > _WIDEST[0] or sum(letters) > least * (right - left)


def _ends_in_point(ink: NDArray[np.uint8], *, first: bool) -> bool:
    """Tell whether the first or the last part of a sign is a dot or a colon: "No.7", "Age:6"."""
    parts = parts_of(ink > _FAINT)
    if not len(parts):
        return False
    end = parts.boxes[:, 0].argmin() if first else parts.boxes[:, 2].argmax()
    return bool(max(parts.widths[end], parts.heights[end]) <= _POINT * len(ink))


def _part(answers: LogProbabilities, piece: list[_Sign]) -> LogProbabilities:
    """Cut out the steps of a piece; what surrounds it belongs to it as far as it is blank."""
    return answers[max(0, piece[0].span.start - 1) : piece[-1].span.stop + 1]


def _number(
    answers: LogProbabilities,
    card: LineCard,
    piece: list[_Sign],
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


def _digit(rows: LogProbabilities, card: LineCard, sign: _Sign) -> Digit:
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
