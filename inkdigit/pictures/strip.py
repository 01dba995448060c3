"""From a region of ink to the strip that a line network sees: one height, level, even contrast.

The same function makes the strips of training and those of a page that is read, so the two cannot
differ. NumPy and Pillow only.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.types import Box

HEIGHT = 32  # pixels of a strip
LONGEST = 2000  # pixels of a strip; a longer region is squeezed
_TEXT = 22  # of the height, that the region takes; the rest shows what is above and below it
_STRETCH = 1.25  # along the line: ones that touch must not fall into one step of the network
_ENDS = 6  # pixels of a strip left and right of the region
_FULL = 97  # percentile, of what is surely ink, that counts as full
_SURE = 0.5  # of the brightest: surely ink
_LEAST_FULL = 24  # grey levels; fainter ink is not made as strong as any other


def strip(ink: NDArray[np.uint8], box: Box, slope: float = 0.0) -> NDArray[np.uint8]:
    """Cut a region out of a sheet's ink, level it and bring it to the height of a strip.

    Args:
        ink: (height, width), 0 paper to 255 full ink.
        box: the region, in pixels of `ink`; what of it lies outside is paper.
        slope: of the line that it is in, dy/dx; undone by a shear about the box's middle.

    Returns:
        (HEIGHT, width), 0 paper to 255 full ink; `to_sheet` finds a column's place again.
    """
    tall, wide = max(1, box.bottom - box.top), max(1, box.right - box.left)
    step_x, step_y = 1 / _scale(box), tall / _TEXT  # sheet pixels for one pixel of the strip
    width = round(wide / step_x) + 2 * _ENDS
    first_x = box.left - _ENDS * step_x
    first_y = (box.top + box.bottom) / 2 - HEIGHT / 2 * step_y
    middle_x = (box.left + box.right) / 2
    cut, left, top, factor = _cut(ink, box, slope, int(min(step_x, step_y)))
    drawn = cut.transform(
        (width, HEIGHT),
        Image.Transform.AFFINE,
        (
            *(step_x / factor, 0.0, (first_x - left) / factor),
            *(slope * step_x / factor, step_y / factor),
            (first_y + slope * (first_x - middle_x) - top) / factor,
        ),
        Image.Resampling.BILINEAR,
    )
    return _even(np.asarray(drawn))


def to_sheet(column: float, box: Box) -> float:
    """Find the sheet's column, from its left edge, that a (fractional) column of a strip shows."""
    return box.left + (column - _ENDS) / _scale(box)


def to_strip(column: float, box: Box) -> float:
    """Find the column of a strip that shows a column of the sheet; `to_sheet`, the other way."""
    return (column - box.left) * _scale(box) + _ENDS


def shown_by(values: NDArray[np.int64], box: Box, slope: float, part: Box) -> NDArray[np.int64]:
    """Give each pixel of a part of the sheet the value of the strip's pixel that shows it.

    Args:
        values: (HEIGHT, width), a value for each pixel of the strip.
        box: the region that the strip shows.
        slope: of the line that it is in.
        part: of the sheet; what of it the strip does not show has the value at its edge.

    Returns:
        (height, width) of the part.
    """
    step_x, step_y = 1 / _scale(box), max(1, box.bottom - box.top) / _TEXT
    x = np.arange(part.left, part.right) + 0.5
    y = np.arange(part.top, part.bottom)[:, None] + 0.5 - (box.top + box.bottom) / 2
    columns = (x - box.left) / step_x + _ENDS
    rows = (y - slope * (x - (box.left + box.right) / 2)) / step_y + HEIGHT / 2
    return values[
        np.clip(rows.astype(np.int64), 0, HEIGHT - 1),
        np.clip(columns.astype(np.int64), 0, values.shape[1] - 1),
    ]


def _scale(box: Box) -> float:
    """Give how many columns of the strip one column of the sheet becomes."""
    usual = _STRETCH * _TEXT / max(1, box.bottom - box.top)
    return min(usual, (LONGEST - 2 * _ENDS) / max(1, box.right - box.left))


def _cut(
    ink: NDArray[np.uint8], box: Box, slope: float, factor: int
) -> tuple[Image.Image, int, int, int]:
    """Cut out what a strip shows, averaged over squares where its pixels cover several.

    Returns:
        The picture, the sheet's column and row of its corner, and by how much it is smaller.
    """
    height, width = ink.shape
    factor = max(1, factor)
    reach = box.bottom - box.top + factor
    tilt = int(abs(slope) * (box.right - box.left) / 2) + 1
    left, right = max(0, box.left - reach), min(width, box.right + reach)
    top, bottom = max(0, box.top - reach - tilt), min(height, box.bottom + reach + tilt)
    cut = ink[top : max(bottom, top), left : max(right, left)]
    picture = Image.fromarray(np.pad(cut, factor))  # outside is paper, also half a pixel beyond
    return picture.reduce(factor), left - factor, top - factor, factor


def _even(drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take the paper's remaining grey out, and make strong ink full."""
    above = np.maximum(drawn.astype(np.int16) - int(np.median(drawn)), 0)
    brightest = int(above.max(initial=0))
    if brightest == 0:
        return np.zeros_like(drawn)
    full = float(np.percentile(above[above >= _SURE * brightest], _FULL))
    return np.asarray(np.clip(above * (255 / max(full, _LEAST_FULL)), 0, 255), np.uint8)
