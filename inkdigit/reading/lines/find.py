"""Where on a sheet numbers may stand, in reading order.

Nothing here knows what a digit looks like: parts of the ink that hang together are put side by
side by their sizes and their gaps, and the walls of boxes part them.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

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
from inkdigit.reading.lines.neighbours import bounds_of, neighbours
from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.rows import in_lines
from inkdigit.reading.lines.small_parts import are_hanging, bridged, with_small
from inkdigit.reading.lines.touching_rows import with_rows_apart
from inkdigit.reading.lines.walls import has_wall
from inkdigit.reading.lines.writing import (
    TALLEST,
    are_cut_off,
    are_ghosts,
    are_leftovers,
    is_writing,
)
from inkdigit.reading.rulings.ruling import BAND, FIELD
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box

_MAIN = 0.42  # digit heights: a part as tall is a digit, what is smaller belongs to one
_FEWEST_PIXELS = 7  # that a digit is tall
_AS_LARGE = 0.65  # of the usual height of large digits, that all of them have
_THICKER = 1.25  # times as thick as most strokes: else it may be a diagram by the same pen
_THIN, _GOES_ON = 0.3, 0.8  # digit heights that a wall is wide, and of half a one beyond its ends
_FROM_RULE_TO_RULE = 1.5  # digit heights: a stroke as tall that ends at rules is a wall
_FRAME = 1.4  # digit heights that a box by hand is tall, at least
_EDGE = 2  # pixels of the sheet's edge, where other things end


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
    around |= _are_pieces(parts, height, sheet.rulings)
    if around.any():
        rulings = sheet.rulings | ink_of_parts(mask, parts.where(around))
        sheet, parts = replace(sheet, rulings=rulings), parts.where(~around)
    are_large = _are_large(parts, height, mask)
    boxes = _boxes(parts.where(~are_large), height, sheet)
    if not are_large.any():
        return in_lines(boxes, height)
    large = parts.where(are_large)
    large_boxes = _boxes(large, typical_height(large), sheet)
    are_large_ones = {Box(*box) for box in large_boxes.tolist()}
    return tuple(
        tuple(replace(each, is_large=each.box in are_large_ones) for each in line)
        for line in in_lines(np.concatenate((boxes, large_boxes)), height)
    )


def _are_pieces(parts: Parts, height: float, rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(parts,) Tell which are pieces of walls: these go on above and below, or end at rules."""
    are_pieces: NDArray[np.bool_] = (parts.heights > height) & (parts.widths < _THIN * height)
    for part in np.flatnonzero(are_pieces).tolist():
        left, top, right, bottom = parts.boxes[part].tolist()
        column = np.asarray(rulings[:, left:right].any(axis=1), np.bool_)
        is_tall = bottom - top > _FROM_RULE_TO_RULE * height
        reach = BAND if is_tall else round(height / 2)
        ends = column[max(0, top - reach) : top], column[bottom : bottom + reach]
        least = 0 if is_tall else _GOES_ON
        are_pieces[part] = all(end.size and end.mean() > least for end in ends)
    return are_pieces


def _are_large(parts: Parts, height: float, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which parts may be digits of another pen, far larger than most of what is there.

    Args:
        parts: of the ink.
        height: of most writing, in pixels: of the words of a picture that numbers are drawn on.
        mask: (h, w) of the ink.

    Returns:
        (parts,).
    """
    rows, columns = mask.shape
    left, top, right, bottom = parts.boxes.T
    inside = (left > _EDGE) & (top > _EDGE) & (right < columns - _EDGE) & (bottom < rows - _EDGE)
    are_large: NDArray[np.bool_] = inside & (parts.heights > TALLEST * height)
    if not are_large.any():
        return are_large
    thick = _thickness(parts, mask)
    are_usual = (parts.heights > _MAIN * height) & (parts.heights <= TALLEST * height)
    are_large &= thick > _THICKER * np.median(thick[are_usual])
    if are_large.any():
        like_them = _AS_LARGE * typical_height(parts.where(are_large))
        are_large |= inside & (parts.heights > like_them)
    return are_large


def _thickness(parts: Parts, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Tell how thick the strokes of each part are, in pixels: (parts,)."""
    ink = mask.view(np.uint8)
    edges = ink - cv2.erode(ink, np.ones((3, 3), np.uint8))
    around = np.array(
        [edges[top:bottom, left:right].sum() for left, top, right, bottom in parts.boxes.tolist()]
    )
    thickness: NDArray[np.float64] = 2 * parts.areas / np.maximum(around, 1)
    return thickness


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
