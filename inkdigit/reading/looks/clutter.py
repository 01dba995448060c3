"""Strokes, rings and single digits in a picture of which most is no writing.

How sure a number is was measured where all there is is writing. But leaves, windows and gravel
look like ones and noughts, too. What else was found in the picture tells how much of it is
writing, and the odds of a mere stroke or ring are corrected for that (Saerens et al. 2002). Where
nothing else was found, the size of the picture does: a large one has many places for a stain.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.looks.found import Found, FoundLines, doubted
from inkdigit.types import Number

_LEAST = 0.2  # confidence of strokes and rings in clutter; less is no number
_SHAPES = frozenset(("0", "1", "00", "11", "01", "10"))  # that anything may have
_RARER = 10.0  # times as seldom as a one or a nought, clutter has the shape of another digit
_SURE = 0.8  # confidence
_WRITING = 0.75  # of what is found, where nothing tells more: as if one more number had been
_PLACES = 50  # for digits in a picture: with more, a single stroke may be there by chance


def without_clutter(lines: FoundLines) -> FoundLines:
    """Doubt strokes and rings where most of a picture is no writing, and leave out hopeless ones.

    Args:
        lines: their confidences are calibrated.
    """
    found = [each for line in lines for each in line]
    odds = odds_among([each.number for each in found], [_places(each) for each in found])
    factors = iter(odds.tolist())
    kept = []
    for line in lines:
        left = []
        for each, factor in zip(line, factors, strict=False):
            share = factor / (1 + (factor - 1) * each.number.confidence)
            number = each.number if factor == 1 else doubted(each.number, share)
            if factor == 1 or number.confidence >= _LEAST:
                left.append(each._replace(number=number))
        if left:
            kept.append(left)
    return kept


def odds_among(numbers: Sequence[Number], places: Sequence[float]) -> NDArray[np.float64]:
    """Tell how the odds of each number change by what else there is.

    Args:
        numbers: all of a picture, their confidences calibrated.
        places: how many digits as tall as each of them their sheet has room for.

    Returns:
        (numbers,) factors of the odds p / (1 - p), at most 1: less than 1 for numbers of ones and
        noughts alone, two at most, where more than about a quarter of the others is doubtful, or
        where no others are sure and the picture is far larger than a single one; and for other
        single digits, where nearly all of the others are doubtful.
    """
    are_shapes = np.array([each.text in _SHAPES for each in numbers], np.bool_)
    are_single = np.array([len(each.text) == 1 for each in numbers], np.bool_)
    are_sure = np.array([each.confidence >= _SURE for each in numbers], np.bool_)
    are_telling = are_sure & ~are_shapes
    written = are_telling.sum() - (are_telling & are_single) + _WRITING
    doubtful = (~are_sure).sum() - ~are_sure + 1 - _WRITING
    usual = _WRITING / (1 - _WRITING)
    odds = written / doubtful / usual
    if not are_telling.any():
        rarer = np.minimum(_PLACES / np.array(places, np.float64), 1.0)
        odds = np.minimum(odds, 1.0) * np.where(are_single, rarer, 1.0)
    odds = np.where(are_shapes, odds, np.where(are_single, _RARER * odds, 1.0))
    return np.minimum(odds, 1.0)


def _places(found: Found) -> float:
    box = found.number.box
    return found.sheet.mask.size / (box.bottom - box.top) ** 2
