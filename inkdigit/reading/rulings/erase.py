"""Rulings taken out of ink: what they covered is filled from both of their sides.

A stroke that crosses a ruling comes out whole.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import Grey, Ruling, Rulings

_DARKER = 1.3  # times a ruling's own ink: a stroke on it
_PIECE = 64  # pixels of a ruling that tell its own ink there
_FAINTEST = 0.4  # of its ink on the whole: less is a gap
_KNOWN = 0.1  # of a piece that is no gap


def erased(level: Grey, rulings: Rulings) -> tuple[Grey, NDArray[np.bool_]]:
    """Take rulings out of the ink, and keep what crosses them.

    Returns:
        The ink without them, and where they were.
    """
    turned = np.ascontiguousarray(level.T)
    band_across, band_down = _bands(level, rulings.across), _bands(turned, rulings.down).T
    # what is left and right of a crossing is the other ruling, and no stroke
    beside = np.where(band_across, np.uint8(0), level)
    clean = _filled(turned, np.ascontiguousarray(beside.T), turned, rulings.down).T
    clean = _filled(np.ascontiguousarray(clean), clean, level, rulings.across)
    return clean, band_across | band_down


def _bands(level: Grey, rulings: tuple[Ruling, ...]) -> NDArray[np.bool_]:
    """Mark the pixels of the rulings from left to right."""
    bands = np.zeros(level.shape, bool)
    for ruling in rulings:
        rows, columns = _band(ruling, level.shape[0])
        bands[rows, columns] = True
    return bands


def _band(ruling: Ruling, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows and columns of a ruling: (its thickness and a pixel on each side, length)."""
    offsets = np.arange(-ruling.above - 1, ruling.below + 2)[:, None]
    rows = np.rint(ruling.middle).astype(np.int64)[None] + offsets
    columns = np.arange(ruling.start, ruling.start + ruling.length)[None]
    return np.clip(rows, 0, height - 1), np.broadcast_to(columns, rows.shape)


def _filled(clean: Grey, beside: Grey, level: Grey, rulings: tuple[Ruling, ...]) -> Grey:
    """Take out the rulings from left to right.

    Args:
        clean: the ink to take them out of.
        beside: the ink that tells what goes on below them.
        level: the ink as it was.
        rulings: from left to right.
    """
    clean = clean.copy()
    for ruling in rulings:
        rows, columns = _band(ruling, level.shape[0])
        middle = np.rint(ruling.middle).astype(np.int64)
        through = np.minimum(
            _spread(beside, middle - ruling.above - 2, columns[0]),
            _spread(beside, middle + ruling.below + 2, columns[0]),
        )
        own = level[rows, columns]
        usual = _usual(own.max(axis=0), ruling.level)
        share = 255 / np.maximum(255 - usual, 1)
        darker = np.clip((own - _DARKER * usual) * share, 0, 255).astype(np.uint8)
        clean[rows, columns] = np.minimum(own, np.maximum(through[None], darker))
    return clean


def _usual(ink: Grey, level: float) -> NDArray[np.float32]:
    """Give a ruling's own ink along it, whatever crosses it, and wherever it is interrupted.

    Args:
        ink: (length,) on the ruling.
        level: of its own ink, on the whole.
    """
    size = min(len(ink), _PIECE)
    count = len(ink) // size
    pieces = ink[: count * size].reshape(count, size)
    seen = np.where(pieces > _FAINTEST * level, pieces, np.nan)
    is_known = np.isfinite(seen).mean(axis=1) >= _KNOWN
    if not is_known.any():
        return np.full(len(ink), level, np.float32)
    places = (np.arange(count) + 0.5) * size
    usual = np.nanmedian(seen[is_known], axis=1)
    return np.asarray(np.interp(np.arange(len(ink)), places[is_known], usual), np.float32)


def _spread(level: Grey, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Grey:
    """Read the ink along a path, each pixel as dark as its neighbours: strokes cross aslant."""
    inside = (rows >= 0) & (rows < level.shape[0])
    read = np.where(inside, level[np.clip(rows, 0, level.shape[0] - 1), columns], 0)
    spread = cv2.dilate(read[None].astype(np.uint8), np.ones((1, 5), np.uint8))
    read_out: Grey = np.asarray(spread, np.uint8)[0]
    return read_out
