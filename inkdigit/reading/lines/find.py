"""Where on a sheet numbers may stand, in reading order.

Nothing here knows what a digit looks like: parts of the ink that hang together are put side by
side by their sizes and their gaps, and the walls of boxes part them.
"""

from dataclasses import replace

import numpy as np

from inkdigit.pictures.components import groups
from inkdigit.reading.ink.parts import (
    Boxes,
    Parts,
    are_frames,
    ink_of_parts,
    parts_of,
    typical_height,
)
from inkdigit.reading.lines.gutters import across_gutters
from inkdigit.reading.lines.large import are_large_digits, with_large
from inkdigit.reading.lines.neighbours import bounds_of, neighbours
from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.rows import in_lines
from inkdigit.reading.lines.small_parts import are_hanging, bridged, with_small
from inkdigit.reading.lines.touching_rows import with_rows_apart
from inkdigit.reading.lines.walls import are_pieces, has_wall, parting
from inkdigit.reading.lines.writing import (
    are_cut_off,
    are_ghosts,
    are_leftovers,
    are_ticks,
    is_writing,
)
from inkdigit.reading.rulings.ruling import FIELD
from inkdigit.reading.sheets.sheet import Sheet

_MAIN = 0.42  # digit heights: a part as tall is a digit, what is smaller belongs to one
_FEWEST_PIXELS = 7  # that a digit is tall
_FRAME = 1.4  # digit heights that a box by hand is tall, at least


def find_lines(sheet: Sheet) -> tuple[tuple[Region, ...], ...]:
    """Find what may be numbers.

    Returns:
        Lines from top to bottom; in each the regions from left to right.
    """
    parts = parts_of(sheet.mask)
    height = typical_height(parts)
    if not height:
        return ()
    mask = with_rows_apart(sheet.mask, sheet.rulings, height).view(bool)
    parts = parts_of(mask)
    around = are_frames(parts, _FRAME * height)
    around |= are_pieces(parts, height, sheet.rulings)
    around |= are_ticks(parts, height, sheet.rulings)
    if around.any():
        rulings = sheet.rulings | ink_of_parts(mask, parts.where(around))
        sheet, parts = replace(sheet, rulings=rulings), parts.where(~around)
    are_large = are_large_digits(parts, height, mask)
    lines = in_lines(_boxes(parts.where(~are_large), height, sheet), height)
    if not are_large.any():
        return lines
    large = parts.where(are_large)
    height = typical_height(large)
    return with_large(lines, in_lines(_boxes(large, height, sheet), height))


def _boxes(parts: Parts, height: float, sheet: Sheet) -> Boxes:
    """Put parts together to numbers: (numbers, 4), left, top, right, bottom."""
    parts = parts.where(is_writing(parts, height, sheet.mask))
    main = parts.heights >= max(_MAIN * height, _FEWEST_PIXELS)
    digits, small = parts.where(main), parts.where(~main).boxes
    pairs = neighbours(digits, height, sheet)
    boxes = bounds_of(digits.boxes, groups(len(digits), *pairs.T))
    if sheet.mask.shape[0] >= FIELD * height:
        across = np.flatnonzero(across_gutters(digits.boxes, pairs, boxes, height))
        walls = parting(sheet, height).rulings
        parted = [k for k in across if not has_wall(digits.boxes[pairs[k]], walls)]
        pairs = np.delete(pairs, parted, axis=0)
        boxes = bounds_of(digits.boxes, groups(len(digits), *pairs.T))
    are_commas = are_hanging(boxes, height, sheet.mask.shape[0])
    boxes, small = boxes[~are_commas], np.concatenate((small, boxes[are_commas]))
    boxes = bridged(boxes, small, height, sheet)
    boxes = with_small(boxes, small[~are_leftovers(small, height, sheet)], height)
    boxes = boxes[~are_cut_off(boxes, height, sheet.mask.shape[0])]
    return boxes[~are_ghosts(boxes, sheet)]
