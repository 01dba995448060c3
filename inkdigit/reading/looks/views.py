"""A region seen several times over, each a little differently: the answers are taken together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.line_ink import line_ink
from inkdigit.pictures.strip import strip
from inkdigit.reading.lines.region import Region
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box

_VIEWS = ((0.0, 0.0), (0.12, 0.12))  # of the height: how far the cut reaches up and down
_OTHER_VIEWS = ((-0.06, 0.02), (0.02, -0.06))  # the same, where ink is found as in training
_AROUND = 0.3  # of the height, that is looked at to find ink so


def views_of(sheet: Sheet, region: Region) -> Iterator[NDArray[np.uint8]]:
    """Cut a region out several times, a little higher or lower, and of ink found in two ways."""
    for up, down in _VIEWS:
        yield strip(sheet.ink, _higher(region.box, up, down), region.slope)
    ink, left, top = _ink_around(sheet, region)
    for up, down in _OTHER_VIEWS:
        box = _higher(region.box, up, down)
        box = Box(box.left - left, box.top - top, box.right - left, box.bottom - top)
        yield strip(ink, box, region.slope)


def _higher(box: Box, up: float, down: float) -> Box:
    height = box.bottom - box.top
    top = box.top - round(up * height)
    return Box(box.left, top, box.right, max(box.bottom + round(down * height), top + 1))


def _ink_around(sheet: Sheet, region: Region) -> tuple[NDArray[np.uint8], int, int]:
    """Find ink by the region alone; under rulings it is the sheet's, where strokes are filled.

    Returns:
        The ink, and the sheet's column and row of its corner.
    """
    box = region.box
    tilt = abs(region.slope) * (box.right - box.left) / 2
    reach = round(_AROUND * (box.bottom - box.top) + tilt)
    left, top = max(0, box.left - reach), max(0, box.top - reach)
    place = np.s_[top : box.bottom + reach, left : box.right + reach]
    ink = line_ink(sheet.grey[place])
    return np.where(sheet.rulings[place], sheet.ink[place], ink), left, top
