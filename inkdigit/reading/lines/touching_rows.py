"""Rows that touch: ink that hangs together across a rule, or by one long stroke, is parted."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import MANY_LINES

_BREAK = 0.08  # digit heights: a gap in a stroke, where it is faint or the pen left the paper
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


def with_rows_apart(
    mask: NDArray[np.bool_], rulings: NDArray[np.bool_], height: float
) -> NDArray[np.uint8]:
    """Close the gaps in strokes, and part the rows that touch.

    Args:
        mask: (h, w) of the ink.
        rulings: (h, w) where rules were.
        height: of digits, in pixels.

    Returns:
        (h, w) the ink, 0 or 1.
    """
    whole = _cut_at_rules(_mended(mask, height), rulings, height)
    return _cut_between_rows(whole, height)


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
