"""Combs: boxes side by side, one for every digit. What digits hide of them is found by their step.

A ruling is told from a stroke by what is beside it, and a digit that stands close hides that. But
boxes that are seen say how wide and tall one is, and so where the other walls and rules must be.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inkdigit.reading.rulings.rows import (
    MORE_INK,
    MOST,
    SEEN,
    SHORTEST,
    TRUE,
    Row,
    bridged,
    middle_of_best,
    runs,
    shown,
    stands_in,
    thickened,
)
from inkdigit.reading.rulings.ruling import Grey, Ruling, Rulings, distinct, is_one_of
from inkdigit.reading.rulings.walls import Walls

_ALL_OVER = 0.5  # of the sheet that most rulings of squared paper take
_LOW, _TALL = 0.9, 3.2  # digit heights from a comb's upper rule to its lower one
_ROOM = 5  # pixels between its rules' own ink, at least
_NARROW, _WIDE = 0.5, 2.2  # digit heights that a box is wide
_ALIKE = 0.08  # of a box's size, by which those of one form differ
_FEWEST = 4  # boxes of a form that are as wide, to know the step
_PART = 0.8  # of its row's length, that a stroke takes at most
_AMID = 0.2  # of its row's height, that it is away from both rules


def with_hidden_boxes(level: Grey, rulings: Rulings, digit_height: float) -> Rulings:
    """Add the rules and walls of combs that digits hide, and leave out strokes between walls.

    Args:
        level: ink of the sheet, (height, width).
        rulings: what was found.
        digit_height: pixels.
    """
    rules, walls = distinct(rulings.across), distinct(rulings.down)
    if not _FEWEST < len(walls) <= MOST or len(rules) > MOST:
        return rulings
    if _are_all_over(rules, level.shape[1]) and _are_all_over(walls, level.shape[0]):
        return rulings  # squared paper
    thick = thickened(level)
    rows = _rows(rules, _NARROW * digit_height, _LOW * digit_height, _TALL * digit_height)
    form = _form(thick, list(rows), walls, digit_height)
    if form is None:
        return rulings
    step, height = form
    turned = thickened(np.ascontiguousarray(level.T))
    rules = distinct((*rules, *_hidden_rules(turned, rules, step, height)))
    hidden: list[Ruling] = []
    strokes: list[Ruling] = []
    lowest, tallest = (1 - 2 * TRUE) * height, (1 + 2 * TRUE) * height
    for row in _rows(rules, step, lowest, tallest):
        found = Walls(thick, row, step, walls)
        hidden += found.hidden
        strokes += found.strokes
        if found.are_a_comb:
            strokes += [rule for rule in rules if _is_within(rule, row)]
            strokes += [wall for wall in rulings.down if found.are_around(wall)]
    rules += [rule for rule in rulings.across if not is_one_of(rule, rules)]  # found twice
    return Rulings(
        tuple(rule for rule in rules if not is_one_of(rule, strokes)),
        (*(wall for wall in rulings.down if not is_one_of(wall, strokes)), *hidden),
    )


def _are_all_over(rulings: list[Ruling], span: int) -> bool:
    return bool(rulings) and np.median([each.length for each in rulings]) > _ALL_OVER * span


def _is_within(rule: Ruling, row: Row) -> bool:
    """Tell whether what was taken for a rule lies between the two of a comb, and is shorter."""
    middle = rule.start + rule.length // 2
    if not row.left <= middle < row.right or rule.length > _PART * (row.right - row.left):
        return False
    depth = (float(rule.middle.mean()) - row.over.at(middle)) / row.height
    return _AMID < depth < 1 - _AMID


def _rows(rules: list[Ruling], step: float, lowest: float, tallest: float) -> Iterator[Row]:
    """Pair each rule with the next one below it that leaves room for boxes of digits.

    Args:
        rules: from left to right.
        step: pixels that a box is wide, at least.
        lowest: pixels that it is tall, at least.
        tallest: the same, at most.
    """
    for over in rules:
        below = [
            row
            for row in (Row.between(over, under) for under in rules)
            if row.right - row.left >= SHORTEST * step
            and lowest <= row.height <= tallest
            and row.bottom - row.top >= _ROOM
        ]
        if below:
            yield min(below, key=lambda row: row.height)


def _form(
    thick: Grey, rows: list[Row], walls: list[Ruling], digit_height: float
) -> tuple[float, float] | None:
    """Find how wide and how tall most boxes of a form are; None where few are alike."""
    widths, heights = [np.zeros(0)], [np.zeros(0)]
    for row in rows:
        columns = [row.column_of(wall) for wall in walls if stands_in(thick, wall, row)]
        widths.append(np.diff(np.sort(columns)))
        heights.append(np.full(max(len(columns) - 1, 0), row.height))
    width, height = np.concatenate(widths), np.concatenate(heights)
    may_be = (width >= _NARROW * digit_height) & (width <= _WIDE * digit_height)
    width, height = width[may_be], height[may_be]
    if not width.size:
        return None
    alike = np.abs(width[:, None] - width[None]) <= _ALIKE * width[:, None]
    most = alike[int(alike.sum(axis=1).argmax())]
    if most.sum() < _FEWEST:
        return None
    return float(width[most].mean()), float(np.median(height[most]))


def _hidden_rules(
    turned: Grey, rules: list[Ruling], step: float, height: float
) -> Iterator[Ruling]:
    """Look for the other rule of a comb, over and under each one, where there is none.

    Args:
        turned: ink of the turned sheet, thick.
        rules: that are known.
        step: pixels from wall to wall.
        height: pixels from rule to rule.
    """
    for rule in rules:
        for away in (-height, height):
            lonely = np.ones(rule.length, bool)
            for other in rules:
                both = Row.between(rule, other)
                if both.left < both.right and abs(both.height - away) <= 2 * TRUE * height:
                    lonely[both.left - rule.start : both.right - rule.start] = False
            for start, stop in runs(lonely, SHORTEST * step):
                yield from _rules_at(turned, rule, slice(start, stop), away, step)


def _rules_at(
    turned: Grey, rule: Ruling, part: slice, away: float, step: float
) -> Iterator[Ruling]:
    """Look for rules beside a part of another one: so far away, give or take a little."""
    aside = np.arange(-round(abs(away) / 2), round(abs(away) / 2) + 1)
    near = np.abs(aside) <= max(1, TRUE * abs(away))
    start, stop = rule.start + part.start, rule.start + part.stop
    seen = shown(turned, rule, slice(start, stop), away + aside)
    best = middle_of_best(seen.sum(axis=1), near)
    for first, last in runs(bridged(seen[best]), SHORTEST * step):
        share = seen[:, first:last].mean(axis=1)
        if share[best] >= SEEN and share[best] - np.median(share) >= MORE_INK:
            middle = rule.middle[part][first:last] + np.float32(away + aside[best])
            yield replace(rule, start=start + first, middle=middle)
