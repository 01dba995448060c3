"""A real digit as another writer's pen would have drawn it: slanted, bent, thick or thin."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inkdigit.data.handwriting.glyph import Glyph, levels_of, trimmed
from inkdigit.data.handwriting.writer import Writer
from inkdigit.pictures.components import components
from inkdigit.pictures.frame import SIDE

_BOLD = 3.4  # pixels of MNIST's boldest usual stroke: a thick pen would fill its loops
_SPECK = 30  # level of 255 that a part of a digit is darker than
_SMALLEST_PART = 0.06  # of a digit's pixels: less is a speck
_FAINTEST = 90  # level of 255: fainter ink is not made as dark as other ink
_HALF = 127  # level of 255 that ink is darker than
_LEFT_OF_NARROW = np.float32(0.35)  # strokes, of their darkness, by a fine pen that breaks off


def evenly_inked(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a digit's picture, (28, 28), faint strokes as dark as its others, and no specks.

    A pen that cuts at some level would lose the faint ones: MNIST's strokes that are narrower than
    a pixel are grey, not because the pen was. A speck beside a number would be a dot.
    """
    found = components(picture > _SPECK)
    large = np.flatnonzero(found.areas >= _SMALLEST_PART * found.areas.sum()) + 1
    part = Image.fromarray(np.isin(found.labels, large)).convert("L")
    near = np.asarray(part.filter(ImageFilter.MaxFilter(3))) > 0
    clean = np.where(near, picture, 0).astype(np.uint8)
    darkest = Image.fromarray(clean).filter(ImageFilter.MaxFilter(3))
    around = np.maximum(np.asarray(darkest, np.float32), _FAINTEST)
    return np.asarray(clean * np.float32(255) / around).clip(0, 255).astype(np.uint8)


def extent_of(picture: NDArray[np.uint8]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the first and last rows and columns with ink."""
    rows, columns = np.flatnonzero(picture.max(axis=1) > 60), np.flatnonzero(picture.max(0) > 60)
    if not len(rows):
        return (0, SIDE - 1), (0, SIDE - 1)
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def redrawn(
    draws: np.random.Generator,
    writer: Writer,
    picture: NDArray[np.uint8],
    size: float,
    *,
    wide: bool,
) -> Glyph:
    """Slant, stretch and bend a digit, bring it to its size, and draw it with the writer's pen."""
    (top, bottom), (left, right) = extent_of(picture)
    tall, broad = bottom - top + 1, right - left + 1
    stretch = writer.width * float(np.exp(draws.normal(0, 0.1)))
    if wide:  # zeros are written as circles as well
        stretch *= draws.uniform(0.85, 1.35)
    fine = 2 if writer.thin else 1  # so that a rim of half a pixel can be taken off
    height = max(4.0, size) * fine
    width = max(2.0, size * broad / tall * stretch) * fine
    slant = writer.slant + draws.normal(0, 0.05)
    pad = 2  # of MNIST's pixels around the ink: the pen may thicken it
    scale_x, scale_y = width / broad, height / tall
    out_width = int(np.ceil(width + 2 * pad * scale_x + abs(slant) * height)) + 1
    out_height = int(np.ceil(height + 2 * pad * scale_y)) + 1
    # (x, y) of the glyph is looked up at (a·x + b·y + c, d·x + e·y + f) of the picture
    wobble = draws.normal(0, 0.035, 4)
    a, b = (1 + wobble[0]) / scale_x, (slant + wobble[1]) / scale_x
    d, e = wobble[2] * 0.6 / scale_y, (1 + wobble[3] * 0.5) / scale_y
    c = (left + right + 1) / 2 - a * out_width / 2 - b * out_height / 2
    f = (top + bottom + 1) / 2 - d * out_width / 2 - e * out_height / 2
    drawn = Image.fromarray(picture).transform(
        (out_width, out_height),
        Image.Transform.AFFINE,
        (a, b, c, d, e, f),
        Image.Resampling.BICUBIC,
    )
    levels = levels_of(drawn)
    cut = max(writer.pen, 0.5) if _stroke_width(picture) > _BOLD else writer.pen
    edge = max(writer.edge, 0.5 / cut)  # or there would be ink where nothing was written
    inked = np.clip((levels - cut) * edge + 0.5, 0, 1).astype(np.float32)
    if writer.thin:
        inked = _worn(inked, fine) if writer.rough else _thinned(inked, fine)
    return trimmed(_curved(draws, inked, writer.curve))


def _stroke_width(picture: NDArray[np.uint8]) -> float:
    """Estimate a digit's stroke width in pixels: its area over half the length of its edge."""
    inked = picture > _HALF
    edge = (inked[1:] != inked[:-1]).sum() + (inked[:, 1:] != inked[:, :-1]).sum()
    return 2 * float(inked.sum()) / max(1.0, float(edge) * np.pi / 4)  # edges of pixels are longer


def _thinned(ink: Glyph, fine: int) -> Glyph:
    """Take the rim off broad strokes, in a picture `fine` times as large, and bring it to its size.

    Narrow ones stay as they are: no pen writes fainter because it is fine.
    """
    drawn = (ink * 255).astype(np.uint8)
    inside = _spread(drawn, np.minimum, 1)
    broad = _spread(_spread(inside, np.minimum, 1), np.maximum, 3)
    kept = np.where(broad > _HALF, inside, drawn)
    return levels_of(Image.fromarray(kept).reduce(fine))


def _worn(ink: Glyph, fine: int) -> Glyph:
    """Take the rim off all strokes: of narrow ones a third of their darkness is left."""
    drawn = (ink * 255).astype(np.uint8)
    inside = levels_of(Image.fromarray(_spread(drawn, np.minimum, 1)).reduce(fine))
    narrow = levels_of(Image.fromarray(drawn).reduce(fine)) * _LEFT_OF_NARROW
    worn: Glyph = np.maximum(inside, narrow)
    return worn


def _spread(levels: NDArray[np.uint8], most: np.ufunc, reach: int) -> NDArray[np.uint8]:
    """Give every pixel the least or the largest level of a square around it; Pillow's are slow."""
    for axis in (0, 1):
        lines = np.moveaxis(levels, axis, 0)
        found = lines.copy()
        for step in range(1, reach + 1):
            most(found[step:], lines[:-step], out=found[step:])
            most(found[:-step], lines[step:], out=found[:-step])
        levels = np.moveaxis(found, 0, axis)
    return levels


def _curved(draws: np.random.Generator, ink: Glyph, amount: float) -> Glyph:
    """Move rows sideways and columns up and down along waves as long as the glyph."""
    reach = amount * len(ink)
    if reach < 0.5:
        return ink
    height, width = ink.shape
    pad = int(reach) + 1
    ink = np.pad(ink, pad)
    for axis, length in ((0, height), (1, width)):
        waves = np.arange(ink.shape[axis]) / max(length, 1) * draws.uniform(0.5, 1.2)
        shifts = np.rint(reach * np.sin(2 * np.pi * (waves + draws.random()))).astype(np.int64)
        lines = np.arange(ink.shape[axis])
        across = np.arange(ink.shape[1 - axis])
        if axis == 0:
            ink = ink[lines[:, None], (across[None] + shifts[:, None]) % ink.shape[1]]
        else:
            ink = ink[(across[:, None] + shifts[None]) % ink.shape[0], lines[None]]
    return ink
