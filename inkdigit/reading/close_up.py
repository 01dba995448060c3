"""A small picture looked at as one digit or number that fills it.

A page's ink is told from paper by what is usual around it; in a picture that shows one thick digit,
or one on patterned paper, nothing is usual. Then the ink is found as a single digit's is, which
fits the paper and leaves out what reaches in from outside.
"""

import numpy as np

from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.frame import digit_alone, extent
from inkdigit.pictures.ink import ink_of
from inkdigit.reading.lines import Region
from inkdigit.reading.sheet import Sheet

_LARGEST = 300  # pixels of the longer side; a larger picture is a page


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
    return Sheet(level, ink > 0, none, np.eye(3)), Region(extent(ink), slope=0.0)
