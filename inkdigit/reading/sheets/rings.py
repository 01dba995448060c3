"""What is drawn by hand around numbers: rings, boxes, and pairs of brackets."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import hull_of

_MOST = 200  # parts that are looked at, the largest
_LEAST = 12  # pixels that what is inside is tall
_INSIDE = 0.3  # of a ring's height that something inside has at least, and
_ROOM = 0.92  # at most
_DEEP = 0.22  # of its shorter side: what is further inside than that is no ring
_OF_RING = 0.06  # of a ring's ink that may be as deep
_THICK = 1.6  # times its stroke that a ring is deep where it touches what is inside
_CLOSED = 0.9  # of the hull that such a ring is drawn along
_BENT = 0.08  # of its height that the middle of a bracket is beside its ends
_STRAY = 0.035  # of the same, root mean square, that it strays from a parabola
_SLIM, _THIN = 0.7, 0.25  # of its height that a bracket, and its stroke, is wide
_ALIKE = 0.7  # of the taller one's height that both of a pair are tall, and of the rows they share
_FURTHEST = 12  # times their height from one to the other
_SOFT = 2  # pixels of grey around its strokes


def rings(mask: NDArray[np.bool_], rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find what is drawn around writing, open rings too.

    Args:
        mask: (height, width), whether there is ink that may be writing.
        rulings: (height, width), where straight lines were: sides of boxes that are drawn by hand.

    Returns:
        (height, width), the strokes of rings and the grey beside them.
    """
    parts = _components(mask)
    found = _around_others(*parts, touching=True) | _brackets(*parts)
    if rulings.any():
        found |= _around_others(*_components(mask | rulings), touching=False)
    side = 2 * _SOFT + 1
    return cv2.dilate(found.view(np.uint8), np.ones((side, side), np.uint8)) > 0


def _components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Label the parts of a mask from 0, the paper -1: (height, width), and their stats: (N, 5)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return np.asarray(labels - 1, np.int32), np.asarray(stats[1:], np.int32)


def _around_others(
    labels: NDArray[np.int32], stats: NDArray[np.int32], *, touching: bool
) -> NDArray[np.bool_]:
    """Find the parts that are around others.

    Args:
        labels: (height, width) of the parts.
        stats: (parts, 5) of OpenCV.
        touching: of those that touch what is inside, find the rim.
    """
    left, top, width, tall, _ = stats.T
    boxes = np.stack((left, top, left + width, top + tall), axis=1)
    inner = boxes[tall >= _LEAST]
    heights = inner[:, 3] - inner[:, 1]
    found = np.zeros(labels.shape, bool)
    for part in np.argsort(-(width * tall), kind="stable")[:_MOST].tolist():
        right, bottom = boxes[part, 2:]
        inside = (heights >= _INSIDE * tall[part]) & (heights <= _ROOM * tall[part])
        inside &= (inner[:, :2] > boxes[part, :2]).all(axis=1)
        inside &= (inner[:, 2:] < (right, bottom)).all(axis=1)
        if not inside.any():
            continue
        place = np.s_[top[part] : bottom, left[part] : right]
        own = labels[place] == part
        within = inner[inside] - np.tile(boxes[part, :2], 2)
        if any(_is_around(own, box) for box in within.tolist()):
            found[place] |= _ring(own, touching=touching)
    return found


def _brackets(labels: NDArray[np.int32], stats: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Find brackets before and after writing: one alone may be a one that is bent."""
    left, top, width, tall, area = stats.T
    right, bottom = left + width, top + tall
    slim = (tall >= _LEAST) & (width <= _SLIM * tall) & (area <= _THIN * tall * tall)
    some = np.flatnonzero(slim)
    some = some[np.argsort(-tall[some], kind="stable")[:_MOST]]
    places = {k: np.s_[top[k] : bottom[k], left[k] : right[k]] for k in some.tolist()}
    bends = np.array([_bend(labels[place] == part) for part, place in places.items()])
    closing = some[bends < 0]
    closing = closing[np.argsort(left[closing], kind="stable")]
    found = np.zeros(labels.shape, bool)
    for part in some[bends > 0].tolist():
        tallest = np.maximum(tall[part], tall[closing])
        head, foot = np.maximum(top[part], top[closing]), np.minimum(bottom[part], bottom[closing])
        apart = left[closing] - right[part]
        fits = (apart > 0) & (apart <= _FURTHEST * tallest) & (foot - head >= _ALIKE * tallest)
        for other in closing[fits].tolist():
            inside = (left >= right[part]) & (right <= left[other])
            inside &= (bottom > top[part]) & (top < bottom[part])
            if (inside & (tall >= tall[part] / 2) & (tall < 2 * tall[part])).any():
                for each in (part, other):
                    found[places[each]] |= labels[places[each]] == each
                break
    return found


def _bend(own: NDArray[np.bool_]) -> float:
    """Tell how a stroke is bent, in shares of its height: to the left (positive), or to the right.

    0 where it is straight, or no parabola.
    """
    rows, columns = np.nonzero(own)
    count = np.bincount(rows)
    if count.max() > _THIN * len(own) or not count.all():
        return 0.0
    middle = np.bincount(rows, columns) / count
    along = np.linspace(-1, 1, len(middle))
    square = along * along - (along * along).mean()  # orthogonal to a line, and to a constant
    bend = float(middle @ square / (square @ square))
    slope = middle @ along / (along @ along)
    stray = middle.mean() + slope * along + bend * square - middle
    bend /= len(own)
    is_one = np.sqrt((stray * stray).mean()) <= _STRAY * len(own) and abs(bend) >= _BENT
    return bend if is_one else 0.0


def _is_around(own: NDArray[np.bool_], box: list[int]) -> bool:
    """Tell whether there is ink on all four sides of a box."""
    left, top, right, bottom = box
    rows, columns = own[top:bottom], own[:, left:right]
    return bool(
        rows[:, :left].any()
        and rows[:, right:].any()
        and columns[:top].any()
        and columns[bottom:].any()
    )


def _ring(own: NDArray[np.bool_], *, touching: bool) -> NDArray[np.bool_]:
    """Find the ring in a part: all of it if it is hollow, else its rim if that goes all around."""
    ink = np.pad(own, 1).view(np.uint8)
    depth = cv2.distanceTransform(hull_of(ink), cv2.DIST_L2, 3)  # from the edge of its hull
    stroke = 2 * float(np.percentile(cv2.distanceTransform(ink, cv2.DIST_L2, 3)[ink > 0], 90))
    rim = (ink > 0) & (depth <= _THICK * stroke)
    deep = (depth[ink > 0] > _DEEP * min(own.shape)).mean()
    if deep <= _OF_RING and not _is_writing((ink > 0) & ~rim, stroke, _INSIDE * min(own.shape)):
        return own
    near = cv2.dilate(rim.view(np.uint8), np.ones((3, 3), np.uint8), iterations=round(stroke)) > 0
    edge = (depth > 0) & (depth <= 1)
    return rim[1:-1, 1:-1] & (touching and bool(near[edge].mean() >= _CLOSED))


def _is_writing(inside: NDArray[np.bool_], stroke: float, size: float) -> bool:
    """Tell whether something in a ring is more than a piece of its stroke."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(((sides.min(axis=1) > 2 * stroke) & (sides.max(axis=1) >= size)).any())
