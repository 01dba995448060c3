"""The walls of one row of boxes: those that are seen, and those that digits hide."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.rulings.rows import (
    MORE_INK,
    SAME,
    SEEN,
    SHORTEST,
    TRUE,
    Row,
    middle_of_best,
    shown,
    stands_in,
)
from inkdigit.reading.rulings.ruling import Grey, Ruling, is_one_of

_ITS_OWN = 1.5  # times as tall as its row: a wall of other rows, too


class Walls:
    """The walls of a row: those that were found and are no strokes, and those that were hidden.

    Walls that are a step apart support each other, and the largest company is heard first.
    """

    def __init__(self, thick: Grey, row: Row, step: float, walls: list[Ruling]) -> None:
        self.hidden: list[Ruling] = []
        self.strokes: list[Ruling] = []  # that were taken for walls
        self._thick, self._row, self._step = thick, row, step
        self._columns = np.zeros(0)  # of all walls that are known
        self._found = [wall for wall in walls if stands_in(thick, wall, row)]  # not heard yet
        for company in self._companies():
            true = [wall for wall in company if self._is_heard(wall)]
            self._columns = np.append(self._columns, [row.column_of(wall) for wall in true])
            self._go_on(true)
        for end in (row.left, row.right):
            self._look_at_end(end, walls)

    @property
    def are_a_comb(self) -> bool:
        """Whether there are walls enough."""
        return len(self._columns) > SHORTEST

    def are_around(self, wall: Ruling) -> bool:
        """Tell whether what was taken for a wall is a stroke: it stands in a box of one step.

        It may end before the rules, which `stands_in` walls do not.
        """
        row = self._row
        middle = (row.top + row.bottom) // 2
        reaches_it = wall.start <= middle < wall.start + wall.length
        if not reaches_it or wall.length > _ITS_OWN * row.height:
            return False
        place = row.column_of(wall)
        is_known = (np.abs(self._columns - place) <= TRUE * self._step).any()
        return not is_known and self._is_in_a_box(place)

    def _companies(self) -> list[list[Ruling]]:
        columns = np.array([self._row.column_of(wall) for wall in self._found])
        apart = np.abs(columns[None] - columns[:, None])
        company = groups(len(columns), *np.nonzero(_are_alike(apart, self._step)))
        return [
            [self._found[k] for k in np.flatnonzero(company == largest)]
            for largest in np.argsort(-np.bincount(company), kind="stable")
        ]

    def _is_heard(self, wall: Ruling) -> bool:
        """Tell whether a wall may be one, beside those that were heard before."""
        if not is_one_of(wall, self._found):
            return False  # it was gone on to
        self._hear(wall)
        if not self._is_in_a_box(self._row.column_of(wall)):
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
                new = self._found_at(self._row.column_of(wall) + away) or self._seen_at(wall, away)
                if new is not None:
                    reached.append(new)

    def _found_at(self, place: float) -> Ruling | None:
        """Take up a wall that was found where one is looked for."""
        for wall in self._found:
            column = self._row.column_of(wall)
            if abs(column - place) <= TRUE * self._step:
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
        place = row.column_of(wall) + away
        if not self._is_free(place):
            return None
        aside = np.arange(-round(self._step / 2), round(self._step / 2) + 1)
        near = np.abs(aside) <= max(1, TRUE * self._step)
        part = slice(row.top, row.bottom)
        seen = shown(self._thick, wall, part, away + aside).mean(axis=1)
        best = middle_of_best(seen, near)
        clear = seen[best] - MORE_INK
        if seen[best] < SEEN or min(seen[:best]) > clear or min(seen[best:]) > clear:
            return None
        middle = wall.along(part) + np.float32(away + aside[best])
        self.hidden.append(replace(wall, start=row.top, middle=middle))
        self._columns = np.append(self._columns, place + aside[best])
        return self.hidden[-1]

    def _is_free(self, place: float) -> bool:
        """Tell whether another wall may stand at a place."""
        if not self._row.left - SAME <= place <= self._row.right + SAME:
            return False
        stands = np.abs(self._columns - place) < 2 * TRUE * self._step
        return not stands.any() and not self._is_in_a_box(place)

    def _is_in_a_box(self, place: float) -> bool:
        """Tell whether a place is between two walls that are a step apart."""
        left, right = self._columns[self._columns < place], self._columns[self._columns > place]
        return bool(_are_alike(right[None] - left[:, None], self._step).any())


def _are_alike(apart: NDArray[np.float64], step: float) -> NDArray[np.bool_]:
    are: NDArray[np.bool_] = np.abs(apart - step) <= TRUE * step
    return are
