"""Digits as other countries write them: a 1 with a flag or a foot, a 9 that stands on a bar.

MNIST's writers hardly drew those. Here a stroke of the pen's own width is added to MNIST's digits,
so that the shape is learned from no other writer's picture.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigit.pictures.frame import SIDE, frame, stroke_width
from inkdigit.types import Images, Labels

_TIMES = 4  # as large as the digit, the strokes are drawn
_AROUND = 64  # pixels of paper that they may need
_ONES = 0.65  # of all; the rest are nines
_UPRIGHT = 0.6  # of its height, that a 1 may be wide: on a slanted one a flag makes a 7
_FOOT = 0.25  # of the ones
_WIDENED = 0.5  # of all: some forms are boxes, which people fill

Mask = NDArray[np.bool_]
Point = tuple[float, float]


def draw_other_hands(count: int, digits: tuple[Images, Labels], seed: int) -> tuple[Images, Labels]:
    """Add strokes to digits that others write with them.

    Args:
        count: how many pictures.
        digits: framed; their labels are the digits themselves, 1 and 9 among them.
        seed: the same one draws the same pictures, with the same Pillow.

    Returns:
        (count, 28, 28, 1), light on dark, framed; and (count,), each 1 or 9.
    """
    draws = np.random.default_rng(seed)
    images, truth = digits
    of_label = {label: images[truth == label] for label in (1, 9)}
    labels = np.where(draws.random(count) < _ONES, 1, 9).astype(np.int64)
    drawn = np.empty((count, SIDE, SIDE, 1), np.uint8)
    for row, label in enumerate(labels.tolist()):
        canvas = _enlarged(_some(draws, of_label[label], upright=label == 1))
        (_add_flag if label == 1 else _add_bar)(canvas, draws)
        drawn[row] = frame(np.asarray(_widened(canvas, draws))[..., None])
    return drawn, labels


def _some(draws: np.random.Generator, images: Images, *, upright: bool) -> NDArray[np.uint8]:
    """Choose one, and again while it slants, some times."""
    image: NDArray[np.uint8] = images[draws.integers(len(images))]
    for _ in range(20):
        height, width = (int(image.any(axis=(axis, 2)).sum()) for axis in (1, 0))
        if not upright or width <= _UPRIGHT * height:
            break
        image = images[draws.integers(len(images))]
    return image


def _enlarged(image: NDArray[np.uint8]) -> Image.Image:
    side = SIDE * _TIMES
    large = Image.fromarray(image[..., 0]).resize((side, side), Image.Resampling.BICUBIC)
    canvas = Image.new("L", (side + 2 * _AROUND, side + 2 * _AROUND))
    canvas.paste(large, (_AROUND, _AROUND))
    return canvas


def _add_flag(canvas: Image.Image, draws: np.random.Generator) -> None:
    """Draw the up-stroke of a 1: from its tip, or a little below, to the left."""
    mask, width, height = _measured(canvas)
    below = draws.uniform(0, 0.3)  # of the height
    # level at the tip it would be a 7's
    angle = math.radians(draws.uniform(35 if below < 0.2 else 0, 65))
    length = height * draws.uniform(0.25, 0.6)
    x, y = _middle(mask, below, width)
    _stroke(canvas, (x, y), (x - length * math.cos(angle), y + length * math.sin(angle)), width)
    if draws.random() < _FOOT:
        x, y = _middle(mask, 1, width)
        reach = height * draws.uniform(0.15, 0.35)
        _stroke(canvas, (x - reach, y), (x + reach, y), width)


def _add_bar(canvas: Image.Image, draws: np.random.Generator) -> None:
    """Draw the bar of a 9: from the foot of its stem to the left."""
    mask, width, height = _measured(canvas)
    x, y = _middle(mask, 1, width)
    length, rise = height * draws.uniform(0.3, 0.7), height * draws.uniform(-0.05, 0.05)
    _stroke(canvas, (x, y), (x - length, y + rise), width)


def _measured(canvas: Image.Image) -> tuple[Mask, float, int]:
    """Give where the ink is, how wide its strokes are, and how tall it is."""
    ink = np.asarray(np.asarray(canvas, np.float32) / 255, np.float32)
    mask = ink > 0.5
    return mask, max(stroke_width(ink), float(_TIMES)), int(np.ptp(np.flatnonzero(mask.any(1)))) + 1


def _middle(mask: Mask, share: float, width: float) -> Point:
    """Find the middle of the ink at a share of the height, half a stroke away from its ends."""
    rows = np.flatnonzero(mask.any(axis=1))
    first, last = rows[0] + width / 2, rows[-1] - width / 2
    y = first + share * max(last - first, 0)
    row = mask[min(round(y), int(rows[-1]))]
    return float(np.flatnonzero(row).mean()) if row.any() else mask.shape[1] / 2, float(y)


def _stroke(canvas: Image.Image, start: Point, end: Point, width: float) -> None:
    """Draw a line with round ends."""
    pen, half = ImageDraw.Draw(canvas), width / 2
    pen.line((start, end), 255, max(1, round(width)))
    for x, y in (start, end):
        pen.ellipse((x - half, y - half, x + half, y + half), fill=255)


def _widened(canvas: Image.Image, draws: np.random.Generator) -> Image.Image:
    if draws.random() >= _WIDENED:
        return canvas
    width = round(canvas.width * draws.uniform(1.0, 1.6))
    return canvas.resize((width, canvas.height), Image.Resampling.BICUBIC)
