"""Which numbers stand on one line, however it falls, and how lines follow each other."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.ink.parts import Boxes
from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.slopes import slopes_of
from inkdigit.types import Box

_SIDE_BY_SIDE = 0.5  # of the lower one's height that two numbers on a line share
_GLANCE = 0.3  # the same, before it is known how lines fall


def in_lines(boxes: Boxes, height: float) -> tuple[tuple[Region, ...], ...]:
    """Put numbers that stand side by side on lines.

    Args:
        boxes: (numbers, 4).
        height: of digits, in pixels.

    Returns:
        Lines from top to bottom; in each the regions from left to right.
    """
    if not len(boxes):
        return ()
    boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
    slopes = slopes_of(boxes, _to_the_right(boxes, height, np.zeros(len(boxes)), _GLANCE))
    right = _to_the_right(boxes, height, slopes, _SIDE_BY_SIDE)
    rows = np.flatnonzero(right >= 0)
    line_of = groups(len(boxes), rows, right[rows])
    lines = [np.flatnonzero(line_of == line) for line in range(int(line_of.max()) + 1)]
    at_left = (boxes[:, 1] + boxes[:, 3]) / 2 - slopes * boxes[:, 0]  # where lines meet the edge
    lines.sort(key=lambda line: float(at_left[line].mean()))
    return tuple(
        tuple(Region(Box(*boxes[k].tolist()), float(slopes[k])) for k in line) for line in lines
    )


def _to_the_right(
    boxes: Boxes, height: float, slopes: NDArray[np.float64], least: float
) -> NDArray[np.int64]:
    """Find the number next to each on its line, -1 where there is none.

    Args:
        boxes: from left to right.
        height: of digits.
        slopes: of the lines that the numbers are on.
        least: share of the lower one's height that two numbers on a line are side by side.
    """
    left, top, right, bottom = boxes.T
    fall = slopes[:, None] * ((left + right) / 2 - ((left + right) / 2)[:, None])
    lowest = np.minimum(bottom[:, None] + fall, bottom)
    shared = lowest - np.maximum(top[:, None] + fall, top)
    low = np.minimum((bottom - top)[:, None], bottom - top)
    follows = (shared >= least * low) & (left >= right[:, None] - 0.5 * height)
    gaps = np.where(follows, left - right[:, None], np.inf)
    np.fill_diagonal(gaps, np.inf)
    rows = np.arange(len(boxes))
    nearest = gaps.argmin(axis=1)
    mutual = np.isfinite(gaps[rows, nearest]) & (gaps[:, nearest].argmin(axis=0) == rows)
    return np.where(mutual, nearest, -1)
