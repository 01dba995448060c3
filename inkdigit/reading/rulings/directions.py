"""How the rulings of a sheet run: what runs aslant between them is a stroke."""

from collections.abc import Callable

import numpy as np

from inkdigit.reading.rulings.ruling import PLAIN, Ruling, Rulings

_FEWEST = 2  # plain rulings that tell how the others run
_ASLANT = 0.05  # rise by run, by which a ruling strays at most from how the others run
_SKEWED = (
    0.12  # the same, from a right angle to those that cross it: a sheet may be seen from aside
)


def running_along(found: Rulings, told: Rulings, digit_height: float) -> Rulings:
    """Leave out what runs aslant beside plain rulings: stems of digits one below another.

    Args:
        found: what may be rulings.
        told: those that tell, by the long ones among them, how all others run.
        digit_height: pixels.
    """
    across = [ruling for ruling in told.across if ruling.length >= PLAIN * digit_height]
    down = [ruling for ruling in told.down if ruling.length >= PLAIN * digit_height]
    return Rulings(
        _along(found.across, across, down, digit_height),
        _along(found.down, down, across, digit_height),
    )


def _along(
    rulings: tuple[Ruling, ...], plain: list[Ruling], crossing: list[Ruling], digit_height: float
) -> tuple[Ruling, ...]:
    if len(plain) >= _FEWEST:
        usual = _usual_rise(plain, PLAIN * digit_height)
        return tuple(each for each in rulings if abs(_rise(each) - usual(each)) <= _ASLANT)
    if len(crossing) >= _FEWEST:  # on the turned sheet they fall by as much as these rise
        upright = -float(np.median([_rise(each) for each in crossing]))
        return tuple(each for each in rulings if abs(_rise(each) - upright) <= _SKEWED)
    return rulings


def _usual_rise(plain: list[Ruling], apart: float) -> Callable[[Ruling], float]:
    """Tell by plain rulings how one runs at its place: seen from aside, they fan out."""
    rows = np.array([ruling.middle.mean() for ruling in plain])
    rises = np.array([_rise(ruling) for ruling in plain])
    usual, spread = float(np.median(rises)), float(np.ptp(rows))
    fan = float(np.polyfit(rows, rises, 1)[0]) if len(plain) >= 4 and spread > apart else 0.0
    middle = float(np.median(rows))

    def rise(ruling: Ruling) -> float:
        return usual + fan * (float(ruling.middle.mean()) - middle)

    return rise


def _rise(ruling: Ruling) -> float:
    return float(ruling.middle[-1] - ruling.middle[0]) / max(1, ruling.length - 1)
