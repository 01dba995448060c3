"""Glyphs: the ink of one sign, cropped, and how it is laid on a sheet."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Glyph = NDArray[np.float32]  # (height, width), 0 paper to 1 full ink, cropped to its ink


def gap_between(left: Glyph, left_top: int, right: Glyph, right_top: int) -> int:
    """Measure how far two glyphs can be moved together until their ink touches.

    Args:
        left: the glyph on the left.
        left_top: the row of its upper edge.
        right: the one on the right.
        right_top: the row of its upper edge.

    Returns:
        The least free space in a row, over the rows that both have, if their boxes stand side by
        side; where they share no row, 0.
    """
    top, bottom = max(left_top, right_top), min(left_top + len(left), right_top + len(right))
    if bottom <= top:
        return 0
    ends = _free(left[top - left_top : bottom - left_top, ::-1])
    starts = _free(right[top - right_top : bottom - right_top])
    return int((ends + starts).min())


def lay(ink: NDArray[np.float32], glyph: Glyph, left: int, top: int) -> None:
    """Add a glyph's ink where it lies on the sheet; what is outside of it is cut off."""
    height, width = ink.shape
    first_y, first_x = max(0, -top), max(0, -left)
    last_y, last_x = min(len(glyph), height - top), min(glyph.shape[1], width - left)
    if first_y >= last_y or first_x >= last_x:
        return
    here = ink[top + first_y : top + last_y, left + first_x : left + last_x]
    np.maximum(here, glyph[first_y:last_y, first_x:last_x], out=here)


def pull(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float) -> None:
    """Draw a line with round ends."""
    pen.line(points, 255, max(1, round(width)), joint="curve")
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def levels_of(picture: Image.Image) -> Glyph:
    """Give a picture's levels, 0 to 255, as ink from 0 to 1."""
    return np.asarray(picture, np.float32) * np.float32(1 / 255)


def trimmed(ink: Glyph) -> Glyph:
    """Crop to the ink; a glyph without any becomes one pixel of it."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    if not len(rows):
        return np.ones((1, 1), np.float32)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _free(glyph: Glyph) -> NDArray[np.int64]:
    """Count, for each row, the free pixels before the first ink."""
    mask = glyph > 0.4
    return np.asarray(np.where(mask.any(axis=1), mask.argmax(axis=1), glyph.shape[1]), np.int64)
