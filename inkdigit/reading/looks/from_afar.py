"""A picture seen from afar: grain, patterns, small print and the teeth of rims are gone.

Large digits stay, those that are drawn in dots and dashes or with strokes thicker than the words
beside them are tall among them.
"""

from itertools import chain

import cv2
import numpy as np

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.looks.found import (
    Found,
    FoundLines,
    count_sure,
    doubted,
    is_sure,
    lie_on_each_other,
    place_of,
)
from inkdigit.types import Box

_SIDE = 320  # pixels of the longer side, seen from afar
_LARGER = 480  # pixels of the longer side of a picture that is worth it
_LOWEST = 12  # pixels of its shorter side, from afar, that a number has room in
_SINGLE = 0.986  # probability of a single digit among other numbers, at least
_AS_TALL = 0.5  # of the larger number: a number there that is as tall is most likely the same
_BESIDE = 0.5  # of the lower one's height that two numbers of a line share


def from_afar(pixels: Pixels) -> tuple[Pixels, float] | None:
    """Shrink a picture.

    Args:
        pixels: (height, width, 1 or 3), upright.

    Returns:
        The small picture, and how many of the picture's pixels one of its is; None if the picture
        is small, or so long a strip that nothing would be left of it.
    """
    shorter, longer = sorted(pixels.shape[:2])
    scale = _SIDE / longer
    if longer < _LARGER or shorter * scale < _LOWEST:
        return None
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8).reshape(*small.shape[:2], -1), 1 / scale


def with_larger(lines: FoundLines, larger: FoundLines) -> FoundLines:
    """Add what is sure from afar, in the place of what is doubtful there at a closer look.

    Among other numbers that are sure, a single sign that is large may be part of a word, a
    signature or the edge of something.
    """
    among_others = count_sure(lines) > 0
    lines = [list(line) for line in lines]
    for each in filter(is_sure, chain.from_iterable(larger)):
        if among_others and len(each.number.text) == 1 and each.number.confidence < _SINGLE:
            continue
        rivals = [
            (row, k)
            for row, line in enumerate(lines)
            for k, other in enumerate(line)
            if lie_on_each_other(each, other)
        ]
        known = [lines[row][k] for row, k in rivals]
        if any(map(is_sure, known)):
            continue
        for row, k in reversed(rivals):
            del lines[row][k]
        _insert(lines, _doubted_by(each, known))
    return [line for line in lines if line]


def _doubted_by(found: Found, known: list[Found]) -> Found:
    """Leave the doubt that the closer look has of the same number, if it says something else."""
    least = _AS_TALL * _height_of(place_of(found))
    number = found.number
    shares = [
        number.confidence / (number.confidence + other.number.confidence)
        for other in known
        if other.number.text != number.text and _height_of(place_of(other)) >= least
    ]
    return found._replace(number=doubted(number, min(shares, default=1.0)))


def _insert(lines: FoundLines, found: Found) -> None:
    """Put a number into the line that it stands on, or a line of its own between the others."""
    place = place_of(found)
    for line in lines:
        boxes = [place_of(each) for each in line]
        if any(_are_beside(place, box) for box in boxes):
            line.insert(sum(box.left < place.left for box in boxes), found)
            return
    tops = [min(place_of(each).top for each in line) if line else place.top for line in lines]
    lines.insert(sum(top < place.top for top in tops), [found])


def _height_of(box: Box) -> int:
    return box.bottom - box.top


def _are_beside(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _BESIDE * min(_height_of(one), _height_of(other))
