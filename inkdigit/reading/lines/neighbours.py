"""Which parts of the ink stand side by side in one number."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Boxes, Parts
from inkdigit.reading.lines.walls import hangs_together, parting
from inkdigit.reading.rulings.ruling import CELL, FIELD
from inkdigit.reading.sheets.sheet import Sheet

_GAP = 1.2  # digit heights; a wider gap begins another number
_WORD_GAP, _WIDER = 0.9, 4  # digit heights, and times the gaps beside it: another number begins
_TALL, _TALLER = 1.3, 1.6  # digit heights, and times as tall as a digit: beside it only if
_TALL_GAP = 0.35  # times its own height, at most, is between them
_OVERLAP = 0.35  # of the smaller height that two parts of a line share
_BROKEN = 0.25  # digit heights between the pieces of one digit, one above the other
_WHOLE = 1.3  # digit heights that they are tall together


def neighbours(parts: Parts, height: float, sheet: Sheet) -> NDArray[np.int64]:
    """Pair the parts that stand side by side, close enough for one number.

    Args:
        parts: as tall as digits are.
        height: of digits, in pixels.
        sheet: the page.

    Returns:
        (pairs, 2) of their places among the parts.
    """
    is_field = sheet.mask.shape[0] < FIELD * height
    left, top, right, bottom = parts.boxes.T
    tall = np.maximum(parts.heights[:, None], parts.heights[None])
    low = np.minimum(parts.heights[:, None], parts.heights[None])
    gap = np.maximum(left[:, None], left[None]) - np.minimum(right[:, None], right[None])
    shared = np.minimum(bottom[:, None], bottom[None]) - np.maximum(top[:, None], top[None])
    beside = shared >= _OVERLAP * low
    reach = unit_of(tall, height)
    if not is_field:
        beside &= ~_are_far_apart(parts.boxes, beside, gap, reach)
    near = beside & (gap <= _GAP * reach)
    near &= (tall <= np.maximum(_TALLER * low, _TALL * height)) | (gap <= _TALL_GAP * tall)
    shared_width = np.minimum(right[:, None], right[None]) - np.maximum(left[:, None], left[None])
    both = np.maximum(bottom[:, None], bottom[None]) - np.minimum(top[:, None], top[None])
    near |= (shared_width > 0) & (shared > -_BROKEN * height) & (both < _WHOLE * height)
    in_comb = beside & (gap <= CELL * reach) & ~near
    walls = parting(sheet, height)
    pairs = [
        (i, j)
        for i, j in np.argwhere(np.triu(near | in_comb, 1)).tolist()
        if hangs_together(parts.boxes[i], parts.boxes[j], walls, height, bool(near[i, j]))
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _are_far_apart(
    boxes: Boxes,
    beside: NDArray[np.bool_],
    gap: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """(parts, parts) Tell which parts are further apart than those on either side of the gap.

    Args:
        boxes: (parts, 4).
        beside: (parts, parts) whether two parts are on one line.
        gap: (parts, parts) columns between two parts, negative where one is above the other.
        reach: (parts, parts) what gaps are measured in.
    """
    is_before = boxes[:, None, 0] < boxes[None, :, 0]
    room = np.where(beside & is_before, np.maximum(gap, 0), np.inf)
    to_left, to_right = room.min(axis=0, initial=np.inf), room.min(axis=1, initial=np.inf)
    inner = np.minimum(to_left[:, None], to_right[None])  # of the first and of the second part
    inner = np.where(is_before, inner, inner.T)
    far: NDArray[np.bool_] = (gap > _WORD_GAP * reach) & (inner < gap / _WIDER)
    return far


def unit_of(heights: NDArray[np.int64], height: float) -> NDArray[np.float64]:
    """Give what gaps are measured in: a number's own height, as far as it is near the usual one.

    Args:
        heights: of numbers or parts, in pixels.
        height: of digits.
    """
    unit: NDArray[np.float64] = np.clip(heights, 0.7 * height, 1.3 * height)
    return unit


def bounds_of(boxes: Boxes, group_of: NDArray[np.int64]) -> Boxes:
    """Find the box around each group of boxes: (groups, 4).

    Args:
        boxes: (parts, 4).
        group_of: (parts,) the group of each, from 0 on.
    """
    count = int(group_of.max(initial=-1)) + 1
    bounds = np.empty((count, 4), np.int64)
    bounds[:, :2], bounds[:, 2:] = np.iinfo(np.int64).max, 0
    np.minimum.at(bounds[:, 0], group_of, boxes[:, 0])
    np.minimum.at(bounds[:, 1], group_of, boxes[:, 1])
    np.maximum.at(bounds[:, 2], group_of, boxes[:, 2])
    np.maximum.at(bounds[:, 3], group_of, boxes[:, 3])
    return bounds
