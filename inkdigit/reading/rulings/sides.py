"""Sides of boxes that digits hide: where two rules end one below the other, a wall joins them.

A wall is told from a stroke by the paper beside it, and digits that begin right behind the side of
their box leave none. But no stroke reaches from the very end of one rule to that of the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from inkdigit.reading.rulings.rows import (
    FAINTEST,
    MOST,
    SAME,
    TALL,
    bridged,
    near,
    runs,
    shown,
    thickened,
)
from inkdigit.reading.rulings.ruling import Grey, Ruling, Rulings, distinct

_MOST_ENDS = 800  # of the rules of a form
_SHORTEST = 1.0  # digit heights that a box is wide
_SEEN = 0.93  # of a side, digits on it too
_OUTSIDE = 0.3  # digit heights beyond it, where
_PAPER = 0.5  # of its length, at least, shows paper somewhere


@dataclass(frozen=True)
class _End:
    """An end of what is seen of a rule."""

    rule: Ruling
    column: int
    row: float
    outwards: int  # -1 to the left, 1 to the right


def with_hidden_sides(level: Grey, rulings: Rulings, digit_height: float) -> Rulings:
    """Add the sides of boxes that digits hide.

    Args:
        level: ink of the sheet, (height, width).
        rulings: what was found.
        digit_height: pixels.
    """
    rules = distinct(rulings.across)
    if not 2 <= len(rules) <= MOST or len(rulings.down) > MOST:
        return rulings
    ends = [end for rule in rules for end in _ends(level, rule, _SHORTEST * digit_height)]
    if len(ends) > _MOST_ENDS:
        return rulings
    thick = thickened(level)
    sides: list[Ruling] = []
    for over in ends:
        under = _next_below(over, ends, digit_height)
        if under is None or any(_joins(wall, over, under) for wall in (*rulings.down, *sides)):
            continue
        side = _side(thick, over, under, digit_height)
        if side is not None:
            sides.append(side)
    return Rulings(rulings.across, (*rulings.down, *sides))


def _ends(level: Grey, rule: Ruling, shortest: float) -> Iterator[_End]:
    """Find where a rule begins and ends: it may have been followed from box to box."""
    rows = np.rint(rule.middle).astype(np.int64)[None] + np.array([[-1], [0], [1]])
    columns = np.arange(rule.start, rule.start + rule.length)
    ink = level[np.clip(rows, 0, len(level) - 1), columns[None]].max(axis=0)
    for start, stop in runs(bridged(ink > FAINTEST * rule.level), shortest):
        yield _End(rule, rule.start + start, float(rule.middle[start]), -1)
        yield _End(rule, rule.start + stop - 1, float(rule.middle[stop - 1]), 1)


def _next_below(over: _End, ends: list[_End], digit_height: float) -> _End | None:
    """Find the end of the next rule below, if there it ends, too, and leaves room for digits."""
    lowest, tallest = TALL[0] * digit_height, TALL[1] * digit_height
    below = [
        end
        for end in ends
        if end.outwards == over.outwards
        and abs(end.column - over.column) <= near(digit_height)
        and lowest <= end.row - over.row <= tallest
    ]
    return min(below, key=lambda end: end.row, default=None)


def _joins(wall: Ruling, over: _End, under: _End) -> bool:
    """Tell whether a wall is known there."""
    middle = round((over.row + under.row) / 2)
    if not wall.start <= middle < wall.start + wall.length:
        return False
    reach = over.rule.above + over.rule.below + 1 + 2 * SAME
    return abs(wall.at(middle) - (over.column + under.column) / 2) <= reach


def _side(thick: Grey, over: _End, under: _End, digit_height: float) -> Ruling | None:
    """Look for the side that joins two ends."""
    start = round(over.row) + over.rule.below + 1
    stop = round(under.row) - under.rule.above
    if stop - start < 1:
        return None
    rows = np.arange(start, stop)
    middle = np.interp(rows, (over.row, under.row), (over.column, under.column))
    line = replace(over.rule, start=start, middle=np.asarray(middle, np.float32))
    outside = max(round(_OUTSIDE * digit_height), 2)
    width = line.above + line.below + 1
    aside = np.arange(-outside, width + SAME + 1) * -over.outwards  # from outside to inside
    seen = shown(thick, line, slice(start, stop), aside.astype(np.float64)).mean(axis=1)
    inked = np.flatnonzero(seen >= _SEEN)
    if not inked.size or seen[: inked[0]].min(initial=1.0) > _PAPER:
        return None
    first = int(inked[0])
    thick_there = int((inked - np.arange(len(inked)) == first).sum())  # up to the first gap
    middle_of_it = first + (thick_there - 1) // 2
    half = thick_there // 2
    return replace(
        line, middle=line.middle + np.float32(aside[middle_of_it]), above=half, below=half
    )
