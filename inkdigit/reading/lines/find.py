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
    are_ticks,
    is_writing,
)
from inkdigit.reading.rulings.ruling import BAND, FIELD
from inkdigit.reading.sheets.sheet import Sheet

_MAIN = 0.42  # digit heights: a part as tall is a digit, what is smaller belongs to one
_FEWEST_PIXELS = 7  # that a digit is tall
_AS_LARGE = 0.65  # of the usual height of large digits, that all of them have
_THICKER = 1.25  # times as thick as most strokes: else it may be a diagram by the same pen
_BESIDE = 0.6  # of the height of two large digits, that they share
_USUAL = 0.25, 1.5  # digit heights of the parts that tell how thick most strokes are
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
    around |= are_ticks(parts, height, sheet.rulings)
    if around.any():
        rulings = sheet.rulings | ink_of_parts(mask, parts.where(around))
        sheet, parts = replace(sheet, rulings=rulings), parts.where(~around)
    are_large = _are_large(parts, height, mask)
    lines = in_lines(_boxes(parts.where(~are_large), height, sheet), height)
    if not are_large.any():
        return lines
    large = parts.where(are_large)
    height = typical_height(large)
    return _with_large(lines, in_lines(_boxes(large, height, sheet), height))


def _with_large(
    lines: tuple[tuple[Region, ...], ...], large: tuple[tuple[Region, ...], ...]
) -> tuple[tuple[Region, ...], ...]:
    """Put lines of large numbers among the others, which keep their order."""
    ordered = list(lines)
    for line in large:
        lower = (k for k, other in enumerate(ordered) if _middle(other) > _middle(line))
        marked = tuple(replace(region, is_large=True) for region in line)
        ordered.insert(next(lower, len(ordered)), marked)
    return tuple(ordered)


def _middle(line: tuple[Region, ...]) -> float:
    """Tell in which row of the sheet the middle of a line is."""
    return float(np.mean([(region.box.top + region.box.bottom) / 2 for region in line]))


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
    are_usual = (parts.heights > _USUAL[0] * height) & (parts.heights < _USUAL[1] * height)
    usual = float(np.median(thick[are_usual])) if are_usual.any() else 0.0
    are_large &= (thick > _THICKER * usual) | _are_in_company(parts, are_large)
    if are_large.any():
        like_them = _AS_LARGE * typical_height(parts.where(are_large))
        are_large |= inside & (parts.heights > like_them)
    return are_large


def _are_in_company(parts: Parts, are_large: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(parts,) Tell which large parts stand beside another one, as digits of a number do."""
    large = parts.where(are_large)
    left, top, right, bottom = large.boxes.T
    low = np.minimum(large.heights[:, None], large.heights)
    gap = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    shared = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    beside = (gap <= low) & (shared > _BESIDE * np.maximum(large.heights[:, None], large.heights))
    np.fill_diagonal(beside, False)
    are_in_company = np.zeros(len(parts), np.bool_)
    are_in_company[are_large] = beside.any(axis=1)
    return are_in_company


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
