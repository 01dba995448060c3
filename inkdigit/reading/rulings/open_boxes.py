"""Boxes that are open above or below: walls that stand on, or hang from, both ends of a rule.

A wall is told from a stroke by what it meets at both of its ends (`choice.chosen`); that of an
open box meets one rule only, but there it makes a corner, and so does another wall as long.
"""

import numpy as np

from inkdigit.reading.rulings.ruling import Ruling, Rulings

_TALL = 1.05, 3.2  # digit heights that a wall is tall
_NEAR = 4, 0.1  # pixels, and digit heights, from the end of a wall to the end of its rule
_LIKE = 0.15  # of the longer one's length, by which walls of one form differ
_LEVEL = 0.6  # of its rule's ink that a wall has at least: both are printed
_FEWEST = 3  # boxes of a form, by whose walls others are known that stand alone


def with_open_boxes(kept: Rulings, found: Rulings, digit_height: float) -> Rulings:
    """Add the walls of open boxes.

    Args:
        kept: rulings of the sheet.
        found: all candidates, those among them.
        digit_height: pixels.
    """
    taken = {id(ruling) for ruling in kept.down}
    walls = [
        wall
        for wall in found.down
        if id(wall) not in taken
        and _TALL[0] * digit_height <= wall.length <= _TALL[1] * digit_height
    ]
    if not walls or not kept.across:
        return kept
    corners = _corners(kept.across, walls, max(_NEAR[0], _NEAR[1] * digit_height))
    lengths = np.array([wall.length for wall in walls])
    pairs = [
        (one, other)
        for at_start, at_end in corners
        for one in at_start
        for other in at_end
        if _are_alike(lengths[one], lengths[other])
    ]
    are_walls = {wall for pair in pairs for wall in pair}
    if len(pairs) >= _FEWEST:
        usual = float(np.median([lengths[pair[0]] for pair in pairs]))
        are_walls |= {
            wall
            for rule in corners
            for end in rule
            for wall in end
            if _are_alike(lengths[wall], usual)
        }
    return Rulings(kept.across, (*kept.down, *(walls[wall] for wall in sorted(are_walls))))


def _are_alike(one: float, other: float) -> bool:
    return abs(one - other) <= _LIKE * max(one, other)


def _corners(
    rules: tuple[Ruling, ...], walls: list[Ruling], near: float
) -> list[tuple[list[int], list[int]]]:
    """Find, for each rule, the walls that make a corner with its start, and with its end.

    Their heads are on it, or their feet: not some of each.
    """
    heads = np.array([(wall.middle[0], wall.start) for wall in walls])
    feet = np.array([(wall.middle[-1], wall.start + wall.length - 1) for wall in walls])
    levels = np.array([wall.level for wall in walls])
    corners = []
    for rule in rules:
        ends = (
            (rule.start, float(rule.middle[0])),
            (rule.start + rule.length - 1, float(rule.middle[-1])),
        )
        printed = levels >= _LEVEL * rule.level
        for points in (heads, feet):
            at_start, at_end = (
                np.flatnonzero(printed & (abs(points - end).max(axis=1) <= near)).tolist()
                for end in ends
            )
            corners.append((at_start, at_end))
    return corners
