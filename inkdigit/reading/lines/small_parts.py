"""Dots, commas, dashes and broken-off strokes: which number they belong to."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.ink.parts import Boxes
from inkdigit.reading.lines.neighbours import bounds_of, unit_of
from inkdigit.reading.lines.walls import hangs_together, parting
from inkdigit.reading.lines.writing import DASH
from inkdigit.reading.rulings.ruling import MANY_LINES
from inkdigit.reading.sheets.sheet import Sheet

_COMMA = 0.6  # of the height of the number that a comma hangs from, and of digits' that it is wide
_LEAST_DOT = 0.06  # digit heights that a dot is wide or tall
_LEAST_DASH = 0.2  # digit heights that a dash is long
_DOT_GAP, _DASH_GAP = 0.8, 1.1  # digit heights on either side of a sign in the middle of a number
_UNDER = 0.2  # digit heights that a sign may lie under a digit that leans
_FOOT = 0.25  # digit heights above a number's foot that a dot or a comma ends


def are_hanging(boxes: Boxes, height: float, rows: int) -> NDArray[np.bool_]:
    """Tell which boxes hold no number but a large comma: it hangs from the foot of another one.

    What is wider than a comma may be a number of the next line, but where there are few lines it
    is rather a part of a pattern.

    Args:
        boxes: (numbers, 4).
        height: of digits, in pixels.
        rows: that the sheet has.

    Returns:
        (numbers,) whether each hangs from another one.
    """
    left, top, right, bottom = boxes.T
    low = (bottom - top)[:, None] < _COMMA * (bottom - top)
    if rows > MANY_LINES * height:
        low &= (right - left)[:, None] < _COMMA * height
    beneath = (left[:, None] >= left) & (right[:, None] <= right)
    from_foot = (top[:, None] > (top + bottom) / 2) & (top[:, None] < bottom + 0.1 * height)
    hangs: NDArray[np.bool_] = (low & beneath & from_foot).any(axis=1)
    return hangs


def bridged(boxes: Boxes, small: Boxes, height: float, sheet: Sheet) -> Boxes:
    """Join two numbers between which a dash, a dot or a comma stands: it is in the middle of one.

    A dot or a comma is near the feet of both, so that grains of the paper join nothing.

    Args:
        boxes: (numbers, 4).
        small: (parts, 4) that are less tall than digits.
        height: of digits, in pixels.
        sheet: the page.

    Returns:
        (numbers, 4), fewer where two became one.
    """
    if not len(boxes):
        return boxes
    pairs = []
    own = unit_of(boxes[:, 3] - boxes[:, 1], height)
    walls = parting(sheet, height)
    for left, top, right, bottom in small.tolist():
        size = max(right - left, bottom - top)
        flat = right - left >= max(_LEAST_DASH * height, 2 * (bottom - top))
        if size < _LEAST_DOT * height or size > (DASH if flat else 1) * height:
            continue
        level = (top > boxes[:, 1]) & (bottom < boxes[:, 3] + 0.3 * own)
        if not flat:
            level &= bottom > boxes[:, 3] - _FOOT * own
        before = np.where(level, left - boxes[:, 2], np.inf) / own
        after = np.where(level, boxes[:, 0] - right, np.inf) / own
        reach = _DASH_GAP if flat else _DOT_GAP
        for ends in (before, after):
            ends[(ends < -_UNDER) | (ends > reach)] = np.inf
        one, other = int(before.argmin()), int(after.argmin())
        if np.isfinite(before[one] + after[other]) and hangs_together(
            boxes[one], boxes[other], walls, height, near=True
        ):
            pairs.append((one, other))
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    return bounds_of(boxes, groups(len(boxes), first, second))


def with_small(boxes: Boxes, small: Boxes, height: float) -> Boxes:
    """Give dots, commas, dashes and broken-off strokes to the number that they are nearest to.

    Args:
        boxes: (numbers, 4).
        small: (parts, 4) that are less tall than digits.
        height: of digits, in pixels.

    Returns:
        (numbers, 4), grown by what is theirs.
    """
    if not len(boxes) or not len(small):
        return boxes
    left, top, right, bottom = small.T[:, :, None]
    own = unit_of(boxes[:, 3] - boxes[:, 1], height)
    middle = (top + bottom) / 2
    gap = np.maximum(np.maximum(left - boxes[:, 2], boxes[:, 0] - right), 0)
    beside = (middle > boxes[:, 1] - 0.2 * own) & (middle < boxes[:, 3] + 0.3 * own)
    within = (top > boxes[:, 1] - 0.5 * own) & (bottom < boxes[:, 3] + 0.5 * own)
    reach = np.where(left > boxes[:, 2] - 1, 0.8, 0.35) * own
    fits = beside & within & (gap <= reach)
    cost = np.where(fits, gap, np.inf)
    nearest = cost.argmin(axis=1)
    belongs = np.isfinite(cost.min(axis=1))
    grown = np.concatenate((boxes, small[belongs]))
    return bounds_of(grown, np.concatenate((np.arange(len(boxes)), nearest[belongs])))
