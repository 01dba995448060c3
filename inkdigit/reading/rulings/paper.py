"""Squared paper whose squares are wider than digits, and that is written on as if they were not."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import SPANS, Ruling, Rulings, distinct

_FEWEST = 4  # rulings of each direction, all over the sheet
_STEPS_ALIKE = 0.15  # of the usual one, that lines stray from their places
_IN_STEP = 0.7  # of the lines, at least
_SQUARE = 1.35  # times as wide as tall, or as tall as wide
_CROSSES = 0.2  # of a part's width, on both sides of a line that it lies across
_ACROSS = 0.1  # of the parts lie across a line, at least: in tables hardly any do
_ACROSS_NARROW = 0.18  # the same, where squares are so narrow that digits have no room beside them
_NARROW = 1.6  # digit heights that such squares are wide, at most


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
    step = _step(down)
    is_narrow = len(parts) > 0 and step < _NARROW * np.median(parts[:, 3] - parts[:, 1])
    return bool(lie_across.sum() > (_ACROSS_NARROW if is_narrow else _ACROSS) * len(parts))


def _all_over(rulings: tuple[Ruling, ...], span: int) -> list[Ruling]:
    long = [each for each in distinct(rulings) if each.length >= SPANS * span]
    return sorted(long, key=lambda each: float(each.middle.mean()))


def _are_squares(across: list[Ruling], down: list[Ruling]) -> bool:
    tall, wide = _step(across), _step(down)
    in_step = _share_in_step(across, tall), _share_in_step(down, wide)
    return min(in_step) >= _IN_STEP and max(tall, wide) <= _SQUARE * min(tall, wide)


def _step(rulings: list[Ruling]) -> float:
    return float(np.median(_steps(rulings)))


def _steps(rulings: list[Ruling]) -> NDArray[np.floating]:
    return np.diff([each.middle.mean() for each in rulings])


def _share_in_step(rulings: list[Ruling], usual: float) -> float:
    steps = _steps(rulings)
    astray = np.abs(steps - usual * np.maximum(np.rint(steps / usual), 1))  # some are not found
    return float((astray <= _STEPS_ALIKE * usual).mean())
