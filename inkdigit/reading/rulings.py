"""Ruled lines, grids and the walls of boxes: found by their length, taken out around what crosses.

A ruling is long, thin and nearly straight. A stroke that crosses it is thicker there than the
ruling is, measured across the ruling, and stays.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]  # (height, width), 0 or 1

_SLACK = 3  # pixels that a ruling may leave its row by, over its shortest length


def rulings_of(mask: Mask, shortest: tuple[int, int], thickest: int) -> Mask:
    """Find the pixels that belong to rulings and not to strokes across them.

    Args:
        mask: 1 where there is ink.
        shortest: pixels that a ruling across, and one down the page, is long at least.
        thickest: pixels that a ruling is thick at most.

    Returns:
        1 where only a ruling is.
    """
    across = _across(mask, shortest[0], thickest)
    down = _across(np.ascontiguousarray(mask.T), shortest[1], thickest).T
    return np.asarray(cv2.bitwise_or(across, np.ascontiguousarray(down)), np.uint8)


def _across(mask: Mask, shortest: int, thickest: int) -> Mask:
    """Find the rulings from left to right."""
    if mask.shape[1] < shortest:
        return np.zeros_like(mask)
    thin = mask - cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))
    slack = cv2.dilate(thin, np.ones((_SLACK, 1), np.uint8))
    bridged = cv2.morphologyEx(slack, cv2.MORPH_CLOSE, np.ones((1, 3 * thickest), np.uint8))
    long = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    return np.asarray(cv2.bitwise_and(thin, cv2.dilate(long, np.ones((3, 1), np.uint8))), np.uint8)
