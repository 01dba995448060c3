"""What of the ink is writing, and what is a blot, a hole, a stain, or left of a rule."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Boxes, Parts, hull_of
from inkdigit.reading.rulings.ruling import BAND, widened
from inkdigit.reading.sheets.sheet import Sheet

TALLEST = 2.6  # digit heights that a digit with its tail has
DASH = 1.6  # digit heights: a longer flat stroke ends an amount, and is no part of it
_LONGEST = 12  # times its height; touching digits are less wide
_BLOT = 0.7  # digit heights: a stroke is less thick
_ROUND, _HOLE = 0.8, 0.3  # of its longer side, and digit heights, that a disc is wide both ways
_FULL, _CONVEX = (0.7, 0.9), 0.96  # of its box, and at least of its hull, that its ink takes
_CIRCLE = 0.02  # of its radius, that a circle's strays by
_SOLID = 0.75  # of the ink of a part, that is so thick in a blot: a number may have a blotted digit
_THIN, _FLAT = 0.12, 3  # digit heights, and times as long: a piece of a rule
_LEFT = 0.5  # of its ink that is beside the rest of the rule
_EDGE = 1  # pixels from the edge of the picture
_CUT_OFF = 0.7  # digit heights that a whole line is tall, at least
_SLIM, _TICK, _ALONE = 0.5, 0.3, 0.5  # times as wide as tall; digit heights; and around it
_THROUGH, _AMID = 0.8, 0.25  # of what is beside a tick is its rule; of its height, from both ends
_TICKS = 3  # on one rule
_ENOUGH = 5  # numbers that tell how dark writing is
_GHOST = 0.25  # of their contrast that writing has at least
_PAPER = 85  # percent of what is around a number that is darker than its paper


def is_writing(parts: Parts, height: float, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell writing from blots, edges of the sheet, and leftovers of rules.

    Args:
        parts: of the ink.
        height: of digits, in pixels.
        mask: (h, w) of the ink.

    Returns:
        (parts,) whether each is writing.
    """
    heights, widths = parts.heights, parts.widths
    flat = (widths > DASH * height) & (heights < 0.35 * height) | (widths > _LONGEST * heights)
    upright = (heights > 1.8 * height) & (widths < 0.12 * height)
    side = max(3, round(_BLOT * height))
    core = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    solid = np.array(
        [
            core[top:bottom, left:right].sum() > _SOLID * mask[top:bottom, left:right].sum()
            for left, top, right, bottom in parts.boxes
        ],
        np.bool_,
    )
    writing: NDArray[np.bool_] = ~((heights > TALLEST * height) | solid | flat | upright)
    wide = np.minimum(heights, widths) > np.maximum(
        _ROUND * np.maximum(heights, widths), _HOLE * height
    )
    for part in np.flatnonzero(writing & wide).tolist():
        box = parts.boxes[part]
        writing[part] = not (_is_disc(mask, box) or _is_circle(mask, box))
    return writing


def are_ticks(parts: Parts, height: float, rulings: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which parts are ticks of an axis: lone strokes, several of which one rule goes through.

    Args:
        parts: of the ink.
        height: of digits, in pixels.
        rulings: (h, w) where rules were; where another one is near, they are a paper's.

    Returns:
        (parts,).
    """
    left, top, right, bottom = parts.boxes.T
    slim = (parts.widths < _SLIM * parts.heights) & (parts.heights > _TICK * height)
    at = np.full(len(parts), np.nan)  # the row of the rule through each
    for part in np.flatnonzero(slim).tolist():
        beside = (left < right[part] + _ALONE * height) & (right > left[part] - _ALONE * height)
        beside &= (top < bottom[part]) & (bottom > top[part])
        if beside.sum() == 1:
            at[part] = _rule_through(parts.boxes[part], height, rulings)
    ticks: NDArray[np.bool_] = np.isfinite(at)
    ticks[ticks] = (np.abs(at[ticks] - at[ticks, None]) <= height / 2).sum(axis=1) >= _TICKS
    return ticks


def _rule_through(box: NDArray[np.int64], height: float, rulings: NDArray[np.bool_]) -> float:
    """Give the row of the one rule that goes through the middle of a stroke, or else NaN."""
    left, top, right, bottom = box.tolist()
    reach = round(height / 2)
    first = max(0, top - reach)
    rows = rulings[first : bottom + reach, max(0, left - reach) : right + reach].mean(axis=1)
    through = np.flatnonzero(rows > _THROUGH) + first
    if not through.size or np.ptp(through) > reach:
        return np.nan
    row = float(through.mean())
    share = (row - top) / (bottom - top)
    return row if _AMID < share < 1 - _AMID else np.nan


def _is_disc(mask: NDArray[np.bool_], box: NDArray[np.int64]) -> bool:
    """Tell a hole of the paper, a magnet or a bullet from a digit: it is round and full."""
    left, top, right, bottom = box.tolist()
    ink = mask[top:bottom, left:right].view(np.uint8)
    if not _FULL[0] < ink.mean() < _FULL[1]:
        return False
    return bool(ink.sum() > _CONVEX * hull_of(ink).sum())


def _is_circle(mask: NDArray[np.bool_], box: NDArray[np.int64]) -> bool:
    """Tell the ring that a cup leaves from a nought: none of 592 of MNIST's is half as round."""
    left, top, right, bottom = box.tolist()
    ink = mask[top:bottom, left:right].view(np.uint8)
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.asarray(max(outlines, key=len), np.float64)[:, 0]
    away = np.hypot(*(outline - outline.mean(axis=0)).T)
    return bool(away.std() < _CIRCLE * away.mean())


def are_leftovers(small: Boxes, height: float, sheet: Sheet) -> NDArray[np.bool_]:
    """Tell which parts are left of a bent rule: thin, and beside where the rest of it was.

    Args:
        small: (parts, 4), less tall than digits.
        height: of digits, in pixels.
        sheet: the page.

    Returns:
        (parts,) whether each is.
    """
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


def are_cut_off(boxes: Boxes, height: float, rows: int) -> NDArray[np.bool_]:
    """Tell which boxes hold feet or heads of another line, which the picture's edge cuts off.

    Args:
        boxes: (numbers, 4).
        height: of digits, in pixels.
        rows: that the sheet has.

    Returns:
        (numbers,) whether each is cut off; none is, where nothing is whole.
    """
    tall = boxes[:, 3] - boxes[:, 1]
    at_edge = (boxes[:, 1] <= _EDGE) | (boxes[:, 3] >= rows - _EDGE)
    cut: NDArray[np.bool_] = at_edge & (tall < _CUT_OFF * height)
    return cut & (tall >= _CUT_OFF * height).any()


def are_ghosts(boxes: Boxes, sheet: Sheet) -> NDArray[np.bool_]:
    """Tell what is far fainter than most writing: a stain, or the other side of the paper.

    Args:
        boxes: (numbers, 4).
        sheet: the page.

    Returns:
        (numbers,) whether each is; none is, where they are too few to tell.
    """
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
