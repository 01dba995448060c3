"""Other looks at a picture that shows one line or one digit, where the first look left doubt.

Softened, the grain of the paper, a fine pattern and a broken stroke are gone. And a page's ink is
told from paper by what is usual around it; in a picture that shows one thick digit, or one on
patterned paper, nothing is usual. Then the ink is found as a single digit's is, which fits the
paper and leaves out what reaches in from outside.
"""

import cv2
import numpy as np

from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.frame import digit_alone, extent
from inkdigit.pictures.ink import ink_of
from inkdigit.reading.ink.parts import parts_of, typical_height
from inkdigit.reading.lines.region import Region
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box

_LARGEST = 300  # pixels of the longer side; a larger picture is no single digit
_LONGEST = 1200  # pixels of the longer side; a larger picture is a page
_ONE_LINE = 4  # times their usual height: what is taller are several lines
_OF_DIGITS = 0.4  # of their usual height: a part so tall is of a digit that fell into parts
_SOFT = 1 / 60, 0.8  # deviation of the blur: of the shorter side, and pixels at least


def softened(pixels: Pixels) -> Pixels | None:
    """Blur a picture by about a third of a stroke.

    Args:
        pixels: (height, width, 1 or 3), upright.

    Returns:
        The same shape; None if the picture is large, and so a page.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > _LONGEST:
        return None
    blurred = cv2.GaussianBlur(pixels, (0, 0), max(_SOFT[1], _SOFT[0] * min(height, width)))
    return np.asarray(blurred, np.uint8).reshape(pixels.shape)


def close_up(pixels: Pixels) -> tuple[Sheet, Region] | None:
    """See all of a small picture's ink as one region.

    Args:
        pixels: (height, width, 1 or 3), upright.

    Returns:
        The picture as a sheet, and the region; None if it is large, or there is no ink.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > _LARGEST:
        return None
    ink = digit_alone(ink_of(pixels))
    if not ink.any():
        return None
    level = np.rint(ink * 255).astype(np.uint8)
    none = np.zeros(ink.shape, bool)
    return Sheet(255 - level, level, ink > 0, none, np.eye(3)), Region(extent(ink), slope=0.0)


def as_one_line(sheet: Sheet) -> Region | None:
    """See all writing of a sheet as one region, whatever parts it fell into.

    Returns:
        The region; None if there is no writing, an empty row between two lines, or many lines.
    """
    parts = parts_of(sheet.mask)
    height = typical_height(parts)
    parts = parts.where(parts.heights >= _OF_DIGITS * height)
    if not len(parts):
        return None
    (left, top), (right, bottom) = parts.boxes[:, :2].min(axis=0), parts.boxes[:, 2:].max(axis=0)
    if bottom - top > _ONE_LINE * height:
        return None
    written = np.zeros(bottom - top, bool)
    for _, first, _, last in parts.boxes - top:
        written[first:last] = True
    if not written.all():
        return None
    return Region(Box(int(left), int(top), int(right), int(bottom)), slope=0.0)
