"""Stems of digits that reach from rule to rule of a field, as a wall does.

A form's boxes are alike. A line that parts only one of several boxes below one another is a stroke.
And a wall reaches its rules, unless it is one of several in line, or at the side of its box.
"""

import numpy as np

from inkdigit.reading.rulings.rows import FAINTEST, MOST, SAME, TALL, Row, near, thickened
from inkdigit.reading.rulings.ruling import Grey, Ruling, Rulings, distinct, is_one_of

_FEWEST = 3  # other fields of the same place and width
_SAME = 0.5  # digit heights by which their rules begin and end beside one another
_ALIGNED = 0.25  # the same, of walls
_LONGER = 1.4  # times as tall as its field: a wall of several rows
_GAP = 1, 0.04  # pixels, and digit heights, of a wall that may be missing before its rule
_ROWS = 2.0  # times its length, to the next wall in line
_LEAN = 0.03  # of its length, aside
_OVER = 4  # pixels that two walls in line may share


def without_stems(level: Grey, rulings: Rulings, digit_height: float) -> Rulings:
    """Leave out the walls that are strokes.

    Args:
        level: ink of the sheet, (height, width).
        rulings: of the sheet.
        digit_height: pixels.
    """
    rules = distinct(rulings.across)
    if not rules or max(len(rules), len(rulings.down)) > MOST:
        return rulings
    stems = [
        *_apart(level, rulings.down, rules, digit_height),
        *_alone(rulings.down, rules, digit_height),
    ]
    kept = tuple(wall for wall in rulings.down if not is_one_of(wall, stems))
    return Rulings(rulings.across, kept)


def _apart(
    level: Grey, found: tuple[Ruling, ...], rules: list[Ruling], digit_height: float
) -> list[Ruling]:
    """Find what ends before its rules, at no side of a box, and in line with no wall."""
    thick = thickened(level)
    walls, others = [], []
    for wall in found:
        row = _row_of(wall, rules, digit_height)
        if (
            row is None
            or _is_at_an_end(wall, row, digit_height)
            or _reaches(thick, wall, row, digit_height)
        ):
            walls.append(wall)
        else:
            others.append(wall)
    return [wall for wall in others if not _goes_on(wall, walls)]


def _goes_on(wall: Ruling, others: list[Ruling]) -> bool:
    """Tell whether a wall goes on in a row near its own, give or take what a page leans."""
    at, middle = float(wall.middle.mean()), wall.start + wall.length / 2
    for other in others:
        away = abs(other.start + other.length / 2 - middle) - (wall.length + other.length) / 2
        aside = abs(float(other.middle.mean()) - at)
        if -_OVER <= away <= _ROWS * wall.length and aside <= SAME + _LEAN * wall.length:
            return True
    return False


def _row_of(wall: Ruling, rules: list[Ruling], digit_height: float) -> Row | None:
    """Find the two rules that a wall stands between; None if it is one of several rows."""
    first, last = wall.start, wall.start + wall.length - 1
    ends = []
    for along, column in ((first, float(wall.middle[0])), (last, float(wall.middle[-1]))):
        at = round(column)
        met = [rule for rule in rules if rule.start <= at < rule.start + rule.length]
        ends.append(min(met, key=lambda rule: abs(rule.at(at) - along), default=None))
    over, under = ends
    if over is None or under is None or over is under:
        return None
    row = Row.between(over, under)
    if row.left >= row.right or wall.length > _LONGER * row.height:
        return None
    return row if TALL[0] * digit_height <= row.height <= TALL[1] * digit_height else None


def _is_at_an_end(wall: Ruling, row: Row, digit_height: float) -> bool:
    """Tell whether a wall stands where one of its rules begins or ends."""
    column = float(wall.middle.mean())
    ends = [end for rule in (row.over, row.under) for end in (rule.start, rule.start + rule.length)]
    return any(abs(column - end) <= near(digit_height) for end in ends)


def _reaches(thick: Grey, wall: Ruling, row: Row, digit_height: float) -> bool:
    """Tell whether a wall has ink from rule to rule, wherever it leads."""
    rise = float(wall.middle[-1] - wall.middle[0]) / max(wall.length - 1, 1)
    rows = np.arange(row.top - 1, row.bottom + 1)
    columns = np.rint(wall.middle[0] + rise * (rows - wall.start)).astype(np.int64)
    ink = thick[np.clip(rows, 0, len(thick) - 1), np.clip(columns, 0, thick.shape[1] - 1)]
    seen = np.flatnonzero(ink > FAINTEST * wall.level)
    gap = max(_GAP[0], _GAP[1] * digit_height)
    return bool(seen.size) and seen[0] <= gap and len(rows) - 1 - seen[-1] <= gap


def _alone(found: tuple[Ruling, ...], rules: list[Ruling], digit_height: float) -> list[Ruling]:
    """Find what stands alone between the two rules of one field of several."""
    stems: list[Ruling] = []
    if len(rules) < 2 * (_FEWEST + 1):
        return stems
    for over in rules:
        fellows = [rule for rule in rules if _is_fellow(over, rule, _SAME * digit_height)]
        height = _height(over, fellows, digit_height)
        if height is None or len(fellows) < 2 * _FEWEST + 1:
            continue
        inside = [
            wall
            for wall in found
            if wall.length <= _LONGER * height and _is_inside(wall, over, height, digit_height)
        ]
        if len(inside) == 1 and not _has_fellow(inside[0], found, digit_height):
            stems += inside
    return stems


def _is_fellow(rule: Ruling, other: Ruling, apart: float) -> bool:
    ends = rule.start + rule.length, other.start + other.length
    return abs(rule.start - other.start) <= apart and abs(ends[0] - ends[1]) <= apart


def _height(over: Ruling, fellows: list[Ruling], digit_height: float) -> float | None:
    """Give the pixels to the next rule of the same width below; None where there is no field."""
    top = float(over.middle.mean())
    apart = [float(rule.middle.mean()) - top for rule in fellows]
    height = min((each for each in apart if each > 0), default=0.0)
    return height if TALL[0] * digit_height <= height <= TALL[1] * digit_height else None


def _is_inside(wall: Ruling, over: Ruling, height: float, digit_height: float) -> bool:
    """Tell whether a wall stands below a rule, in its field, and not at its ends."""
    at, middle = float(wall.middle.mean()), wall.start + wall.length / 2
    top = float(over.middle.mean())
    edge = _SAME * digit_height
    return over.start + edge < at < over.start + over.length - edge and top < middle < top + height


def _has_fellow(wall: Ruling, others: tuple[Ruling, ...], digit_height: float) -> bool:
    """Tell whether a wall of another row stands in line with it."""
    at, middle = float(wall.middle.mean()), wall.start + wall.length / 2
    return any(
        abs(float(other.middle.mean()) - at) <= _ALIGNED * digit_height
        and abs(other.start + other.length / 2 - middle) > wall.length / 2
        for other in others
    )
