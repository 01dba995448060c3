"""Squared paper that is written on as if it were blank: its lines are no walls."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import CELL, SPANS, Ruling, Rulings, distinct, steps_of

_FEWEST = 4  # rulings of each direction, all over the sheet
_STEPS_ALIKE = 0.15  # of the usual one, that lines stray from their places
_IN_STEP = 0.7  # of the lines, at least
_SQUARE = 1.35  # times as wide as tall, or as tall as wide
_CROSSES = 0.2  # of a part's width, on both sides of a line that it lies across
_ACROSS = 0.1  # of the parts lie across a line, at least: in tables hardly any do
_ACROSS_NARROW = 0.18  # the same, where squares are so narrow that digits have no room beside them


def is_written_across(rulings: Rulings, parts: NDArray[np.int64], shape: tuple[int, ...]) -> bool:
    """Tell whether rulings are those of squared paper, and writing does not care for them.

    Args:
        rulings: of the sheet.
        parts: (parts, 4) left, top, right and bottom of the ink, as tall as digits.
        shape: height and width of the sheet.
    """
    height, width = shape
    across = _all_over(rulings.across, width)
    down = _all_over(rulings.down, height)
    if min(len(across), len(down)) < _FEWEST or not _are_squares(across, down):
        return False
    lie_across = np.zeros(len(parts), np.bool_)
    for wall in down:
        row = np.clip((parts[:, 1] + parts[:, 3]) // 2 - wall.start, 0, wall.length - 1)
        column = wall.middle[row]
        edge = _CROSSES * (parts[:, 2] - parts[:, 0])
        lie_across |= (parts[:, 0] + edge < column) & (column < parts[:, 2] - edge)
    step = np.median(steps_of(down))
    is_narrow = len(parts) > 0 and step < CELL * np.median(parts[:, 3] - parts[:, 1])
    return bool(lie_across.sum() > (_ACROSS_NARROW if is_narrow else _ACROSS) * len(parts))


def _all_over(rulings: tuple[Ruling, ...], span: int) -> list[Ruling]:
    return [each for each in distinct(rulings) if each.length >= SPANS * span]


def _are_squares(across: list[Ruling], down: list[Ruling]) -> bool:
    steps = steps_of(across), steps_of(down)
    usual = [float(np.median(each)) for each in steps]
    in_step = min(map(_share_in_step, steps, usual))
    return in_step >= _IN_STEP and max(usual) <= _SQUARE * min(usual)


def _share_in_step(steps: NDArray[np.float64], usual: float) -> float:
    astray = np.abs(steps - usual * np.maximum(np.rint(steps / usual), 1))  # some are not found
    return float((astray <= _STEPS_ALIKE * usual).mean())
