"""Handwriting made of real digits: a writer's slant, pen and habits, one glyph after another.

MNIST's writers are American. Crossed sevens, ones with a flag and a foot, and slashed zeros, as
much of the world writes them, are made here by adding strokes to real digits; some writers have
digits of strokes alone (see `strokes`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from inkdigit.data.composing.signs import draw_letters, draw_sign, draw_word
from inkdigit.data.composing.strokes import Hand, Nib, Shape, draw_hand, draw_strokes
from inkdigit.pictures.components import components
from inkdigit.types import Images, Labels

SEPARATORS = ".,-/"
OTHER = "?"  # stands for what is neither digit nor separator

Glyph = NDArray[np.float32]  # (height, width), 0 paper to 1 full ink, cropped to its ink
Digits = tuple[Images, Labels]  # (N, 28, 28, 1) light on dark, and the digits that they show

_SIDE = 28
_FINE = 4  # strokes are drawn so many times as large as MNIST's digits
_OF_STROKES = 0.5  # of all writers have shapes of their own
_BOLD = 3.4  # pixels of MNIST's boldest usual stroke: a thick pen would fill its loops
_SPECK = 30  # level of 255 that a part of a digit is darker than
_SMALLEST_PART = 0.06  # of a digit's pixels: less is a speck
_FAINTEST = 90  # level of 255: fainter ink is not made as dark as other ink
_HALF = 127  # level of 255 that ink is darker than
_LEFT_OF_NARROW = np.float32(0.35)  # strokes, of their darkness, by a fine pen that breaks off
_PEN = 2.6  # pixels of MNIST's usual stroke
_MNISTS_PEN, _MNISTS_EDGE = 0.45, 2.0  # a level and a sharpness that leave strokes as they are
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZabcdefghjkmnpqrtuvwxyz"  # of print, that no digit looks like
_SIGNS = "$#*+=%&?<>@"  # of print, that no digit or separator looks like


@dataclass(frozen=True)
class Writer:
    """How somebody writes."""

    height: float  # pixels of a usual digit
    width: float  # share of the usual width
    slant: float  # sideways shift per height; positive leans to the right
    pen: float  # level that a stroke is cut at: lower is thicker
    edge: float  # how sharp strokes are
    thin: bool  # a fine pen: strokes lose their rim
    curve: float  # how far glyphs are bent, as a share of their height
    joins: float  # probability that a digit is joined to the next by a stroke
    crosses_sevens: bool
    flags_ones: bool
    foots_ones: bool
    slashes_zeros: bool
    small_zeros: float  # size of zeros at the end, as a share of the others
    unsteady: float  # how much size and place vary from glyph to glyph
    climb: float  # of the line, dy/dx
    hand: Hand | None  # own shapes of some digits, in place of real ones
    rough: bool  # strokes break off, digits run far into each other, and the pen may be faint


def draw_writer(draws: np.random.Generator, *, plain: bool = False, rough: bool = False) -> Writer:
    """Draw a writer by chance.

    Args:
        draws: what chance decides with.
        plain: one with MNIST's digits and pen, at some size and slant.
        rough: one whose strokes break off.
    """

    def sometimes(probability: float) -> bool:
        return not plain and bool(draws.random() < probability)

    return Writer(
        height=float(np.exp(draws.uniform(np.log(20), np.log(60)))),
        width=1.0 if plain else float(draws.uniform(0.72, 1.3)),
        slant=float(np.clip(draws.normal(0.05, 0.17), -0.35, 0.55)),
        pen=_MNISTS_PEN if plain else float(draws.uniform(0.22, 0.66)),
        edge=_MNISTS_EDGE if plain else float(draws.uniform(1.5, 5.0)),
        thin=sometimes(0.4),
        curve=0.0 if plain else float(draws.uniform(0, 0.05)),
        joins=float(draws.uniform(0.1, 0.6)) if sometimes(0.2) else 0.0,
        crosses_sevens=sometimes(0.45),
        flags_ones=sometimes(0.4),
        foots_ones=sometimes(0.15),
        slashes_zeros=sometimes(0.06),
        small_zeros=float(draws.uniform(0.45, 0.9)) if sometimes(0.2) else 1.0,
        unsteady=float(draws.uniform(0.02, 0.12)),
        climb=float(draws.normal(0, 0.025)),
        hand=draw_hand(draws) if sometimes(_OF_STROKES) else None,
        rough=rough,
    )


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


def write_digit(
    draws: np.random.Generator, writer: Writer, picture: NDArray[np.uint8], digit: int, size: float
) -> Glyph:
    """Write one digit as the writer would.

    Args:
        draws: what chance decides with.
        writer: whose hand.
        picture: (28, 28) of a real digit, evenly inked unless the writer is a rough one.
        digit: what it shows.
        size: height in pixels.
    """
    if writer.hand and digit in writer.hand.shapes:
        form = writer.width * float(np.exp(draws.normal(0, 0.1))), writer.slant
        shape, nib = writer.hand.shapes[digit], writer.hand.nib
        return _trimmed(draw_strokes(draws, shape, nib, size=max(8.0, size), form=form))
    if digit == 7 and writer.crosses_sevens:
        picture = _crossed(draws, picture)
    elif digit == 1 and writer.flags_ones and draws.random() < 0.85:
        picture = _flagged_one(draws, foot=writer.foots_ones)
    elif digit == 0 and writer.slashes_zeros:
        picture = _slashed(draws, picture)
    return _placed(draws, writer, picture, size, wide=digit == 0)


def join(draws: np.random.Generator, writer: Writer, across: float, down: float) -> Glyph:
    """Draw the stroke that joins two digits: so many pixels to the right and down."""
    thick = writer.height * draws.uniform(0.05, 0.1)
    return _line(draws, (across, down), thick)


def write_separator(draws: np.random.Generator, writer: Writer, sign: str) -> tuple[Glyph, float]:
    """Write a dot, comma, dash or slash.

    Returns:
        The glyph, and where its lower edge stands: heights of a digit above the baseline.
    """
    unit = writer.height
    thick = float(np.clip(draws.normal(0.11, 0.035), 0.05, 0.22)) * unit
    if sign == ".":
        long = thick * draws.uniform(0.9, 1.6)
        return _line(draws, (long * draws.uniform(0.2, 0.9), 0.0), thick), draws.uniform(-0.06, 0.1)
    if sign == ",":
        tall = unit * draws.uniform(0.14, 0.34)
        return _line(draws, (-tall * draws.uniform(0.1, 0.8), tall), thick), draws.uniform(-0.3, 0)
    if sign == "-":
        long = unit * draws.uniform(0.22, 0.9)
        rise = long * draws.normal(0, 0.1)
        return _line(draws, (long, rise), thick), draws.uniform(0.25, 0.6)
    tall = unit * draws.uniform(1.1, 1.6)  # a lower one would be a one
    return _line(draws, (-tall * draws.uniform(0.25, 0.7), tall), thick), draws.uniform(-0.35, 0.0)


def write_other(
    draws: np.random.Generator, writer: Writer, *, print_only: bool = False
) -> tuple[Glyph, float]:
    """Write something that is no digit: letters and signs, by hand or in print, or scribbles.

    Returns:
        The glyph, and where its lower edge stands: heights of a digit above the baseline.
    """
    kind = draws.random()
    if print_only or kind < 0.4:
        is_sign = draws.random() < 0.3
        text = _SIGNS[draws.integers(len(_SIGNS))] if is_sign else draw_letters(draws, _LETTERS)
        height = writer.height * draws.uniform(0.5, 1.1)
        return _printed(draws, text, height, upright=print_only), 0.0
    if kind < 0.85:
        return _by_hand(draws, writer, draw_sign(draws) if kind < 0.65 else draw_word(draws))
    return _strokes(draws, writer), 0.0


def _by_hand(draws: np.random.Generator, writer: Writer, shape: Shape) -> tuple[Glyph, float]:
    """Write a shape as tall as the writer's digits, or a little smaller."""
    thickness = float(np.clip(draws.normal(0.1, 0.03), 0.04, 0.2))
    nib = writer.hand.nib if writer.hand else Nib(thickness, pressure=0.0)
    size = writer.height * draws.uniform(0.75, 1.1)
    lowest = max(float(piece[:, 1].max()) for stroke in shape for piece in stroke)
    form = writer.width, writer.slant
    glyph = _trimmed(draw_strokes(draws, shape, nib, size=max(8.0, size), form=form))
    return glyph, (1 - lowest / 100) * size / writer.height


def print_text(draws: np.random.Generator, text: str, height: float) -> Glyph:
    """Set a text in print.

    Args:
        draws: choose how bold it is.
        text: what to set.
        height: of its capitals, in pixels.
    """
    return _printed(draws, text, height, upright=True)


def gap_between(left: Glyph, left_top: int, right: Glyph, right_top: int) -> int:
    """Measure how far two glyphs can be moved together until their ink touches.

    Args:
        left: the glyph on the left.
        left_top: the row of its upper edge.
        right: the one on the right.
        right_top: the row of its upper edge.

    Returns:
        The least free space in a row, over the rows that both have, if their boxes stand side by
        side; where they share no row, 0.
    """
    top, bottom = max(left_top, right_top), min(left_top + len(left), right_top + len(right))
    if bottom <= top:
        return 0
    ends = _free(left[top - left_top : bottom - left_top, ::-1])
    starts = _free(right[top - right_top : bottom - right_top])
    return int((ends + starts).min())


def lay(ink: NDArray[np.float32], glyph: Glyph, left: int, top: int) -> None:
    """Add a glyph's ink where it lies on the sheet; what is outside of it is cut off."""
    height, width = ink.shape
    first_y, first_x = max(0, -top), max(0, -left)
    last_y, last_x = min(len(glyph), height - top), min(glyph.shape[1], width - left)
    if first_y >= last_y or first_x >= last_x:
        return
    here = ink[top + first_y : top + last_y, left + first_x : left + last_x]
    np.maximum(here, glyph[first_y:last_y, first_x:last_x], out=here)


def _free(glyph: Glyph) -> NDArray[np.int64]:
    """Count, for each row, the free pixels before the first ink."""
    mask = glyph > 0.4
    return np.asarray(np.where(mask.any(axis=1), mask.argmax(axis=1), glyph.shape[1]), np.int64)


def _crossed(draws: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add the bar of a continental seven, across its stem."""
    rows, columns = _extent(picture)
    y = rows[0] + (rows[1] - rows[0]) * draws.uniform(0.42, 0.62)
    band = picture[int(y) - 1 : int(y) + 2].max(axis=0)
    middle = float(np.average(np.arange(_SIDE), weights=band.astype(float) + 1e-6))
    half = (columns[1] - columns[0]) * draws.uniform(0.2, 0.42) + 1.5
    tilt = draws.uniform(-1.8, 0.8)
    bar = [(middle - half, y - tilt), (middle + half, y + tilt)]
    return np.maximum(picture, _drawn([bar], _PEN * draws.uniform(0.6, 1.1)))


def _slashed(draws: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = _extent(picture)
    reach = draws.uniform(-0.05, 0.2)
    width, height = columns[1] - columns[0], rows[1] - rows[0]
    slash = [
        (columns[0] - reach * width, rows[1] + reach * height * 0.5),
        (columns[1] + reach * width, rows[0] - reach * height * 0.5),
    ]
    return np.maximum(picture, _drawn([slash], _PEN * draws.uniform(0.6, 1.0)))


def _flagged_one(draws: np.random.Generator, *, foot: bool) -> NDArray[np.uint8]:
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
    canvas = Image.new("L", (_SIDE * _FINE, _SIDE * _FINE))
    pen = ImageDraw.Draw(canvas)
    for stroke in strokes:
        _pull(pen, [(x * _FINE, y * _FINE) for x, y in stroke], width * _FINE)
    return np.asarray(canvas.reduce(_FINE))


def _pull(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float) -> None:
    """Draw a line with round ends."""
    pen.line(points, 255, max(1, round(width)), joint="curve")
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _stroke_width(picture: NDArray[np.uint8]) -> float:
    """Estimate a digit's stroke width in pixels: its area over half the length of its edge."""
    inked = picture > _HALF
    edge = (inked[1:] != inked[:-1]).sum() + (inked[:, 1:] != inked[:, :-1]).sum()
    return 2 * float(inked.sum()) / max(1.0, float(edge) * np.pi / 4)  # edges of pixels are longer


def _extent(picture: NDArray[np.uint8]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the first and last rows and columns with ink."""
    rows, columns = np.flatnonzero(picture.max(axis=1) > 60), np.flatnonzero(picture.max(0) > 60)
    if not len(rows):
        return (0, _SIDE - 1), (0, _SIDE - 1)
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def _placed(
    draws: np.random.Generator,
    writer: Writer,
    picture: NDArray[np.uint8],
    size: float,
    *,
    wide: bool,
) -> Glyph:
    """Slant, stretch and bend a digit, bring it to its size, and draw it with the writer's pen."""
    (top, bottom), (left, right) = _extent(picture)
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
    levels = _levels(drawn)
    cut = max(writer.pen, 0.5) if _stroke_width(picture) > _BOLD else writer.pen
    edge = max(writer.edge, 0.5 / cut)  # or there would be ink where nothing was written
    inked = np.clip((levels - cut) * edge + 0.5, 0, 1).astype(np.float32)
    if writer.thin:
        inked = _worn(inked, fine) if writer.rough else _thinned(inked, fine)
    return _trimmed(_curved(draws, inked, writer.curve))


def _thinned(ink: Glyph, fine: int) -> Glyph:
    """Take the rim off broad strokes, in a picture `fine` times as large, and bring it to its size.

    Narrow ones stay as they are: no pen writes fainter because it is fine.
    """
    drawn = (ink * 255).astype(np.uint8)
    inside = _spread(drawn, np.minimum, 1)
    broad = _spread(_spread(inside, np.minimum, 1), np.maximum, 3)
    kept = np.where(broad > _HALF, inside, drawn)
    return _levels(Image.fromarray(kept).reduce(fine))


def _worn(ink: Glyph, fine: int) -> Glyph:
    """Take the rim off all strokes: of narrow ones a third of their darkness is left."""
    drawn = (ink * 255).astype(np.uint8)
    inside = _levels(Image.fromarray(_spread(drawn, np.minimum, 1)).reduce(fine))
    narrow = _levels(Image.fromarray(drawn).reduce(fine)) * _LEFT_OF_NARROW
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


def _line(draws: np.random.Generator, reach: tuple[float, float], width: float) -> Glyph:
    """Draw a short stroke; reach is how far its end is from its start, in pixels."""
    across, down = reach
    bend = draws.normal(0, 0.08) * math.hypot(across, down)
    pad = width + abs(bend) + 2
    start = (pad + max(0.0, -across), pad + max(0.0, -down))
    end = (start[0] + across, start[1] + down)
    middle = ((start[0] + end[0]) / 2 + bend * 0.5, (start[1] + end[1]) / 2 + bend)
    size = (int(2 * pad + abs(across)) + 2, int(2 * pad + abs(down)) + 2)
    canvas = Image.new("L", (2 * size[0], 2 * size[1]))
    _pull(ImageDraw.Draw(canvas), [(2 * x, 2 * y) for x, y in (start, middle, end)], 2 * width)
    return _trimmed(_levels(canvas.reduce(2)))


def _strokes(draws: np.random.Generator, writer: Writer) -> Glyph:
    """Draw a glyph of strokes that no script has."""
    side = max(8.0, writer.height * draws.uniform(0.6, 1.3))
    canvas = Image.new("L", (int(2.4 * side) + 8, int(2.4 * side) + 8))
    pen = ImageDraw.Draw(canvas)
    thick = 2 * writer.height * float(np.clip(draws.normal(0.11, 0.03), 0.05, 0.2))
    for _ in range(draws.integers(2, 5)):
        ends = draws.uniform(0.05, 0.95, (3, 2)) * 2.2 * side + 4
        t = np.linspace(0, 1, 8)[:, None]
        curve = (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2]
        _pull(pen, [(float(x), float(y)) for x, y in curve], thick)
    return _trimmed(_levels(canvas.reduce(2)))


def _printed(draws: np.random.Generator, text: str, height: float, *, upright: bool) -> Glyph:
    """Set a text in the font that comes with Pillow, bent unless it is to stand upright."""
    size = max(8, round(height * 1.4))
    font = ImageFont.load_default(size)
    bold = int(draws.integers(0, max(2, size // 12)))
    left, top, right, bottom = font.getbbox(text, stroke_width=bold)
    tall, wide = int(bottom - top) + 4, int(right - left) + 4
    canvas = Image.new("L", (wide, tall))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, 255, font, stroke_width=bold)
    if not upright:
        slant = draws.uniform(-0.4, 0.4)
        matrix = (
            1.0,
            slant,
            -slant * tall / 2,
            draws.normal(0, 0.05),
            draws.uniform(0.9, 1.1),
            0.0,
        )
        canvas = canvas.transform(
            canvas.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
    return _trimmed(_levels(canvas))


def _levels(picture: Image.Image) -> Glyph:
    return np.asarray(picture, np.float32) * np.float32(1 / 255)


def _trimmed(ink: Glyph) -> Glyph:
    """Crop to the ink; a glyph without any becomes one pixel of it."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    if not len(rows):
        return np.ones((1, 1), np.float32)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
