"""Filters, maps and fields as small pictures, each a base64 PNG."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]  # (height, width), 0 dark to 1 light
Colour = NDArray[np.float64]  # (height, width, 3)

_GAP = 1  # pixels between tiles, before they are enlarged
_BETWEEN = 0.55  # their brightness
_NEGATIVE = np.array([0.85, 0.28, 0.05])  # orange, as in explanations
_POSITIVE = np.array([0.04, 0.39, 0.77])  # blue
_NOTHING = np.array([0.97, 0.97, 0.96])


def filters(weights: NDArray[np.float32], *, columns: int, scale: int) -> str:
    """Draw the filters of a first layer: blue is for, orange against, each by its own largest.

    Args:
        weights: (filters, channels, height, width); channels are averaged.
        columns: tiles a row.
        scale: pixels of a weight.
    """
    means = weights.astype(np.float64).mean(axis=1)
    return _png(_tiled([signed(each) for each in means], columns), scale)


def maps(outputs: NDArray[np.float32 | np.uint8], *, columns: int, scale: int) -> str:
    """Draw feature maps, each from its smallest to its largest value.

    Args:
        outputs: (maps, height, width).
        columns: tiles a row.
        scale: pixels of a place.
    """
    return _png(_tiled([grey(_stretched(each)) for each in outputs], columns), scale)


def field(weight: NDArray[np.float64], scale: int) -> str:
    """Draw how strongly each pixel counts: (side, side), white counts most."""
    return _png(grey(_stretched(np.sqrt(weight))), scale)


def matrix(values: NDArray[np.float32], scale: int = 1) -> str:
    """Draw a matrix: blue is positive, orange negative, paper is 0."""
    return _png(signed(values.astype(np.float64)), scale)


def signed(values: NDArray[np.float64]) -> Colour:
    """Colour values between their largest size against and for: (height, width, 3)."""
    shares = values / (np.abs(values).max() or 1.0)
    strength = np.abs(shares)[..., None]
    side = np.where(shares[..., None] > 0, _POSITIVE, _NEGATIVE)
    coloured: Colour = (1 - strength) * _NOTHING + strength * side
    return coloured


def grey(values: Grey) -> Colour:
    """Repeat grey to three channels."""
    return np.repeat(values[..., None], 3, axis=2)


def _stretched(values: NDArray[np.floating | np.uint8]) -> Grey:
    low, high = float(values.min()), float(values.max())
    return (values.astype(np.float64) - low) / ((high - low) or 1.0)


def _tiled(tiles: Sequence[Colour], columns: int) -> Colour:
    height, width, _ = tiles[0].shape
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    step_y, step_x = height + _GAP, width + _GAP
    sheet = np.full((rows * step_y - _GAP, columns * step_x - _GAP, 3), _BETWEEN)
    for place, tile in enumerate(tiles):
        top, left = place // columns * step_y, place % columns * step_x
        sheet[top : top + height, left : left + width] = tile
    return sheet


def _png(colours: Colour, scale: int) -> str:
    picture = Image.fromarray(np.rint(255 * colours).astype(np.uint8), "RGB")
    size = (picture.width * scale, picture.height * scale)
    buffer = io.BytesIO()
    picture.resize(size, Image.Resampling.NEAREST).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
