"""Strokes and rings in a picture of which most is no writing.

How sure a number is was measured where all there is is writing. But leaves, windows and gravel
look like ones and noughts, too. What else was found in the picture tells how much of it is
writing, and the odds of a mere stroke or ring are corrected for that (Saerens et al. 2002).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.looks.found import FoundLines, doubted
from inkdigit.types import Number

_LEAST = 0.2  # confidence of strokes and rings in clutter; less is no number
_SHAPES = frozenset(("0", "1", "00", "11", "01", "10"))  # that anything may have
_SURE = 0.8  # confidence
_WRITING = 0.75  # of what is found, where nothing tells more: as if one more number had been


def without_clutter(lines: FoundLines) -> FoundLines:
    """Doubt strokes and rings where most of a picture is no writing, and leave out hopeless ones.

    Args:
        lines: their confidences are calibrated.
    """
    factors = iter(odds_among([each.number for line in lines for each in line]).tolist())
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


def odds_among(numbers: Sequence[Number]) -> NDArray[np.float64]:
    """Tell how the odds of each number change by what else there is.

    Args:
        numbers: all of a picture, their confidences calibrated.

    Returns:
        (numbers,) factors of the odds p / (1 - p), at most 1: less than 1 for numbers of ones and
        noughts alone, two at most, where more than about a quarter of the others is doubtful.
    """
    are_shapes = np.array([each.text in _SHAPES for each in numbers], np.bool_)
    are_sure = np.array([each.confidence >= _SURE for each in numbers], np.bool_)
    written = (are_sure & ~are_shapes).sum() + _WRITING
    doubtful = (~are_sure).sum() - ~are_sure + 1 - _WRITING
    usual = _WRITING / (1 - _WRITING)
    return np.where(are_shapes, np.minimum(written / doubtful / usual, 1.0), 1.0)
