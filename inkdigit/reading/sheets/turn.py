"""By how much a page lies turned in its picture: lines of writing and rules say so together."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.light import INK, Grey
from inkdigit.reading.ink.parts import Parts, parts_of, typical_height

_MOST = 12.0  # degrees
_STEP, _FINE_STEP = 0.5, 0.1  # degrees
_POINTS = 20_000  # pixels of ink that are looked at
_LEAST = 6  # pixels that a digit is tall
_FEWEST = 6  # digits that make lines
_MANY = 12  # digits that contradict one long stroke
_TALL, _WIDE = (0.5, 2.0), 4.0  # digit heights that they are tall, and wide if they touch
_RULE = 0.6  # of the width of the page that a rule is long
_CLEAR = 1.6  # times the usual score that the best turn has
_BETTER = 1.15  # times the score of no turn


def turn_of(level: Grey) -> float:
    """Measure how far lines fall to the right.

    Along lines, ink comes in rows with paper between them; at any other angle it is spread. One
    long stroke, as the edge of a shadow leaves it, is a row, too, but writing contradicts it.

    Args:
        level: ink of a small page, (height, width).

    Returns:
        Degrees, 0 where no turn is clear.
    """
    ink = level > INK
    parts = parts_of(ink)
    if not _shows_lines(parts, level.shape[1]):
        return 0.0
    turn = _clearest(ink)
    if turn:
        digits = _digits(ink, parts)
        if _score(*_points(digits), turn) < _score(*_points(digits), 0.0):
            return _clearest(digits)
    return turn


def _digits(ink: NDArray[np.bool_], parts: Parts) -> NDArray[np.bool_]:
    """Keep the ink of what may be digits, if there are many; else all."""
    height = max(typical_height(parts), _LEAST)
    alike = parts.are_sized(height, tall=_TALL, wide=_WIDE)
    if alike.sum() < _MANY:
        return ink
    inside = np.zeros_like(ink)
    for left, top, right, bottom in parts.boxes[alike]:
        inside[top:bottom, left:right] = True
    return ink & inside


def _clearest(ink: NDArray[np.bool_]) -> float:
    """Find the turn, in degrees, at which ink is parted into rows most sharply; 0 if none is."""
    y, x = _points(ink)
    coarse = np.arange(-_MOST, _MOST + _STEP, _STEP)
    scores = np.array([_score(y, x, degrees) for degrees in coarse])
    best = float(coarse[scores.argmax()])
    fine = best + np.arange(-_STEP, _STEP + _FINE_STEP, _FINE_STEP)
    fine_scores = np.array([_score(y, x, degrees) for degrees in fine])
    top = float(fine_scores.max())
    clear = top >= _CLEAR * np.median(scores) and top >= _BETTER * _score(y, x, 0.0)
    inside = abs(best) < _MOST
    return float(fine[fine_scores.argmax()]) if clear and inside else 0.0


def _points(ink: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the rows and columns of some of the ink."""
    rows, columns = np.nonzero(ink)
    every = max(1, rows.size // _POINTS)
    return rows[::every].astype(np.float32), columns[::every].astype(np.float32)


def _shows_lines(parts: Parts, width: int) -> bool:
    """Tell whether there are enough digits to make lines, or a rule."""
    digits = parts.heights >= 0.5 * max(typical_height(parts), _LEAST)
    rules = (parts.widths > _RULE * width) & (parts.heights < _RULE / 2 * width)
    return int(digits.sum()) >= _FEWEST or bool(rules.any())


def _score(y: NDArray[np.float32], x: NDArray[np.float32], degrees: float) -> float:
    """Tell how sharply the ink is parted into rows that fall by an angle."""
    angle = np.deg2rad(degrees)
    rows = y * np.cos(angle) - x * np.sin(angle)
    share = np.bincount((rows - rows.min()).astype(np.int64)).astype(np.float64)
    smooth = np.convolve(share, (0.25, 0.5, 0.25))
    return float((np.diff(smooth) ** 2).sum())
