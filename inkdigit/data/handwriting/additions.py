"""Strokes that much of the world adds to digits, and MNIST's writers do not."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigit.data.handwriting.glyph import pull
from inkdigit.data.handwriting.redrawn import extent_of
from inkdigit.pictures.frame import SIDE

_FINE = 4  # strokes are drawn so many times as large as MNIST's digits
_PEN = 2.6  # pixels of MNIST's usual stroke


def crossed(draws: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add the bar of a continental seven, across its stem."""
    rows, columns = extent_of(picture)
    y = rows[0] + (rows[1] - rows[0]) * draws.uniform(0.42, 0.62)
    band = picture[int(y) - 1 : int(y) + 2].max(axis=0)
    middle = float(np.average(np.arange(SIDE), weights=band.astype(float) + 1e-6))
    half = (columns[1] - columns[0]) * draws.uniform(0.2, 0.42) + 1.5
    tilt = draws.uniform(-1.8, 0.8)
    bar = [(middle - half, y - tilt), (middle + half, y + tilt)]
    return np.maximum(picture, _drawn([bar], _PEN * draws.uniform(0.6, 1.1)))


def slashed(draws: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add the stroke of a slashed zero, from its foot on the left to its head on the right."""
    rows, columns = extent_of(picture)
    reach = draws.uniform(-0.05, 0.2)
    width, height = columns[1] - columns[0], rows[1] - rows[0]
    slash = [
        (columns[0] - reach * width, rows[1] + reach * height * 0.5),
        (columns[1] + reach * width, rows[0] - reach * height * 0.5),
    ]
    return np.maximum(picture, _drawn([slash], _PEN * draws.uniform(0.6, 1.0)))


def flagged_one(draws: np.random.Generator, *, foot: bool) -> NDArray[np.uint8]:
    """Draw a one with its up-stroke, and with a foot if wanted."""
    top_x, top_y = 15 + draws.normal(0, 0.7), 4 + draws.normal(0, 0.3)
    bottom_x, bottom_y = top_x - draws.normal(0.3, 1.0), 24.0
    reach, drop = draws.uniform(2.2, 9.0), draws.uniform(1.5, 9.5)
    if draws.random() < 0.2:  # an up-stroke nearly as long as the stem
        drop = draws.uniform(9, 17)
    drop = max(drop, reach * draws.uniform(0.6, 1.1))  # a level one would make it a seven
    bend = draws.normal(0, 0.8)
    flag = [
        (top_x - reach, top_y + drop),
        (top_x - reach / 2 + bend * 0.4, top_y + drop / 2 + bend),
        (top_x, top_y),
    ]
    lean = draws.normal(0, 0.5)
    stem = [(top_x, top_y), ((top_x + bottom_x) / 2 + lean, 14), (bottom_x, bottom_y)]
    strokes = [flag, stem]
    if foot:
        half = draws.uniform(2, 5)
        tilt = draws.normal(0, 0.5)
        strokes.append([(bottom_x - half, bottom_y + tilt), (bottom_x + half, bottom_y - tilt)])
    return _drawn(strokes, _PEN * draws.uniform(0.7, 1.2))


def _drawn(strokes: list[list[tuple[float, float]]], width: float) -> NDArray[np.uint8]:
    """Draw strokes, given in MNIST's pixels, as its pens do."""
    canvas = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    pen = ImageDraw.Draw(canvas)
    for stroke in strokes:
        pull(pen, [(x * _FINE, y * _FINE) for x, y in stroke], width * _FINE)
    return np.asarray(canvas.reduce(_FINE))
