"""Parts of the ink that hang together, as arrays of their boxes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST = 2500  # parts that are looked at; a photograph of leaves has more, a page of digits never
_LEAST = 5  # pixels that a part is tall to say how tall digits are
_FRAME = 2.0  # times as tall as half of the parts: it may be a frame, or rings that lines join
_INNER = 0.06, 0.2  # of a frame's height, that a part inside of it has, and all of them together

Boxes = NDArray[np.int64]  # (boxes, 4): left, top, right, bottom; right and bottom are excluded


@dataclass(frozen=True)
class Parts:
    """Boxes and areas of parts."""

    boxes: Boxes  # (parts, 4)
    areas: NDArray[np.int64]  # pixels

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def heights(self) -> NDArray[np.int64]:
        """(parts,) pixels."""
        heights: NDArray[np.int64] = self.boxes[:, 3] - self.boxes[:, 1]
        return heights

    @property
    def widths(self) -> NDArray[np.int64]:
        """(parts,) pixels."""
        widths: NDArray[np.int64] = self.boxes[:, 2] - self.boxes[:, 0]
        return widths

    @property
    def fill(self) -> NDArray[np.float64]:
        """(parts,) share of its box that a part fills."""
        fill: NDArray[np.float64] = self.areas / (self.heights * self.widths)
        return fill

    def are_sized(
        self, height: float, *, tall: tuple[float, float], wide: float
    ) -> NDArray[np.bool_]:
        """(parts,) Tell which are as tall and as wide as digits.

        Args:
            height: of digits, in pixels.
            tall: digit heights that a part is tall, at least and at most.
            wide: digit heights that it is wide, at most.
        """
        least, most = tall
        sized = (self.heights >= least * height) & (self.heights <= most * height)
        return np.asarray(sized & (self.widths <= wide * height), np.bool_)

    def where(self, chosen: NDArray[np.bool_]) -> "Parts":
        """Keep the chosen parts."""
        return Parts(self.boxes[chosen], self.areas[chosen])


def parts_of(mask: NDArray[np.bool_]) -> Parts:
    """Find the connected parts of a mask, corners included; of very many only the largest."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    left, top, width, height, area = stats[1:].astype(np.int64).T
    boxes = np.stack((left, top, left + width, top + height), axis=1)
    if len(boxes) > _MOST:
        largest = np.sort(np.argsort(-area, kind="stable")[:_MOST])
        boxes, area = boxes[largest], area[largest]
    return Parts(boxes, area)


def ink_of_parts(mask: NDArray[np.bool_], parts: Parts) -> NDArray[np.bool_]:
    """Draw some of the parts of a mask, (h, w), alone."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    left, top, width, height, _ = stats.astype(np.int64).T
    wanted = set(map(tuple, parts.boxes.tolist()))
    boxes = np.stack((left, top, left + width, top + height), axis=1).tolist()
    chosen = np.array([tuple(box) in wanted for box in boxes], np.bool_)
    chosen[0] = False  # what is no ink
    ink: NDArray[np.bool_] = chosen[labels]
    return ink


def typical_height(parts: Parts) -> float:
    """Give the height of digits in pixels, 0 where there are none.

    Half of all height is in taller parts: dots are many and small, so they do not count for much.
    Nor do the frames and diagrams that writing stands in.
    """
    counted = parts.heights >= _LEAST
    if not counted.any():
        return 0.0
    frames = are_frames(parts, _FRAME * float(np.median(parts.heights[counted])))
    heights = np.sort(parts.heights[counted & ~frames])
    weights = np.cumsum(np.minimum(heights, 4 * np.median(heights)))
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def are_frames(parts: Parts, least: float) -> NDArray[np.bool_]:
    """Tell which parts stand around others that are no specks.

    Args:
        parts: of the ink.
        least: pixels that a frame is taller than.

    Returns:
        (parts,).
    """
    heights = parts.heights
    frames = np.zeros(len(parts), np.bool_)
    left, top, right, bottom = parts.boxes.T
    for part in np.flatnonzero(heights > least).tolist():
        within = (left > left[part]) & (right < right[part])
        within &= (top > top[part]) & (bottom < bottom[part])
        within &= heights >= max(_INNER[0] * heights[part], _LEAST)
        frames[part] = heights[within].sum() > _INNER[1] * heights[part]
    return frames


def hull_of(ink: NDArray[np.bool_] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill the convex hull of ink: 1 inside of it, 0 outside, as large as the ink's own array."""
    drawn = ink.view(np.uint8)
    hull = np.zeros_like(drawn)
    cv2.fillConvexPoly(hull, cv2.convexHull(cv2.findNonZero(drawn)), 1)
    return hull


def filled(corners: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Fill a convex figure: 1 inside of it, 0 outside.

    Args:
        corners: (corners, 2), x and y, some of them outside of the array.
        shape: of the array, (height, width).
    """
    inside = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    return inside
