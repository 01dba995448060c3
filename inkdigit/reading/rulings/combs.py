"""Combs: boxes side by side, one for every digit. What digits hide of them is found by their step.

A ruling is told from a stroke by what is beside it, and a digit that stands close hides that. But
boxes that are seen say how wide and tall one is, and so where the other walls and rules must be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.rulings.ruling import Grey, Ruling, Rulings, distinct

_MOST = 200  # rulings of each direction that a form has
_ALL_OVER = 0.5  # of the sheet that most rulings of squared paper take
_LOW, _TALL = 0.9, 3.2  # digit heights from a comb's upper rule to its lower one
_ROOM = 5  # pixels between its rules' own ink, at least
_NARROW, _WIDE = 0.5, 2.2  # digit heights that a box is wide
_SHORTEST = 2  # boxes of a comb
_ALIKE = 0.08  # of a box's size, by which those of one form differ
_FEWEST = 4  # boxes of a form that are as wide, to know the step
_TRUE = 0.12  # of a step, that a ruling may be off its place
_ITS_OWN = 1.5  # times as tall as its row: a wall of other rows, too
_PART = 0.8  # of its row's length, that a stroke takes at most
_AMID = 0.2  # of its row's height, that it is away from both rules
_FAINTEST = 0.4  # of the other rulings' ink
_SEEN = 0.85  # of a ruling's length, digits on it too
_MORE_INK = 0.3  # of its length, that other places near it show less
_BRIDGE = 6  # pixels of a rule that may be missing
_SAME = 2  # pixels that a wall may stand past the end of its rules


@dataclass(frozen=True)
class _Row:
    """The room between two rules, in which walls may stand."""

    over: Ruling
    under: Ruling
    left: int  # columns that both rules take
    right: int

    @classmethod
    def between(cls, over: Ruling, under: Ruling) -> Self:
        left = max(over.start, under.start)
        right = min(over.start + over.length, under.start + under.length)
        return cls(over, under, left, right)

    @property
    def height(self) -> float:
        """Pixels from rule to rule, in the middle of what both take."""
        middle = (self.left + self.right) // 2
        return _at(self.under, middle) - _at(self.over, middle)

    @property
    def top(self) -> int:
        """The first row of walls, the rule's own ink left out."""
        return round(_at(self.over, (self.left + self.right) // 2)) + self.over.below + 2

    @property
    def bottom(self) -> int:
        """The row behind the last one."""
        return round(_at(self.under, (self.left + self.right) // 2)) - self.under.above - 2


def _at(ruling: Ruling, along: int) -> float:
    return float(ruling.middle[along - ruling.start])


def with_hidden_boxes(level: Grey, rulings: Rulings, digit_height: float) -> Rulings:
    """Add the rules and walls of combs that digits hide, and leave out strokes between walls.

    Args:
        level: ink of the sheet, (height, width).
        rulings: what was found.
        digit_height: pixels.
    """
    rules, walls = distinct(rulings.across), distinct(rulings.down)
    if not _FEWEST < len(walls) <= _MOST or len(rules) > _MOST:
        return rulings
    if _are_all_over(rules, level.shape[1]) and _are_all_over(walls, level.shape[0]):
        return rulings  # squared paper
    thick = _thick(level)
    rows = _rows(rules, _NARROW * digit_height, _LOW * digit_height, _TALL * digit_height)
    form = _form(thick, list(rows), walls, digit_height)
    if form is None:
        return rulings
    step, height = form
    turned = _thick(np.ascontiguousarray(level.T))
    rules = distinct((*rules, *_hidden_rules(turned, rules, step, height)))
    hidden: list[Ruling] = []
    strokes: list[Ruling] = []
    lowest, tallest = (1 - 2 * _TRUE) * height, (1 + 2 * _TRUE) * height
    for row in _rows(rules, step, lowest, tallest):
        found = _Walls(thick, row, step, walls)
        hidden += found.hidden
        strokes += found.strokes
        if found.are_a_comb:
            strokes += [rule for rule in rules if _is_within(rule, row)]
    rules += [rule for rule in rulings.across if not _is_one_of(rule, rules)]  # found twice
    return Rulings(
        tuple(rule for rule in rules if not _is_one_of(rule, strokes)),
        (*(wall for wall in rulings.down if not _is_one_of(wall, strokes)), *hidden),
    )


def _are_all_over(rulings: list[Ruling], span: int) -> bool:
    return bool(rulings) and np.median([each.length for each in rulings]) > _ALL_OVER * span


def _is_one_of(ruling: Ruling, others: list[Ruling]) -> bool:
    return any(ruling is other for other in others)


def _is_within(rule: Ruling, row: _Row) -> bool:
    """Tell whether what was taken for a rule lies between the two of a comb, and is shorter."""
    middle = rule.start + rule.length // 2
    if not row.left <= middle < row.right or rule.length > _PART * (row.right - row.left):
        return False
    depth = (float(rule.middle.mean()) - _at(row.over, middle)) / row.height
    return _AMID < depth < 1 - _AMID


def _thick(level: Grey) -> Grey:
    """Spread ink a pixel to the left and right, where a wall may stray."""
    return np.asarray(cv2.dilate(level, np.ones((1, 3), np.uint8)), np.uint8)


def _rows(rules: list[Ruling], step: float, lowest: float, tallest: float) -> Iterator[_Row]:
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
            for row in (_Row.between(over, under) for under in rules)
            if row.right - row.left >= _SHORTEST * step
            and lowest <= row.height <= tallest
            and row.bottom - row.top >= _ROOM
        ]
        if below:
            yield min(below, key=lambda row: row.height)


def _form(
    thick: Grey, rows: list[_Row], walls: list[Ruling], digit_height: float
) -> tuple[float, float] | None:
    """Find how wide and how tall most boxes of a form are; None where few are alike."""
    widths, heights = [np.zeros(0)], [np.zeros(0)]
    for row in rows:
        columns = [_column(wall, row) for wall in walls if _stands_in(thick, wall, row)]
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


def _stands_in(thick: Grey, wall: Ruling, row: _Row) -> bool:
    """Tell whether a wall is seen from rule to rule; some were followed on to the next row."""
    if not wall.start <= row.top < row.bottom <= wall.start + wall.length:
        return False
    if not row.left - _SAME <= _column(wall, row) <= row.right + _SAME:
        return False
    seen = _shown(thick, wall, slice(row.top, row.bottom), np.zeros(1))
    return bool(seen.mean() >= _SEEN)


def _column(wall: Ruling, row: _Row) -> float:
    return _at(wall, (row.top + row.bottom) // 2)


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
                both = _Row.between(rule, other)
                if both.left < both.right and abs(both.height - away) <= 2 * _TRUE * height:
                    lonely[both.left - rule.start : both.right - rule.start] = False
            for start, stop in _runs(lonely, _SHORTEST * step):
                yield from _rules_at(turned, rule, slice(start, stop), away, step)


def _rules_at(
    turned: Grey, rule: Ruling, part: slice, away: float, step: float
) -> Iterator[Ruling]:
    """Look for rules beside a part of another one: so far away, give or take a little."""
    aside = np.arange(-round(abs(away) / 2), round(abs(away) / 2) + 1)
    near = np.abs(aside) <= max(1, _TRUE * abs(away))
    start, stop = rule.start + part.start, rule.start + part.stop
    seen = _shown(turned, rule, slice(start, stop), away + aside)
    best = _middle_of_best(seen.sum(axis=1), near)
    for first, last in _runs(_bridged(seen[best]), _SHORTEST * step):
        share = seen[:, first:last].mean(axis=1)
        if share[best] >= _SEEN and share[best] - np.median(share) >= _MORE_INK:
            middle = rule.middle[part][first:last] + np.float32(away + aside[best])
            yield replace(rule, start=start + first, middle=middle)


def _middle_of_best(values: NDArray[np.number], near: NDArray[np.bool_]) -> int:
    """Find the largest value of those near; the middle one, if its neighbours are as large."""
    best = int(np.where(near, values, -1).argmax())
    others = np.flatnonzero(values < values[best])
    first = int(others[others < best].max(initial=-1)) + 1
    last = int(others[others > best].min(initial=len(values))) - 1
    return (first + last + 1) // 2


def _bridged(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    side = np.ones((1, _BRIDGE + 1), np.uint8)
    whole = cv2.morphologyEx(seen[None].astype(np.uint8), cv2.MORPH_CLOSE, side)
    return np.asarray(whole[0] > 0, np.bool_)


def _runs(are: NDArray[np.bool_], least: float) -> Iterator[tuple[int, int]]:
    """Find where and up to where an array holds, at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], are, [False])).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start >= least:
            yield start, stop


class _Walls:
    """The walls of a row: those that were found and are no strokes, and those that were hidden.

    Walls that are a step apart support each other, and the largest company is heard first.
    """

    def __init__(self, thick: Grey, row: _Row, step: float, walls: list[Ruling]) -> None:
        self.hidden: list[Ruling] = []
        self.strokes: list[Ruling] = []  # that were taken for walls
        self._thick, self._row, self._step = thick, row, step
        self._columns = np.zeros(0)  # of all walls that are known
        self._found = [wall for wall in walls if _stands_in(thick, wall, row)]  # not heard yet
        for company in self._companies():
            true = [wall for wall in company if self._is_heard(wall)]
            self._columns = np.append(self._columns, [_column(wall, row) for wall in true])
            self._go_on(true)
        for end in (row.left, row.right):
            self._look_at_end(end, walls)

    @property
    def are_a_comb(self) -> bool:
        """Whether there are walls enough."""
        return len(self._columns) > _SHORTEST

    def _companies(self) -> list[list[Ruling]]:
        columns = np.array([_column(wall, self._row) for wall in self._found])
        apart = np.abs(columns[None] - columns[:, None])
        company = groups(len(columns), *np.nonzero(_are_alike(apart, self._step)))
        return [
            [self._found[k] for k in np.flatnonzero(company == largest)]
            for largest in np.argsort(-np.bincount(company), kind="stable")
        ]

    def _is_heard(self, wall: Ruling) -> bool:
        """Tell whether a wall may be one, beside those that were heard before."""
        if not _is_one_of(wall, self._found):
            return False  # it was gone on to
        self._hear(wall)
        if not self._is_in_a_box(_column(wall, self._row)):
            return True
        if wall.length <= _ITS_OWN * self._row.height:
            self.strokes.append(wall)
        return False

    def _hear(self, wall: Ruling) -> None:
        self._found = [each for each in self._found if each is not wall]

    def _go_on(self, walls: list[Ruling]) -> None:
        """Go on from walls, step by step, as far as there are others."""
        reached = list(walls)
        while reached:
            wall = reached.pop()
            for away in (-self._step, self._step):
                new = self._found_at(_column(wall, self._row) + away) or self._seen_at(wall, away)
                if new is not None:
                    reached.append(new)

    def _found_at(self, place: float) -> Ruling | None:
        """Take up a wall that was found where one is looked for."""
        for wall in self._found:
            column = _column(wall, self._row)
            if abs(column - place) <= _TRUE * self._step:
                self._hear(wall)
                self._columns = np.append(self._columns, column)
                return wall
        return None

    def _look_at_end(self, end: int, walls: list[Ruling]) -> None:
        """Look for the wall at the end of the row's rules, and go on from there."""
        row = self._row
        like = min(walls, key=lambda wall: abs(float(wall.middle.mean()) - end))
        rise = float(like.middle[-1] - like.middle[0]) / max(like.length - 1, 1)
        along = np.arange(row.top, row.bottom)
        middle = np.asarray(end + rise * (along - (row.top + row.bottom) / 2), np.float32)
        new = self._seen_at(replace(like, start=row.top, middle=middle), 0.0)
        if new is not None:
            self._go_on([new])

    def _seen_at(self, wall: Ruling, away: float) -> Ruling | None:
        """Look for a hidden wall that stands beside another: so far away, more or less."""
        row = self._row
        place = _column(wall, row) + away
        if not self._is_free(place):
            return None
        aside = np.arange(-round(self._step / 2), round(self._step / 2) + 1)
        near = np.abs(aside) <= max(1, _TRUE * self._step)
        part = slice(row.top, row.bottom)
        seen = _shown(self._thick, wall, part, away + aside).mean(axis=1)
        best = _middle_of_best(seen, near)
        clear = seen[best] - _MORE_INK
        if seen[best] < _SEEN or min(seen[:best]) > clear or min(seen[best:]) > clear:
            return None
        middle = _path(wall, part) + np.float32(away + aside[best])
        self.hidden.append(replace(wall, start=row.top, middle=middle))
        self._columns = np.append(self._columns, place + aside[best])
        return self.hidden[-1]

    def _is_free(self, place: float) -> bool:
        """Tell whether another wall may stand at a place."""
        if not self._row.left - _SAME <= place <= self._row.right + _SAME:
            return False
        stands = np.abs(self._columns - place) < 2 * _TRUE * self._step
        return not stands.any() and not self._is_in_a_box(place)

    def _is_in_a_box(self, place: float) -> bool:
        """Tell whether a place is between two walls that are a step apart."""
        left, right = self._columns[self._columns < place], self._columns[self._columns > place]
        return bool(_are_alike(right[None] - left[:, None], self._step).any())


def _are_alike(apart: NDArray[np.float64], step: float) -> NDArray[np.bool_]:
    are: NDArray[np.bool_] = np.abs(apart - step) <= _TRUE * step
    return are


def _shown(
    thick: Grey, ruling: Ruling, part: slice, aside: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """(places, part) Tell where there is ink beside a part of a ruling, so far away."""
    across = np.rint(_path(ruling, part)[None] + aside[:, None]).astype(np.int64)
    inside = (across >= 0) & (across < thick.shape[1])
    along = np.arange(part.start, part.stop)
    ink = thick[along[None], np.clip(across, 0, thick.shape[1] - 1)]
    shown: NDArray[np.bool_] = inside & (ink > _FAINTEST * ruling.level)
    return shown


def _path(ruling: Ruling, part: slice) -> NDArray[np.float32]:
    """Give the middle of a ruling along a part of the sheet."""
    return ruling.middle[part.start - ruling.start : part.stop - ruling.start]
