"""Where on a sheet numbers may stand, in reading order.

Nothing here knows what a digit looks like: parts of the ink that hang together are put side by
side by their sizes and their gaps, and the walls of boxes part them.
"""

import numpy as np

from inkdigit.pictures.components import groups
from inkdigit.reading.ink.parts import Boxes, Parts, parts_of, typical_height
from inkdigit.reading.lines.gutters import across_gutters
from inkdigit.reading.lines.neighbours import bounds_of, neighbours
from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.rows import in_lines
from inkdigit.reading.lines.small_parts import are_hanging, bridged, with_small
from inkdigit.reading.lines.touching_rows import with_rows_apart
from inkdigit.reading.lines.walls import has_wall
from inkdigit.reading.lines.writing import are_cut_off, are_ghosts, are_leftovers, is_writing
from inkdigit.reading.rulings.ruling import FIELD
from inkdigit.reading.sheets.sheet import Sheet

_MAIN = 0.42  # digit heights: a part as tall is a digit, what is smaller belongs to one
_FEWEST_PIXELS = 7  # that a digit is tall


def find_lines(sheet: Sheet) -> tuple[tuple[Region, ...], ...]:
    """Find what may be numbers.

    Returns:
        Lines from top to bottom; in each the regions from left to right.
    """
    parts = parts_of(sheet.mask)
    height = typical_height(parts)
    if not height:
        return ()
    whole = with_rows_apart(sheet.mask, sheet.rulings, height)
    boxes = _boxes(parts_of(whole.view(bool)), height, sheet)
    return in_lines(boxes, height)


def _boxes(parts: Parts, height: float, sheet: Sheet) -> Boxes:
    """Put parts together to numbers: (numbers, 4), left, top, right, bottom."""
    parts = parts.where(is_writing(parts, height, sheet.mask))
    main = parts.heights >= max(_MAIN * height, _FEWEST_PIXELS)
    digits, small = parts.where(main), parts.where(~main).boxes
    pairs = neighbours(digits, height, sheet)
    boxes = bounds_of(digits.boxes, groups(len(digits), *pairs.T))
    if sheet.mask.shape[0] >= FIELD * height:
        across = np.flatnonzero(across_gutters(digits.boxes, pairs, boxes, height))
        parted = [k for k in across if not has_wall(digits.boxes[pairs[k]], sheet.rulings)]
        pairs = np.delete(pairs, parted, axis=0)
        boxes = bounds_of(digits.boxes, groups(len(digits), *pairs.T))
    are_commas = are_hanging(boxes, height, sheet.mask.shape[0])
    boxes, small = boxes[~are_commas], np.concatenate((small, boxes[are_commas]))
    boxes = bridged(boxes, small, height, sheet)
    boxes = with_small(boxes, small[~are_leftovers(small, height, sheet)], height)
    boxes = boxes[~are_cut_off(boxes, height, sheet.mask.shape[0])]
    return boxes[~are_ghosts(boxes, sheet)]
