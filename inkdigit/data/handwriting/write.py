"""What a writer writes, glyph after glyph: digits, separators, and signs that are neither."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.data.handwriting.additions import crossed, flagged_one, slashed
from inkdigit.data.handwriting.glyph import Glyph, levels_of, pull, trimmed
from inkdigit.data.handwriting.redrawn import redrawn
from inkdigit.data.handwriting.signs import draw_letters, draw_sign, draw_word
from inkdigit.data.handwriting.strokes import Nib, Shape, draw_strokes
from inkdigit.data.handwriting.writer import Writer

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZabcdefghjkmnpqrtuvwxyz"  # of print, that no digit looks like
_SIGNS = "$#*+=%&?<>@"  # of print, that no digit or separator looks like


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
        return trimmed(draw_strokes(draws, shape, nib, size=max(8.0, size), form=form))
    if digit == 7 and writer.crosses_sevens:
        picture = crossed(draws, picture)
    elif digit == 1 and writer.flags_ones and draws.random() < 0.85:
        picture = flagged_one(draws, foot=writer.foots_ones)
    elif digit == 0 and writer.slashes_zeros:
        picture = slashed(draws, picture)
    return redrawn(draws, writer, picture, size, wide=digit == 0)


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


def print_text(draws: np.random.Generator, text: str, height: float) -> Glyph:
    """Set a text in print.

    Args:
        draws: choose how bold it is.
        text: what to set.
        height: of its capitals, in pixels.
    """
    return _printed(draws, text, height, upright=True)


def _by_hand(draws: np.random.Generator, writer: Writer, shape: Shape) -> tuple[Glyph, float]:
    """Write a shape as tall as the writer's digits, or a little smaller."""
    thickness = float(np.clip(draws.normal(0.1, 0.03), 0.04, 0.2))
    nib = writer.hand.nib if writer.hand else Nib(thickness, pressure=0.0)
    size = writer.height * draws.uniform(0.75, 1.1)
    lowest = max(float(piece[:, 1].max()) for stroke in shape for piece in stroke)
    form = writer.width, writer.slant
    glyph = trimmed(draw_strokes(draws, shape, nib, size=max(8.0, size), form=form))
    return glyph, (1 - lowest / 100) * size / writer.height


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
    pull(ImageDraw.Draw(canvas), [(2 * x, 2 * y) for x, y in (start, middle, end)], 2 * width)
    return trimmed(levels_of(canvas.reduce(2)))


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
        pull(pen, [(float(x), float(y)) for x, y in curve], thick)
    return trimmed(levels_of(canvas.reduce(2)))


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
    return trimmed(levels_of(canvas))
