"""Whose ink is whose: leaning and touching digits of a number told apart.

Between two neighbours a path goes from the top of a strip to its foot where it crosses the least
ink, and what hangs together and holds one sign alone stays whole.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

LATE = 2.0  # columns that a line network names a sign after its middle: 2.1 ± 2.4 measured
_CENTRAL = 0.8  # ink that a path may cross to stay a half of the way between two middles nearer
_ASIDE = 0.05  # the same, for each column that it goes aside
_STROKE = 90  # level of ink that belongs to a stroke


def owners(
    strip: NDArray[np.uint8], middles: Sequence[float], cuts: Sequence[float | None]
) -> NDArray[np.int64]:
    """Tell which sign each pixel of a strip belongs to.

    Args:
        strip: (rows, columns), 0 paper to 255 full ink.
        middles: columns of the signs' middles, from left to right; at least one.
        cuts: between each two of them, the column that parts them, where that is known.

    Returns:
        (rows, columns), the number of the sign, from 0.
    """
    rows, width = strip.shape
    columns = np.arange(width)
    paths = _paths(strip, middles) if len(middles) > 1 else np.zeros((0, rows), np.int64)
    for path, cut in zip(paths, cuts, strict=True):
        if cut is not None:
            path[:] = round(cut)
    beside = np.asarray((columns >= paths[..., None]).sum(axis=0), np.int64)
    return _whole(strip, middles, beside)


def _paths(strip: NDArray[np.uint8], middles: Sequence[float]) -> NDArray[np.int64]:
    """Find the path of least ink between each two middles.

    Returns:
        (signs - 1, rows), the first column of each row that is right of the path.
    """
    rows, width = strip.shape
    ends = np.clip(np.rint(middles).astype(np.int64), 0, width - 1)
    starts = ends[:-1]
    reach = np.maximum(ends[1:] - starts, 1)
    steps = np.arange(int(reach.max()))
    columns = np.minimum(starts[:, None] + steps, width - 1)
    off = np.abs(steps - (reach[:, None] - 1) / 2) / reach[:, None]
    outside = np.where(steps < reach[:, None], 0.0, np.inf)
    cost = strip[:, columns] / 255 + _CENTRAL * off + outside  # (rows, signs - 1, reach)
    best = cost[0]
    came = np.zeros(cost.shape, np.int64)
    for row in range(1, rows):
        ways = np.pad(best, ((0, 0), (1, 1)), constant_values=np.inf)
        ways = np.stack((best, ways[:, :-2] + _ASIDE, ways[:, 2:] + _ASIDE))
        came[row] = ways.argmin(axis=0)
        best = ways.min(axis=0) + cost[row]
    place, every = best.argmin(axis=1), np.arange(len(starts))
    paths = np.empty((len(starts), rows), np.int64)
    moves = np.array([0, -1, 1])
    for row in range(rows - 1, -1, -1):
        paths[:, row] = starts + place
        place = place + moves[came[row, every, place]]
    return paths


def _whole(
    strip: NDArray[np.uint8], middles: Sequence[float], beside: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give strokes that hold one sign's middle, or none, wholly to the sign that has most of them.

    Args:
        strip: the ink.
        middles: of the signs.
        beside: (rows, columns) which sign's side of the paths a pixel is on.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (strip > _STROKE).view(np.uint8), connectivity=8
    )
    pairs = np.bincount((beside * count + labels).ravel(), minlength=len(middles) * count)
    shares = pairs.reshape(len(middles), count)
    left, wide = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    places = np.asarray(middles)[:, None]
    single = ((places >= left) & (places < left + wide)).sum(axis=0) <= 1
    single[0] = False  # the paper
    near = cv2.dilate(labels.astype(np.uint16), np.ones((3, 3), np.uint8))  # the edge is grey
    near = np.where(labels > 0, labels, near)
    owned: NDArray[np.int64] = np.where(single[near], shares.argmax(axis=0)[near], beside)
    return owned
