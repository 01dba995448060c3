"""Which straight lines are rulings, and which are the strokes of digits."""

import numpy as np

from inkdigit.reading.rulings.directions import running_along
from inkdigit.reading.rulings.ruling import (
    COVERED,
    FIELD,
    JOINT,
    SPANS,
    Ruling,
    Rulings,
    apart,
    distinct,
    steps_of,
)

_FIELD_SHARE = 0.6  # of its width that its rules are long
_WALL = 0.9  # digit heights that the wall of a box is long
_GRID = 8  # long rulings of each direction that make squared paper, or a table of such
_CLOSE = 4, 0.2  # the same, at least, and in digit heights: digits stand near walls, too
_FIELD_CLOSE = 0.08  # the same where there is one line: stems of digits end near its rules
_DIGITS = 2.5  # digit heights that no stroke of a digit is long
_STROKES = 6  # digit heights that strokes of neighbouring digits are long together
_THICK_STROKES = 8, 0.2, 0.75  # digit heights that thick ones are long, thick; share alone at most
_FULL = 170  # level of strokes
_OFF_STEP = 0.1  # of the distance from wall to wall, that walls stray


def chosen(found: Rulings, shape: tuple[int, ...], digit_height: float) -> Rulings:
    """Leave out the straight strokes of digits.

    A ruling is as long as the sheet, or longer than any stroke, or it is the wall of a box: at
    both of its ends it meets another ruling.

    Args:
        found: the candidates.
        shape: height and width of the sheet.
        digit_height: pixels; 0 where it is not known.
    """
    height, width = shape
    if digit_height:
        found = running_along(found, found, digit_height)
    is_field = height < FIELD * digit_height  # its rules go through; shorter are digits' tops
    least = max(_DIGITS * digit_height, _FIELD_SHARE * width if is_field else 0)
    across = _are_long(found.across, width, digit_height, least)
    down = _are_long(found.down, height, digit_height, least)
    if _are_grid(found.across, across) and _are_grid(found.down, down):  # its squares are no boxes
        found = Rulings(_in_step(found.across, across), _in_step(found.down, down))
        across = _are_long(found.across, width, digit_height, least)
        down = _are_long(found.down, height, digit_height, least)
    close = _FIELD_CLOSE if is_field else _CLOSE[1]
    joint = min(JOINT, max(_CLOSE[0], close * digit_height))
    wall = _WALL * digit_height
    meets_across = [_meeting(ruling, found.down, wall, joint) for ruling in found.across]
    meets_down = [_meeting(ruling, found.across, wall, joint) for ruling in found.down]
    kept_across, kept_down = [True] * len(across), [True] * len(down)
    changed = True
    while changed:
        is_wall_across = _are_held(across, meets_across, kept_down)
        is_wall_down = _are_held(down, meets_down, is_wall_across)
        changed = is_wall_across != kept_across or is_wall_down != kept_down
        kept_across, kept_down = is_wall_across, is_wall_down
    return Rulings(
        tuple(ruling for ruling, kept in zip(found.across, kept_across, strict=True) if kept),
        tuple(ruling for ruling, kept in zip(found.down, kept_down, strict=True) if kept),
    )


def _are_grid(rulings: tuple[Ruling, ...], are_long: list[bool]) -> bool:
    """Tell whether the long ones run at many places: the walls of boxes are one below another."""
    places = np.sort(
        [each.middle.mean() for each, long in zip(rulings, are_long, strict=True) if long]
    )
    return 1 + int((np.diff(places) > JOINT).sum()) >= _GRID


def _in_step(rulings: tuple[Ruling, ...], are_long: list[bool]) -> tuple[Ruling, ...]:
    """Keep the long rulings of a grid, and what goes on in step with them: walls of combs."""
    kept = [ruling for ruling, is_long in zip(rulings, are_long, strict=True) if is_long]
    rest = [ruling for ruling, is_long in zip(rulings, are_long, strict=True) if not is_long]
    steps = steps_of(distinct(tuple(kept)))
    step = float(np.median(steps)) if steps.size else 0.0
    new = kept
    while new:
        new = [each for each in rest if any(_is_next(each, other, step) for other in new)]
        kept += new
        rest = [each for each in rest if not any(each is other for other in new)]
    return tuple(kept)


def _is_next(ruling: Ruling, other: Ruling, step: float) -> bool:
    """Tell whether a ruling is one step beside another."""
    return abs(apart(ruling, other) - step) <= _OFF_STEP * step


def _are_long(
    rulings: tuple[Ruling, ...], span: int, digit_height: float, least: float
) -> list[bool]:
    all_over = max(SPANS * span, 1.5 * digit_height)
    long = min(least, all_over) if digit_height else all_over
    return [
        ruling.length >= long and not _may_be_strokes(ruling, digit_height) for ruling in rulings
    ]


def _may_be_strokes(ruling: Ruling, digit_height: float) -> bool:
    """Tell what may be strokes of neighbouring digits: dark, with gaps, or thick and not alone."""
    if ruling.level < _FULL or ruling.length >= _THICK_STROKES[0] * digit_height:
        return False
    is_thick = ruling.above + 1 + ruling.below >= _THICK_STROKES[1] * digit_height
    if is_thick and ruling.alone < _THICK_STROKES[2]:
        return True
    return ruling.length < _STROKES * digit_height and ruling.seen < COVERED


def _meeting(
    ruling: Ruling, crossing: tuple[Ruling, ...], least: float, joint: float
) -> tuple[frozenset[int], frozenset[int]]:
    """Find which rulings of the other direction are met at the start and at the end.

    Those that are shorter than `least` meet none.
    """
    if ruling.length < least:
        return frozenset(), frozenset()
    return (
        _met(ruling.start, float(ruling.middle[0]), crossing, joint),
        _met(ruling.start + ruling.length - 1, float(ruling.middle[-1]), crossing, joint),
    )


def _met(along: float, row: float, crossing: tuple[Ruling, ...], joint: float) -> frozenset[int]:
    return frozenset(
        index
        for index, other in enumerate(crossing)
        if other.start - joint <= row < other.start + other.length + joint
        and abs(other.middle[min(max(round(row) - other.start, 0), other.length - 1)] - along)
        <= joint
    )


def _are_held(
    long: list[bool], meets: list[tuple[frozenset[int], frozenset[int]]], kept: list[bool]
) -> list[bool]:
    """Tell which rulings are long, or are held at both ends by rulings that are kept."""
    return [
        is_long or all(any(kept[index] for index in end) for end in ends)
        for is_long, ends in zip(long, meets, strict=True)
    ]
