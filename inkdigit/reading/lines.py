"""Where on a sheet numbers may stand, in reading order.

Nothing here knows what a digit looks like: parts of the ink that hang together are put side by
side by their sizes and their gaps, and the walls of boxes part them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.gutters import across_gutters
from inkdigit.reading.rulings.ruling import BAND, FIELD, MANY_LINES, widened
from inkdigit.reading.sheets.parts import Parts, hull_of, parts_of, typical_height
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.reading.slopes import slopes_of
from inkdigit.types import Box

_GAP = 1.2  # digit heights; a wider gap begins another number
_WORD_GAP, _WIDER = 0.9, 4  # digit heights, and times the gaps beside it: another number begins
_FIELD_GAP = 2.2  # digit heights that do not part it
_MAIN = 0.42  # digit heights: a part as tall is a digit, what is smaller belongs to one
_TALLEST = 2.6  # digit heights that a digit with its tail has
_LEAST = 0.25  # of the typical height: writing of another size on the same page
_FEWEST_PIXELS = 7  # that a digit is tall
_OVERLAP = 0.35  # of the smaller height that two parts of a line share
_DASH = 1.6  # digit heights: a longer flat stroke ends an amount, and is no part of it
_LONGEST = 12  # times its height; touching digits are less wide
CELL = 1.6  # digit heights: in narrower cells every digit has a box of its own
_BREAK = 0.08  # digit heights: a gap in a stroke, where it is faint or the pen left the paper
_BROKEN = 0.25  # digit heights between the pieces of one digit, one above the other
_WHOLE = 1.3  # digit heights that they are tall together
_WALL = 0.6  # of the height that two parts share where a wall stands between them
_ACROSS = 0.3  # of the sheet's width that a rule takes which may close a box
_THICK = 10  # pixels that a wall is less thick than
_BLOT = 0.7  # digit heights: a stroke is less thick
_ROUND, _HOLE = 0.8, 0.3  # of its longer side, and digit heights, that a disc is wide both ways
_FULL, _CONVEX = (0.7, 0.9), 0.96  # of its box, and at least of its hull, that its ink takes
_SOLID = 0.75  # of the ink of a part, that is so thick in a blot: a number may have a blotted digit
_TWO_ROWS = 1.5  # digit heights: what is taller and lies across a rule is of two rows
_RULE = 0.8  # of a part's width, that a rule takes which goes through it
_ROW = 1.1  # digit heights from rule to rule, at least, of a table
_AMID = 0.3  # of its height: the rule is not nearer to its top and its foot
_JOINED = 1.75, 3.5  # digit heights: two rows that a stroke joins are taller, and less tall
_NECK = 0.35  # digit heights that the stroke alone is wide
_AWAY = 0.1  # pixels more of it that are as bad as a row further from the middle
_DIGIT = 0.6  # digit heights that a digit is tall, at least
_SEVERAL = 1.6  # digit heights that several digits are wide: wider than one that is very tall
_ALIKE = 0.3  # digit heights by which a row's digits differ above and below
_BESIDE = 1.5  # digit heights from a digit to others of its row
_COMMA = 0.6  # of the height of the number that a comma hangs from, and of digits' that it is wide
_LEAST_DOT = 0.06  # digit heights that a dot is wide or tall
_LEAST_DASH = 0.2  # digit heights that a dash is long
_DOT_GAP, _DASH_GAP = 0.8, 1.1  # digit heights on either side of a sign in the middle of a number
_UNDER = 0.2  # digit heights that a sign may lie under a digit that leans
_FOOT = 0.25  # digit heights above a number's foot that a dot or a comma ends
_THIN, _FLAT = 0.12, 3  # digit heights, and times as long: a piece of a rule
_LEFT = 0.5  # of its ink that is beside the rest of the rule
_EDGE = 1  # pixels from the edge of the picture
_CUT_OFF = 0.7  # digit heights that a whole line is tall, at least
_ENOUGH = 5  # numbers that tell how dark writing is
_GHOST = 0.25  # of their contrast that writing has at least
_PAPER = 85  # percent of what is around a number that is darker than its paper
_SIDE_BY_SIDE = 0.5  # of the lower one's height that two numbers on a line share
_GLANCE = 0.3  # the same, before it is known how lines fall


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
    parts = parts_of(sheet.mask)
    height = typical_height(parts)
    if not height:
        return ()
    whole = _cut_at_rules(_mended(sheet.mask, height), sheet.rulings, height)
    whole = _cut_between_rows(whole, height)
    boxes = _boxes(parts_of(whole.view(bool)), height, sheet)
    return _lines(boxes, height)


def _mended(mask: NDArray[np.bool_], height: float) -> NDArray[np.uint8]:
    """Close the gaps in strokes, but none between two rows that nearly touch."""
    side = round(_BREAK * height) | 1
    broken = mask.view(np.uint8)
    whole = cv2.morphologyEx(broken, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    if len(mask) <= MANY_LINES * height:
        return np.asarray(whole, np.uint8)  # what is tall is a digit on a pattern
    _, labels, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    of_two_rows = stats[:, cv2.CC_STAT_HEIGHT] > _TWO_ROWS * height
    return np.where(of_two_rows[labels], broken, whole)


def _cut_at_rules(
    mask: NDArray[np.uint8], rulings: NDArray[np.bool_], height: float
) -> NDArray[np.uint8]:
    """Part what hangs together across a rule of a table: digits of two rows that touch on it."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for part in np.flatnonzero(stats[1:, cv2.CC_STAT_HEIGHT] > _TWO_ROWS * height) + 1:
        left, top, width, tall, _ = stats[part].tolist()
        place = np.s_[top : top + tall, left : left + width]
        through = rulings[place].mean(axis=1) > _RULE
        rules = np.flatnonzero(np.diff(through, prepend=False) & through)
        if (np.diff(rules) < _ROW * height).any():
            continue  # squared paper
        edge = round(_AMID * tall)
        through[:edge] = through[tall - edge :] = False
        mask[place][through[:, None] & (labels[place] == part)] = 0
    return mask


def _cut_between_rows(mask: NDArray[np.uint8], height: float) -> NDArray[np.uint8]:
    """Part two rows that a long stroke joins: where it is alone, and others end or begin, too.

    Both halves are beside whole digits, or one is, and the other is as wide as several.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, tall, _ = stats.T
    right, bottom = left + width, top + tall
    is_digit = (tall > _DIGIT * height) & (tall < _TWO_ROWS * height)
    for part in np.flatnonzero(
        (tall > _JOINED[0] * height) & (tall < _JOINED[1] * height)
    ).tolist():
        place = np.s_[top[part] : bottom[part], left[part] : right[part]]
        own = labels[place] == part
        ink = own.sum(axis=1) + _AWAY * np.abs(np.arange(len(own)) - len(own) / 2)
        edge = round(_DIGIT * height)
        row = edge + int(ink[edge : len(own) - edge].argmin())
        if own[row].sum() > _NECK * height:
            continue
        reach = _BESIDE * height
        near = is_digit & (left < right[part] + reach) & (right > left[part] - reach)
        ends = (top[part], top[part] + row), (top[part] + row, bottom[part])
        alike = [
            (near & (np.maximum(abs(top - start), abs(bottom - end)) < _ALIKE * height)).any()
            for start, end in ends
        ]
        wide = [np.ptp(np.flatnonzero(half.any(axis=0))) for half in (own[row:], own[:row])]
        beside_others = [
            one and other > _SEVERAL * height for one, other in zip(alike, wide, strict=True)
        ]
        if all(alike) or any(beside_others):
            mask[place][row][own[row]] = 0
    return mask


def _boxes(parts: Parts, height: float, sheet: Sheet) -> NDArray[np.int64]:
    """Put parts together to numbers: (numbers, 4), left, top, right, bottom."""
    parts = parts.where(_is_writing(parts, height, sheet.mask))
    main = parts.heights >= max(_MAIN * height, _FEWEST_PIXELS)
    digits, small = parts.where(main), parts.where(~main).boxes
    pairs = _neighbours(digits, height, sheet)
    boxes = _bounds(digits.boxes, groups(len(digits), *pairs.T))
    if sheet.mask.shape[0] >= FIELD * height:
        across = np.flatnonzero(across_gutters(digits.boxes, pairs, boxes, height))
        parted = [k for k in across if not _has_wall(digits.boxes[pairs[k]], sheet.rulings)]
        pairs = np.delete(pairs, parted, axis=0)
        boxes = _bounds(digits.boxes, groups(len(digits), *pairs.T))
    hanging = _hanging(boxes, height, sheet.mask.shape[0])
    boxes, small = boxes[~hanging], np.concatenate((small, boxes[hanging]))
    boxes = _bridged(boxes, small, height, sheet)
    boxes = _with_small(boxes, small[~_are_leftovers(small, height, sheet)], height)
    boxes = boxes[~_cut_off(boxes, height, sheet.mask.shape[0])]
    return boxes[~_are_ghosts(boxes, sheet)]


def _is_writing(parts: Parts, height: float, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell writing from blots, edges of the sheet, and leftovers of rules."""
    heights, widths = parts.heights, parts.widths
    flat = (widths > _DASH * height) & (heights < 0.35 * height) | (widths > _LONGEST * heights)
    upright = (heights > 1.8 * height) & (widths < 0.12 * height)
    side = max(3, round(_BLOT * height))
    core = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    solid = np.array(
        [
            core[top:bottom, left:right].sum() > _SOLID * mask[top:bottom, left:right].sum()
            for left, top, right, bottom in parts.boxes
        ]
    )
    writing: NDArray[np.bool_] = ~((heights > _TALLEST * height) | solid | flat | upright)
    wide = np.minimum(heights, widths) > np.maximum(
        _ROUND * np.maximum(heights, widths), _HOLE * height
    )
    for part in np.flatnonzero(writing & wide).tolist():
        writing[part] = not _is_disc(mask, parts.boxes[part])
    return writing


def _is_disc(mask: NDArray[np.bool_], box: NDArray[np.int64]) -> bool:
    """Tell a hole of the paper, a magnet or a bullet from a digit: it is round and full."""
    left, top, right, bottom = box.tolist()
    ink = mask[top:bottom, left:right].view(np.uint8)
    if not _FULL[0] < ink.mean() < _FULL[1]:
        return False
    return bool(ink.sum() > _CONVEX * hull_of(ink).sum())


def _neighbours(parts: Parts, height: float, sheet: Sheet) -> NDArray[np.int64]:
    """(pairs, 2) Pair the parts that stand side by side, close enough for one number."""
    is_field = sheet.mask.shape[0] < FIELD * height
    left, top, right, bottom = parts.boxes.T
    tall = np.maximum(parts.heights[:, None], parts.heights[None])
    low = np.minimum(parts.heights[:, None], parts.heights[None])
    gap = np.maximum(left[:, None], left[None]) - np.minimum(right[:, None], right[None])
    shared = np.minimum(bottom[:, None], bottom[None]) - np.maximum(top[:, None], top[None])
    beside = shared >= _OVERLAP * low
    reach = _unit(tall, height)
    if not is_field:
        beside &= ~_are_far_apart(parts.boxes, beside, gap, reach)
    near = beside & (gap <= (_FIELD_GAP if is_field else _GAP) * reach)
    shared_width = np.minimum(right[:, None], right[None]) - np.maximum(left[:, None], left[None])
    both = np.maximum(bottom[:, None], bottom[None]) - np.minimum(top[:, None], top[None])
    near |= (shared_width > 0) & (shared > -_BROKEN * height) & (both < _WHOLE * height)
    in_comb = beside & (gap <= CELL * reach) & ~near
    walls = parting(sheet, height)
    pairs = [
        (i, j)
        for i, j in np.argwhere(np.triu(near | in_comb, 1)).tolist()
        if _hangs_together(parts.boxes[i], parts.boxes[j], walls, height, bool(near[i, j]))
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _are_far_apart(
    boxes: NDArray[np.int64],
    beside: NDArray[np.bool_],
    gap: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """(parts, parts) Tell which parts are further apart than those on either side of the gap.

    Args:
        boxes: (parts, 4).
        beside: (parts, parts) whether two parts are on one line.
        gap: (parts, parts) columns between two parts, negative where one is above the other.
        reach: (parts, parts) what gaps are measured in.
    """
    is_before = boxes[:, None, 0] < boxes[None, :, 0]
    room = np.where(beside & is_before, np.maximum(gap, 0), np.inf)
    to_left, to_right = room.min(axis=0, initial=np.inf), room.min(axis=1, initial=np.inf)
    inner = np.minimum(to_left[:, None], to_right[None])  # of the first and of the second part
    inner = np.where(is_before, inner, inner.T)
    far: NDArray[np.bool_] = (gap > _WORD_GAP * reach) & (inner < gap / _WIDER)
    return far


def _unit(heights: NDArray[np.int64], height: float) -> NDArray[np.float64]:
    """Give what gaps are measured in: a number's own height, as far as it is near the usual one."""
    unit: NDArray[np.float64] = np.clip(heights, 0.7 * height, 1.3 * height)
    return unit


def parting(sheet: Sheet, height: float) -> NDArray[np.bool_]:
    """Give the rulings of a sheet that may part numbers: (h, w).

    Where one line is seen and no rule across it, upright ones are a comb's or squares', most of
    which were too faint to be found: a box has rules above and below, too.

    Args:
        sheet: the page.
        height: of digits, in pixels.
    """
    is_field = sheet.mask.shape[0] < FIELD * height
    if is_field and not (sheet.rulings.mean(axis=1) > _ACROSS).any():
        return np.zeros_like(sheet.rulings)
    return sheet.rulings


def are_walls(rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which columns of a band of rulings, (height, width), a wall goes through: (width,)."""
    walls: NDArray[np.bool_] = rulings.mean(axis=0) > _WALL
    return walls


def _hangs_together(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    rulings: NDArray[np.bool_],
    height: float,
    near: bool,
) -> bool:
    """Tell whether no wall of a table stands between two parts.

    Squared paper and a box for every digit have another wall in less than a cell's width; those
    part nothing, and hold even distant digits together.
    """
    if one[0] > other[0]:
        one, other = other, one
    middle = (one[0] + one[2]) // 2, (other[0] + other[2]) // 2
    start, end = max(one[2] - 3, middle[0]), min(other[0] + 3, middle[1])
    top, bottom = max(one[1], other[1]), min(one[3], other[3])
    if end <= start or bottom <= top:
        return near  # one above the other, or touching
    cell = round(CELL * height)
    left = max(start - cell, 0)
    walls = are_walls(rulings[top:bottom, left : end + cell])
    between = np.flatnonzero(walls[start - left : end - left]) + start - left
    if not between.size:
        return near
    if not near and between[-1] - between[0] > _THICK:
        return False  # squares, not the boxes of a comb: those have one wall between two digits
    before = walls[max(between[0] - cell, 0) : max(between[0] - _THICK, 0)]
    after = walls[between[-1] + _THICK : between[-1] + cell]
    return bool(before.any() or after.any())  # a digit may hide the one on its side


def _has_wall(pair: NDArray[np.int64], rulings: NDArray[np.bool_]) -> bool:
    """Tell whether a wall stands between two parts, (2, 4): a comb's, which holds them together."""
    left, right = pair[:, 2].min(), pair[:, 0].max()
    top, bottom = pair[:, 1].max(), pair[:, 3].min()
    between = rulings[top:bottom, left:right]
    return bool(between.size) and bool(are_walls(between).any())


def _bounds(boxes: NDArray[np.int64], group_of: NDArray[np.int64]) -> NDArray[np.int64]:
    count = int(group_of.max(initial=-1)) + 1
    bounds = np.empty((count, 4), np.int64)
    bounds[:, :2], bounds[:, 2:] = np.iinfo(np.int64).max, 0
    np.minimum.at(bounds[:, 0], group_of, boxes[:, 0])
    np.minimum.at(bounds[:, 1], group_of, boxes[:, 1])
    np.maximum.at(bounds[:, 2], group_of, boxes[:, 2])
    np.maximum.at(bounds[:, 3], group_of, boxes[:, 3])
    return bounds


def _hanging(boxes: NDArray[np.int64], height: float, rows: int) -> NDArray[np.bool_]:
    """Tell which boxes hold no number but a large comma: it hangs from the foot of another one.

    What is wider than a comma may be a number of the next line, but where there are few lines it
    is rather a part of a pattern.
    """
    left, top, right, bottom = boxes.T
    low = (bottom - top)[:, None] < _COMMA * (bottom - top)
    if rows > MANY_LINES * height:
        low &= (right - left)[:, None] < _COMMA * height
    beneath = (left[:, None] >= left) & (right[:, None] <= right)
    from_foot = (top[:, None] > (top + bottom) / 2) & (top[:, None] < bottom + 0.1 * height)
    hangs: NDArray[np.bool_] = (low & beneath & from_foot).any(axis=1)
    return hangs


def _bridged(
    boxes: NDArray[np.int64], small: NDArray[np.int64], height: float, sheet: Sheet
) -> NDArray[np.int64]:
    """Join two numbers between which a dash, a dot or a comma stands: it is in the middle of one.

    A dot or a comma is near the feet of both, so that grains of the paper join nothing.
    """
    if not len(boxes):
        return boxes
    pairs = []
    own = _unit(boxes[:, 3] - boxes[:, 1], height)
    walls = parting(sheet, height)
    for left, top, right, bottom in small.tolist():
        size = max(right - left, bottom - top)
        flat = right - left >= max(_LEAST_DASH * height, 2 * (bottom - top))
        if size < _LEAST_DOT * height or size > (_DASH if flat else 1) * height:
            continue
        level = (top > boxes[:, 1]) & (bottom < boxes[:, 3] + 0.3 * own)
        if not flat:
            level &= bottom > boxes[:, 3] - _FOOT * own
        before = np.where(level, left - boxes[:, 2], np.inf) / own
        after = np.where(level, boxes[:, 0] - right, np.inf) / own
        reach = _DASH_GAP if flat else _DOT_GAP
        for ends in (before, after):
            ends[(ends < -_UNDER) | (ends > reach)] = np.inf
        one, other = int(before.argmin()), int(after.argmin())
        if np.isfinite(before[one] + after[other]) and _hangs_together(
            boxes[one], boxes[other], walls, height, near=True
        ):
            pairs.append((one, other))
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    return _bounds(boxes, groups(len(boxes), first, second))


def _with_small(
    boxes: NDArray[np.int64], small: NDArray[np.int64], height: float
) -> NDArray[np.int64]:
    """Give dots, commas, dashes and broken-off strokes to the number that they are nearest to."""
    if not len(boxes) or not len(small):
        return boxes
    left, top, right, bottom = small.T[:, :, None]
    own = _unit(boxes[:, 3] - boxes[:, 1], height)
    middle = (top + bottom) / 2
    gap = np.maximum(np.maximum(left - boxes[:, 2], boxes[:, 0] - right), 0)
    beside = (middle > boxes[:, 1] - 0.2 * own) & (middle < boxes[:, 3] + 0.3 * own)
    within = (top > boxes[:, 1] - 0.5 * own) & (bottom < boxes[:, 3] + 0.5 * own)
    reach = np.where(left > boxes[:, 2] - 1, 0.8, 0.35) * own
    fits = beside & within & (gap <= reach)
    cost = np.where(fits, gap, np.inf)
    nearest = cost.argmin(axis=1)
    belongs = np.isfinite(cost.min(axis=1))
    grown = np.concatenate((boxes, small[belongs]))
    return _bounds(grown, np.concatenate((np.arange(len(boxes)), nearest[belongs])))


def _are_leftovers(small: NDArray[np.int64], height: float, sheet: Sheet) -> NDArray[np.bool_]:
    """Tell which parts are left of a bent rule: thin, and beside where the rest of it was."""
    widths, heights = small[:, 2] - small[:, 0], small[:, 3] - small[:, 1]
    short, long = np.minimum(widths, heights), np.maximum(widths, heights)
    are_left: NDArray[np.bool_] = short <= max(_THIN * height, BAND)
    are_left &= long >= _FLAT * short
    if not are_left.any():
        return are_left
    near = widened(sheet.rulings)
    for part in np.flatnonzero(are_left).tolist():
        left, top, right, bottom = small[part].tolist()
        ink = sheet.mask[top:bottom, left:right]
        are_left[part] = near[top:bottom, left:right][ink].mean() >= _LEFT
    return are_left


def _cut_off(boxes: NDArray[np.int64], height: float, rows: int) -> NDArray[np.bool_]:
    """Tell which boxes hold feet or heads of another line, which the picture's edge cuts off."""
    tall = boxes[:, 3] - boxes[:, 1]
    at_edge = (boxes[:, 1] <= _EDGE) | (boxes[:, 3] >= rows - _EDGE)
    cut: NDArray[np.bool_] = at_edge & (tall < _CUT_OFF * height)
    return cut & (tall >= _CUT_OFF * height).any()


def _are_ghosts(boxes: NDArray[np.int64], sheet: Sheet) -> NDArray[np.bool_]:
    """Tell what is far fainter than most writing: a stain, or the other side of the paper."""
    if len(boxes) < _ENOUGH:
        return np.zeros(len(boxes), bool)
    contrasts = np.array([_contrast(sheet, box) for box in boxes.tolist()])
    return np.asarray(contrasts < _GHOST * np.median(contrasts), np.bool_)


def _contrast(sheet: Sheet, box: list[int]) -> float:
    """Give the share of the paper's light that ink takes."""
    left, top, right, bottom = box
    around = (bottom - top) // 3
    paper = np.percentile(
        sheet.grey[max(0, top - around) : bottom + around, max(0, left - around) : right + around],
        _PAPER,
    )
    place = np.s_[top:bottom, left:right]
    ink = sheet.grey[place][sheet.mask[place]]
    return 1 - float(np.median(ink)) / max(float(paper), 1.0) if ink.size else 0.0


def _lines(boxes: NDArray[np.int64], height: float) -> tuple[tuple[Region, ...], ...]:
    """Put numbers that stand side by side on lines."""
    if not len(boxes):
        return ()
    boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
    slopes = slopes_of(boxes, _to_the_right(boxes, height, np.zeros(len(boxes)), _GLANCE))
    right = _to_the_right(boxes, height, slopes, _SIDE_BY_SIDE)
    rows = np.flatnonzero(right >= 0)
    line_of = groups(len(boxes), rows, right[rows])
    lines = [np.flatnonzero(line_of == line) for line in range(int(line_of.max()) + 1)]
    at_left = (boxes[:, 1] + boxes[:, 3]) / 2 - slopes * boxes[:, 0]  # where lines meet the edge
    lines.sort(key=lambda line: float(at_left[line].mean()))
    return tuple(
        tuple(Region(Box(*boxes[k].tolist()), float(slopes[k])) for k in line) for line in lines
    )


def _to_the_right(
    boxes: NDArray[np.int64], height: float, slopes: NDArray[np.float64], least: float
) -> NDArray[np.int64]:
    """Find the number next to each on its line, -1 where there is none.

    Args:
        boxes: from left to right.
        height: of digits.
        slopes: of the lines that the numbers are on.
        least: share of the lower one's height that two numbers on a line are side by side.
    """
    left, top, right, bottom = boxes.T
    fall = slopes[:, None] * ((left + right) / 2 - ((left + right) / 2)[:, None])
    lowest = np.minimum(bottom[:, None] + fall, bottom)
    shared = lowest - np.maximum(top[:, None] + fall, top)
    low = np.minimum((bottom - top)[:, None], bottom - top)
    follows = (shared >= least * low) & (left >= right[:, None] - 0.5 * height)
    gaps = np.where(follows, left - right[:, None], np.inf)
    np.fill_diagonal(gaps, np.inf)
    rows = np.arange(len(boxes))
    nearest = gaps.argmin(axis=1)
    mutual = np.isfinite(gaps[rows, nearest]) & (gaps[:, nearest].argmin(axis=0) == rows)
    return np.where(mutual, nearest, -1)
