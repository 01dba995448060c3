"""Draw one digit the way MNIST does: cropped, 20 pixels long, its centre of mass in the middle.

What is not the digit goes first: specks, the edges of a frame or of a neighbour at the border.
Source: LeCun et al. 1998, § III-A, for the size and the centre.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.pictures.channels import with_channels
from inkdigit.pictures.components import Components, components
from inkdigit.pictures.decode import Pixels, as_picture
from inkdigit.pictures.ink import Ink, ink_of
from inkdigit.types import Box

SIDE = 28  # pixels
BOX = 20  # pixels that the digit's longer side takes
_LARGEST = 160  # pixels a side that a picture is worked on with: eight times the box
_DETAIL = 4  # times the box that strokes are corrected at
_SOLID = 0.5  # ink of a stroke
_FAINT = 0.15  # ink that belongs to a stroke it touches
_EDGE = 0.35  # ink at a digit's edge: measured on MNIST, four times as large, where it is known
_SPECK = 0.02  # of the largest part's ink; below, it is dirt
_MAIN = 0.3  # of the largest part's ink: what makes another part "clearly the digit"
_INSIDE = 0.3  # of a frame's height: what is in it, and less tall, is no digit
_THINNEST, _THICKEST = 1.6, 4.2  # pixels of the box: nearly all strokes of MNIST lie between


def frame(pixels: Pixels) -> NDArray[np.uint8]:
    """Bring any picture of one digit to what MNIST would have made of it.

    Args:
        pixels: (height, width, 1 or 3), as `decode` gives them.

    Returns:
        (28, 28, 1), light ink on dark; all 0 if there is no ink. What MNIST drew already comes
        back as it is.
    """
    if pixels.shape[:2] == (SIDE, SIDE):
        grey = with_channels(pixels, 1)
        if is_framed(grey[..., 0]):
            return grey
    ink = digit_alone(ink_of(_shrunk(pixels)))
    if not ink.any():
        return np.zeros((SIDE, SIDE, 1), np.uint8)
    drawn = _centred(_boxed(_with_sane_strokes(_cropped(ink))))
    return np.rint(drawn * 255).astype(np.uint8)[..., None]


def is_framed(grey: NDArray[np.uint8]) -> bool:
    """Tell whether MNIST could have drawn (28, 28): light on dark, 19 or 20 long, centred."""
    rows, columns = np.flatnonzero(grey.any(axis=1)), np.flatnonzero(grey.any(axis=0))
    if not len(rows):
        return False
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    y, x = _centre(grey)
    return BOX - 1 <= longest <= BOX and max(abs(y - SIDE / 2), abs(x - SIDE / 2)) <= 0.5


def _shrunk(pixels: Pixels) -> Pixels:
    height, width, channels = pixels.shape
    if max(height, width) <= _LARGEST:
        return pixels
    scale = _LARGEST / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = as_picture(pixels).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(small).reshape(size[1], size[0], channels)


def digit_alone(ink: Ink) -> Ink:
    """Take out all ink that is not the digit's: specks, frames, what reaches in from outside.

    Args:
        ink: (height, width) in [0, 1], as `ink_of` gives it.

    Returns:
        The same shape; all 0 if there is no digit.
    """
    parts = components(ink > _FAINT)
    solid = np.where(ink > _SOLID, ink, 0)
    weights = np.bincount(parts.labels.ravel(), solid.ravel()).astype(np.float64)[1:]
    if not weights.any():
        return np.zeros_like(ink)
    kept = np.pad(_kept(parts, weights, ink), (1, 0))  # the background is not
    return ink * kept[parts.labels]


def _kept(parts: Components, weights: NDArray[np.float64], ink: Ink) -> NDArray[np.bool_]:
    """Tell the digit's parts from specks, frames, and what reaches in from outside the picture.

    Args:
        parts: of the ink.
        weights: (parts,) solid ink of each.
        ink: (height, width), where the parts lie.
    """
    left, top, right, bottom = parts.boxes.T
    height, width = ink.shape
    outside = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    weights = weights * ~_frames(parts)
    if (weights * ~outside).max() >= _MAIN * weights.max():
        weights = weights * ~outside
    kept: NDArray[np.bool_] = weights > _SPECK * weights.max()
    return kept


def _frames(parts: Components) -> NDArray[np.bool_]:
    """Tell which parts are a rectangle of lines around another part that may be a digit."""
    left, top, right, bottom = parts.boxes.T
    found = np.zeros(len(parts.boxes), bool)
    for part, box in enumerate(parts.boxes):
        inside = (left > box[0]) & (top > box[1]) & (right < box[2]) & (bottom < box[3])
        if (inside & (bottom - top >= _INSIDE * (box[3] - box[1]))).any():
            own = parts.labels[box[1] : box[3], box[0] : box[2]] == part + 1
            found[part] = _fills_corners(own)
    return found


def _fills_corners(mask: NDArray[np.bool_]) -> bool:
    height, width = (max(1, length // 8) for length in mask.shape)
    return all(
        mask[y, x].any()
        for y in (slice(None, height), slice(-height, None))
        for x in (slice(None, width), slice(-width, None))
    )


def _with_sane_strokes(ink: Ink) -> Ink:
    """Thicken hairlines and thin marker strokes to what MNIST's pens could draw."""
    drawn = _resized(ink, BOX * _DETAIL)
    width = stroke_width(drawn) / _DETAIL
    wanted = min(max(width, _THINNEST), _THICKEST)
    steps = round((wanted - width) * _DETAIL / 2)  # pixels on either side of a stroke
    if not steps:
        return ink
    spread = np.maximum if steps > 0 else np.minimum
    changed = np.pad(drawn, 2 * abs(steps))  # as much is lost again at the edges
    for _ in range(abs(steps)):
        changed = _spread_over_neighbours(changed, spread)
    return _cropped(changed) if (changed > _SOLID).any() else ink


def stroke_width(ink: Ink) -> float:
    """Estimate how wide strokes are, in pixels.

    A stroke's pixels are a quarter of its width from its edge, in the mean; how far they are
    is how often the edge can be taken off before they go.
    """
    mask = np.pad(ink > _SOLID, 1)
    areas = []
    while area := int(np.count_nonzero(mask)):
        areas.append(area)
        mask = _spread_over_neighbours(mask, np.logical_and)
    return 4 * sum(areas) / areas[0] - 2 if areas else 0.0


def _spread_over_neighbours(values: NDArray[Any], choose: np.ufunc) -> NDArray[Any]:
    """Choose among each pixel and its eight neighbours; one pixel is lost on each side."""
    across = choose(choose(values[:, :-2], values[:, 1:-1]), values[:, 2:])
    return np.asarray(choose(choose(across[:-2], across[1:-1]), across[2:]))


def _boxed(ink: Ink) -> Ink:
    """Scale to the box, its proportions kept, by area averaging."""
    return _resized(ink, BOX)


def _resized(ink: Ink, longest: int) -> Ink:
    height, width = ink.shape
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        reduced = _averages(height, size[1]) @ ink @ _averages(width, size[0]).T
        return np.asarray(reduced, np.float32)
    resized = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC))
    enlarged: Ink = np.clip(resized, 0, 1)
    return enlarged


@lru_cache(maxsize=256)
def _averages(length: int, fewer: int) -> NDArray[np.float32]:
    """Weigh pixels by how far each of `fewer` equal stretches covers them: (fewer, length).

    Pillow's box filter takes whole pixels only, and is up to half of one off.
    """
    ends = np.linspace(0, length, fewer + 1)
    pixels = np.arange(length)
    covered = np.minimum(ends[1:, None], pixels + 1) - np.maximum(ends[:-1, None], pixels)
    return np.asarray(np.maximum(covered, 0) * (fewer / length), np.float32)


def _cropped(ink: Ink) -> Ink:
    """Cut away what is fainter than a stroke's edge; some of the ink is not."""
    left, top, right, bottom = extent(ink)
    return ink[top:bottom, left:right]


def extent(ink: Ink) -> Box:
    """Find the box of ink as strong as a stroke's edge; there is some."""
    rows, columns = (np.flatnonzero((ink > _EDGE).any(axis=axis)) for axis in (1, 0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _centred(ink: Ink) -> Ink:
    """Put the centre of mass on the middle of the picture, as near as whole pixels come."""
    height, width = ink.shape
    y, x = _centre(ink)
    top = min(max(round(SIDE / 2 - y), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - x), 0), SIDE - width)
    drawn = np.zeros((SIDE, SIDE), np.float32)
    drawn[top : top + height, left : left + width] = ink
    return drawn


def _centre(values: NDArray[np.generic]) -> tuple[float, float]:
    """Give the centre of mass, in rows and columns; a pixel's index is its place, as in MNIST."""
    weights = values.astype(np.float64)
    mass = weights.sum()
    rows, columns = weights.sum(axis=1), weights.sum(axis=0)
    return (
        float(rows @ np.arange(len(rows)) / mass),
        float(columns @ np.arange(len(columns)) / mass),
    )
