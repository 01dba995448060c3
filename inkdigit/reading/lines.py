"""Where on a sheet numbers may stand, in reading order."""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.reading.sheet import Sheet
from inkdigit.types import Box


@dataclass(frozen=True)
class Region:
    """Where one number, or a part of a line that hangs together, may stand."""

    box: Box  # in pixels of the sheet, tight around its ink
    slope: float  # of the line that it is in: how far it falls a pixel to the right


def find_lines(sheet: Sheet) -> tuple[tuple[Region, ...], ...]:
    """Find what may be numbers.

    Returns:
        Lines from top to bottom; in each the regions from left to right.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(sheet.mask.astype(np.uint8))
    if count < 2:
        return ()
    left, top, width, height, _ = stats[1:].T
    tall = height >= 0.3 * height.max()
    box = Box(
        int(left[tall].min()),
        int(top[tall].min()),
        int((left + width)[tall].max()),
        int((top + height)[tall].max()),
    )
    return ((Region(box, 0.0),),)
