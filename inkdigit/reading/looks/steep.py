"""Numbers that are written uphill or downhill, each in its own way: how to see them level."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Boxes, parts_of
from inkdigit.reading.lines.region import Region
from inkdigit.reading.sheets.four_sides import Corners
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box

_STEEP, _STEEPEST = 0.1, 1.0  # rise by run
_OF_DIGITS = 0.5  # of the tallest part: those as tall are digits
_FEWEST, _MOST_OF_THEM = 3, 0.6  # digits that make a line, and their share of those in a region
_NEAR = 1.5  # times their height between two of them, at most
_ROUNDS, _BESIDE_IT = 3, 0.6  # of fitting; and times their height that others stray from the line
_ASTRAY = 0.2  # of their height, that digits stray from it, root mean square
_BESIDE = 0.25  # of the height of a narrow sheet, on both sides of the line
_AROUND = 0.5  # of their height: paper that is seen around them


def corners_along(sheet: Sheet, region: Region) -> Corners | None:
    """Find the corners of a narrow sheet along the line that the digits of a region make.

    Returns:
        In pixels of the sheet; None where they make no line, or one that is nearly level.
    """
    boxes = _digits_in(sheet, region.box)
    if len(boxes) < _FEWEST:
        return None
    x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
    tall = float(np.median(boxes[:, 3] - boxes[:, 1]))
    slope = _usual_slope(x, y, boxes, tall)
    for _ in range(_ROUNDS):
        astray = y - slope * x
        on_it = abs(astray - np.median(astray)) <= _BESIDE_IT * tall
        if on_it.sum() < max(_FEWEST, _MOST_OF_THEM * len(boxes)):
            return None
        slope = float(np.polyfit(x[on_it], y[on_it], 1)[0])
    astray = (y - slope * x)[on_it]
    if not _STEEP <= abs(slope) <= _STEEPEST or astray.std() > _ASTRAY * tall:
        return None
    return _around(boxes[on_it], slope, _AROUND * tall)


def is_in_the_middle(box: Box, sheet: Sheet) -> bool:
    """Tell whether a box lies where the line itself is, not beside it."""
    height = len(sheet.mask)
    return _BESIDE * height < (box.top + box.bottom) / 2 < (1 - _BESIDE) * height


def _digits_in(sheet: Sheet, box: Box) -> Boxes:
    """Find what may be digits of a region; what reaches out of it is of another line."""
    left, top = max(box.left - 1, 0), max(box.top - 1, 0)
    parts = parts_of(sheet.mask[top : box.bottom + 1, left : box.right + 1])
    boxes = parts.boxes + np.array([left, top, left, top])
    tall = parts.heights >= _OF_DIGITS * max(parts.heights, default=0)
    inside = (boxes[:, :2] >= (box.left, box.top)) & (boxes[:, 2:] <= (box.right, box.bottom))
    digits: Boxes = boxes[tall & inside.all(axis=1)]
    return digits


def _usual_slope(
    x: NDArray[np.float64], y: NDArray[np.float64], boxes: Boxes, tall: float
) -> float:
    """Give the middle one of the slopes from each digit to the next one on its right."""
    run, fall = x - x[:, None], y - y[:, None]
    follows = (run > 0) & (boxes[:, 0] - boxes[:, None, 2] <= _NEAR * tall) & (abs(fall) <= run)
    if not follows.any():
        return 0.0
    nearest = np.where(follows, np.hypot(run, fall), np.inf).argmin(axis=1)
    first = np.flatnonzero(follows.any(axis=1))
    return float(np.median(fall[first, nearest[first]] / run[first, nearest[first]]))


def _around(boxes: Boxes, slope: float, room: float) -> NDArray[np.float64]:
    """Give the corners of the rectangle around boxes whose sides run along a slope."""
    run, rise = np.array([1.0, slope]) / np.hypot(1.0, slope)
    turned = np.array([(run, rise), (-rise, run)])
    points = np.concatenate([boxes[:, [x, y]] for x in (0, 2) for y in (1, 3)]) @ turned.T
    (left, top), (right, bottom) = points.min(axis=0) - room, points.max(axis=0) + room
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return np.asarray(corners @ turned, np.float64)
