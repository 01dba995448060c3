"""What was found in one look at a picture, and which of two looks is the surer one."""

from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.lines.region import Region
from inkdigit.reading.sheets.four_sides import Corners
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box, Number

SURE = 0.8  # probability of a text, below which a line is looked at again
_LIKELY = 0.3  # the same, of what is more than clutter
_MORE_LIKELY = 0.5  # the same, of what may stand beside small sheets
_IN_PIECES = 0.5  # the same, below which digits one above the other may be pieces of one
_STROKES = 3  # ones that may be the pattern of a paper


class Found(NamedTuple):
    """A number, the ink of each of its digits, and where it stands on which sheet."""

    number: Number
    inks: tuple[NDArray[np.uint8], ...]
    sheet: Sheet
    region: Region
    is_printed: bool = False


FoundLines = list[list[Found]]  # from top to bottom, and from left to right


def surety(lines: FoundLines) -> float:
    """Tell how probable the least probable number is; 0 where there is none."""
    return min((each.number.confidence for line in lines for each in line), default=0.0)


def doubtful(lines: FoundLines) -> float:
    """Tell which share of the numbers is doubtful; all, where there are none."""
    doubts = [each.number.confidence < SURE for line in lines for each in line]
    return sum(doubts) / len(doubts) if doubts else 1.0


def count_sure(lines: FoundLines) -> int:
    """Count the numbers that are sure, and no mere strokes."""
    return sum(map(is_sure, chain.from_iterable(lines)))


def count_likely(lines: FoundLines) -> int:
    """Count the numbers that clutter hardly shows: no mere strokes and rings, and not hopeless."""
    found = chain.from_iterable(lines)
    return sum(
        each.number.confidence >= _LIKELY and _is_no_mere_shape(each.number.text) for each in found
    )


def is_sure(found: Found) -> bool:
    """Tell whether a number is sure, and no mere stroke."""
    return found.number.confidence >= SURE and set(found.number.text) != {"1"}


def texts_in(lines: FoundLines) -> list[str]:
    """List what all numbers say, in reading order."""
    return [text for line in _texts(lines) for text in line]


def surer(one: FoundLines, other: FoundLines) -> FoundLines:
    """Take the surer of two looks; where they differ, the other one leaves its share of doubt."""
    best, rest = (one, other) if surety(one) >= surety(other) else (other, one)
    if not rest or _texts(best) == _texts(rest):
        return best
    share = surety(best) / (surety(best) + surety(rest))
    return [[each._replace(number=doubted(each.number, share)) for each in line] for line in best]


def doubted(number: Number, share: float) -> Number:
    """Make a number, and all else that it may be, less probable by a factor."""
    alternatives = (
        replace(each, confidence=each.confidence * share) for each in number.alternatives
    )
    return replace(number, confidence=number.confidence * share, alternatives=tuple(alternatives))


def is_on(corners: Corners, found: Found) -> bool:
    """Tell whether the middle of a number lies on a note."""
    outline = np.rint(corners).astype(np.int32)
    return cv2.pointPolygonTest(outline, _middle_of(found), measureDist=False) >= 0


def are_in(box: Box, lines: FoundLines) -> bool:
    """Tell whether the middles of all numbers lie in a box; doubtful ones may be anywhere."""
    found = [each for line in lines for each in line]
    return all(_is_in(box, each) for each in found if not are_strokes([[each]]))


def holds_all(line: list[Found], lines: FoundLines) -> bool:
    """Tell whether all that another look is sure of, but strokes, lies where a line does."""
    places = np.array([place_of(each) for each in line])
    left, top = places[:, :2].min(axis=0).tolist()
    right, bottom = places[:, 2:].max(axis=0).tolist()
    around = Box(left, top, right, bottom)
    return all(_is_in(around, each) for found in lines for each in found if is_sure(each))


def is_all_there_is(line: FoundLines, lines: FoundLines) -> bool:
    """Tell whether a softer look found one sure line, and the first look none beside it.

    A patterned paper leaves doubtful ones and noughts all over the picture, and writing in parts.
    """
    return len(line) == 1 and surety(line) >= SURE and holds_all(line[0], lines)


def likely_beside(lines: FoundLines, other: FoundLines) -> FoundLines:
    """Give the numbers of one look that are likely, and where another look found nothing."""
    return [
        [each]
        for each in chain.from_iterable(lines)
        if _is_likely(each)
        and not any(lie_on_each_other(each, one) for one in chain.from_iterable(other))
    ]


def place_of(found: Found) -> Box:
    """Give where in the picture a number stands."""
    corners = found.sheet.corners_in_picture(found.number.box)
    left, top, right, bottom = np.rint((*corners.min(axis=0), *corners.max(axis=0))).tolist()
    return Box(int(left), int(top), int(right), int(bottom))


def lie_on_each_other(one: Found, other: Found) -> bool:
    """Tell whether the middle of either number lies where the other one stands."""
    return _is_in(place_of(one), other) or _is_in(place_of(other), one)


def may_be_one_digit(lines: FoundLines) -> bool:
    """Tell whether nothing was found, or one digit, or what may be pieces of one or a pattern."""
    texts = texts_in(lines)
    are_digits = all(len(text) == 1 or set(text) == {"1"} for text in texts)
    if len(lines) <= 1:
        return len(texts) != 1 or are_digits
    return are_digits and (surety(lines) < _IN_PIECES or are_strokes(lines))


def are_strokes(lines: FoundLines) -> bool:
    """Tell whether all that was found are ones, many or doubtful, as a hatched paper shows."""
    ones = "".join(texts_in(lines))
    return set(ones) == {"1"} and (len(ones) >= _STROKES or surety(lines) < _IN_PIECES)


def _is_likely(found: Found) -> bool:
    """Tell whether a number is more likely than not, and of several digits, not all strokes."""
    number = found.number
    of_several = len(number.text) > 1 and _is_no_mere_shape(number.text)
    return of_several and number.confidence >= _MORE_LIKELY


def _is_no_mere_shape(text: str) -> bool:
    """Tell whether a text has other digits than ones and noughts, which anything may look like."""
    return bool(set(text) - {"0", "1"})


def _texts(lines: FoundLines) -> list[list[str]]:
    return [[each.number.text for each in line] for line in lines]


def _is_in(box: Box, found: Found) -> bool:
    x, y = _middle_of(found)
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _middle_of(found: Found) -> tuple[float, float]:
    """Tell where in the picture the middle of a number is."""
    left, top, right, bottom = found.number.box
    middle = np.array([[((left + right) / 2, (top + bottom) / 2)]])
    x, y = cv2.perspectiveTransform(middle, found.sheet.to_picture)[0, 0].tolist()
    return x, y
