"""Where the signs of one region part: at walls, at wide gaps, at what is no digit."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.walls import parting
from inkdigit.reading.rulings.ruling import CELL, are_walls
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.reading.spelling.signs import OTHER, Sign

_APART = 2.2  # times the region's height: signs so far apart are of two numbers
_CROSSES = 0.1  # times the region's height, on both sides: a sign lies across a wall
_JOINS = 0.35  # the same, without ink, between it and the sign before it in its number


def pieces_of(signs: list[Sign], sheet: Sheet, region: Region) -> list[list[Sign]]:
    """Part the signs where something else stands between, a wall, or much space.

    Args:
        signs: of the region, from left to right.
        sheet: the page.
        region: of it.
    """
    height = region.box.bottom - region.box.top
    parted = {_after_wall(signs, wall, height) for wall in _walls_in(sheet, region)}
    pieces: list[list[Sign]] = [[]]
    for place, sign in enumerate(signs):
        last = pieces[-1][-1] if pieces[-1] else sign
        is_other = OTHER in (sign.span.sign, last.span.sign)
        apart = sign.middle - last.middle > _APART * height
        if pieces[-1] and (is_other or apart or place in parted):
            pieces.append([])
        pieces[-1].append(sign)
    return pieces


def _after_wall(signs: Sequence[Sign], wall: int, height: int) -> int:
    """Tell which sign is the first after a wall.

    Numbers begin in their cell, and may end in the next one: a sign that lies across the wall goes
    with the one before it if that is nearer than the one after it.
    """
    edge = _CROSSES * height
    for place, (one, sign) in enumerate(pairwise(signs), 1):
        before = sign.box.left - one.box.right
        after = [other.box.left - sign.box.right for other in signs[place + 1 : place + 2]]
        is_across = sign.box.left <= wall - edge and wall + edge <= sign.box.right
        if is_across and before <= min([*after, _JOINS * height]):
            return place + 1
    return sum(sign.middle < wall for sign in signs)


def _walls_in(sheet: Sheet, region: Region) -> list[int]:
    """Find the columns where a wall of a table goes through a region: digits may lie across it."""
    left, top, right, bottom = region.box
    cell = round(CELL * (bottom - top))  # narrower ones are a comb's or squares, and part nothing
    first = max(left - cell, 0)
    parting_here = parting(sheet, bottom - top)
    are_there = are_walls(parting_here.rulings[top:bottom, first : right + cell])
    columns = np.flatnonzero(are_there) + first
    if not columns.size or parting_here.are_streak:
        return []
    ends = np.flatnonzero(np.diff(columns) > 1)
    walls = (columns[np.r_[0, ends + 1]] + columns[np.r_[ends, -1]]) / 2
    if parting_here.are_of_a_table((left + right) // 2, (top + bottom) // 2):
        cell = 0
    return [] if (np.diff(walls) < cell).any() else np.rint(walls).astype(int).tolist()
