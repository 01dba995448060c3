"""Stems of digits that reach from rule to rule of a field, as a wall does.

A form's boxes are alike. A line that parts only one of several boxes below one another is a stroke.
"""

from inkdigit.reading.rulings.ruling import Ruling, Rulings, distinct

_TALL = 0.75, 3.2  # digit heights from the upper rule of a field to the lower one
_MOST = 200  # rulings of each direction that a form has
_FEWEST = 3  # other fields of the same place and width
_SAME = 0.5  # digit heights by which their rules begin and end beside one another
_ALIGNED = 0.25  # the same, of walls
_LONGER = 1.4  # times as tall as its field: a wall of several rows


def without_stems(rulings: Rulings, digit_height: float) -> Rulings:
    """Leave out what stands alone between the two rules of one field.

    Args:
        rulings: of the sheet.
        digit_height: pixels.
    """
    rules = distinct(rulings.across)
    if len(rules) < 2 * (_FEWEST + 1) or max(len(rules), len(rulings.down)) > _MOST:
        return rulings
    stems: list[Ruling] = []
    for over in rules:
        fellows = [rule for rule in rules if _is_fellow(over, rule, _SAME * digit_height)]
        height = _height(over, fellows, digit_height)
        if height is None or len(fellows) < 2 * _FEWEST + 1:
            continue
        inside = [
            wall
            for wall in rulings.down
            if wall.length <= _LONGER * height and _is_inside(wall, over, height, digit_height)
        ]
        if len(inside) == 1 and not _has_fellow(inside[0], rulings.down, digit_height):
            stems += inside
    kept = tuple(wall for wall in rulings.down if not any(wall is stem for stem in stems))
    return Rulings(rulings.across, kept)


def _is_fellow(rule: Ruling, other: Ruling, apart: float) -> bool:
    ends = rule.start + rule.length, other.start + other.length
    return abs(rule.start - other.start) <= apart and abs(ends[0] - ends[1]) <= apart


def _height(over: Ruling, fellows: list[Ruling], digit_height: float) -> float | None:
    """Give the pixels to the next rule of the same width below; None where there is no field."""
    top = float(over.middle.mean())
    apart = [float(rule.middle.mean()) - top for rule in fellows]
    height = min((each for each in apart if each > 0), default=0.0)
    return height if _TALL[0] * digit_height <= height <= _TALL[1] * digit_height else None


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
