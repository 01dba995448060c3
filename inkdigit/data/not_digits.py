"""Pictures that are no digit, drawn by chance: what a network must learn to reject.

They are made, not collected, so that nothing that rejection is measured on was ever learned from:
glyphs of random strokes, printed letters and signs, digits that are squeezed together, cut,
mirrored or turned, filled shapes, clouds, scribbles and patterns. All are framed as digits are.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from inkdigit.pictures.frame import SIDE, frame
from inkdigit.types import Images, Labels

_CANVAS = 112  # pixels a side that shapes are drawn on: four times a digit's
_LETTERS = "ACEFGHJKMNPQRTUVWXYadefhijkmnprtuvwxy"  # no twin of a digit
_SIGNS = "&@#$%?+=*<>~^"
_MIRRORED = (3, 4, 7, 9)  # what these become is no digit
_LOPSIDED = (2, 3, 4, 5, 6, 7, 9)
_TURNED = (2, 3, 4, 5, 7)  # likewise, by a quarter
_UPSIDE_DOWN = (4, 7)
_NARROW = 0.4  # of the shapes
_MARGIN = 6  # pixels: strokes at a border would count as a neighbour's

Points = NDArray[np.float64]  # (n, 2): x and y on the canvas
Digits = tuple[Images, Labels]
Draw = Callable[[np.random.Generator, Digits], Image.Image]


def draw_not_digits(count: int, digits: Digits, seed: int) -> Images:
    """Draw pictures of no digit.

    Args:
        count: how many.
        digits: real ones, framed, some of which are squeezed, cut, mirrored and turned; their
            labels are the digits themselves, and all ten are among them.
        seed: the same one draws the same pictures, with the same Pillow.

    Returns:
        (count, 28, 28, 1), light on dark, framed; none is blank.
    """
    draws = np.random.default_rng(seed)
    names, shares = zip(*_KINDS.items(), strict=True)
    pictures = np.empty((count, SIDE, SIDE, 1), np.uint8)
    filled = 0
    while filled < count:
        draw: Draw = names[draws.choice(len(names), p=np.array(shares) / sum(shares))]
        framed = frame(np.asarray(draw(draws, digits))[..., None])
        if framed.any():
            pictures[filled] = framed
            filled += 1
    return pictures


def _strokes(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Draw a glyph of two to five curved strokes, as a pen of one width does."""
    canvas, pen = _blank()
    width = int(draws.integers(5, 15))
    for _ in range(draws.integers(2, 6)):
        _line(pen, _curve(draws), width)
    return canvas


def _crossed(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Draw straight strokes between few points, as signs and many scripts have them."""
    canvas, pen = _blank()
    width = int(draws.integers(5, 13))
    points = draws.uniform(12, _CANVAS - 12, (draws.integers(4, 7), 2))
    pairs = list(combinations(range(len(points)), 2))
    for pair in draws.permutation(pairs)[: draws.integers(3, 7)]:
        _line(pen, points[pair], width)
    if draws.random() < 0.4:
        x, y = draws.uniform(20, _CANVAS - 20, 2)
        radius = draws.uniform(6, 24)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=255, width=width)
    return canvas


def _letter(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Draw a letter or a sign of print, its strokes as thick as chance has it, and bend it."""
    signs = _LETTERS if draws.random() < 0.75 else _SIGNS
    canvas, pen = _blank()
    pen.text(
        (_CANVAS / 2, _CANVAS / 2),
        signs[draws.integers(len(signs))],
        255,
        _font(),
        anchor="mm",
        stroke_width=int(draws.integers(0, 5)),
    )
    return _bent(canvas, draws)


def _squeezed(draws: np.random.Generator, digits: Digits) -> Image.Image:
    """Put two or three digits side by side, as if nobody had cut them apart."""
    count = int(draws.integers(2, 4))
    canvas = Image.new("L", (SIDE + 20 * (count - 1) + 2 * _MARGIN, SIDE + 2 * _MARGIN))
    x = _MARGIN
    for _ in range(count):
        canvas.paste(255, (x, _MARGIN + int(draws.integers(-3, 4))), _some(draws, digits))
        x += int(draws.integers(13, 20))
    return canvas


def _stacked(draws: np.random.Generator, digits: Digits) -> Image.Image:
    """Write one digit over another one, which is no 1: that would hide in a stroke."""
    first, second = draws.choice([label for label in range(10) if label != 1], 2, replace=False)
    canvas = Image.new("L", (SIDE + 4 * _MARGIN, SIDE + 4 * _MARGIN))
    middle = 2 * _MARGIN
    canvas.paste(255, (middle, middle), _some(draws, digits, (int(first),)))
    x, y = middle + draws.integers(-7, 8, 2)
    canvas.paste(255, (int(x), int(y)), _some(draws, digits, (int(second),)))
    return canvas


def _cut(draws: np.random.Generator, digits: Digits) -> Image.Image:
    """Put about half of a digit beside the mirrored half of another."""
    one, other = (np.asarray(_some(draws, digits, _LOPSIDED)) for _ in range(2))
    whole = np.where(np.arange(SIDE)[:, None] < draws.integers(11, 17), one, other[:, ::-1])
    return Image.fromarray(np.pad(whole if draws.random() < 0.5 else whole.T, _MARGIN))


def _mirrored(draws: np.random.Generator, digits: Digits) -> Image.Image:
    return _some(draws, digits, _MIRRORED).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _turned(draws: np.random.Generator, digits: Digits) -> Image.Image:
    ways = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)
    return _some(draws, digits, _TURNED).transpose(ways[draws.integers(2)])


def _upside_down(draws: np.random.Generator, digits: Digits) -> Image.Image:
    return _some(draws, digits, _UPSIDE_DOWN).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def _shape(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Fill polygons and ellipses, often the same on both sides, and give them a texture.

    Some are narrow: a broad stroke may be a 1, and what is broader, or not straight, is none.
    """
    canvas, pen = _blank()
    for _ in range(draws.integers(1, 5)):
        grey = int(draws.integers(90, 256))
        if draws.random() < 0.5:
            left, top = draws.uniform(0, 70, 2)
            width, height = draws.uniform(14, 100, 2)
            pen.ellipse((left, top, left + width, top + height), fill=grey)
        else:
            corners = draws.uniform(4, _CANVAS - 4, (draws.integers(3, 7), 2))
            pen.polygon([tuple(corner) for corner in corners.tolist()], fill=grey)
    if draws.random() < 0.6:
        half = canvas.crop((0, 0, _CANVAS // 2, _CANVAS))
        canvas.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (_CANVAS // 2, 0))
    if draws.random() < _NARROW:
        canvas = canvas.resize((round(_CANVAS * draws.uniform(0.25, 0.6)), _CANVAS))
        canvas = ImageOps.expand(canvas, _MARGIN)
    return _textured(canvas, draws)


def _cloud(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Smooth noise, and cut it off at a level."""
    radius = float(draws.uniform(0.5, 12))
    noise = Image.fromarray(draws.integers(0, 256, (_CANVAS, _CANVAS), np.uint8))
    smooth = np.asarray(noise.filter(ImageFilter.GaussianBlur(radius)), np.float32)
    level = np.quantile(smooth, draws.uniform(0.4, 0.95))
    ink = np.clip((smooth - level) / max(float(np.ptp(smooth)), 1) * draws.uniform(2, 12), 0, 1)
    return Image.fromarray((ink * 255).astype(np.uint8))


def _pattern(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Draw bars, a grid, or dots."""
    y, x = np.mgrid[:_CANVAS, :_CANVAS]
    turn, period = draws.uniform(0, math.pi), draws.uniform(10, 45)
    along = np.cos(turn) * x + np.sin(turn) * y
    across = np.cos(turn) * y - np.sin(turn) * x
    one, other = (
        np.sin(v * 2 * math.pi / period) > draws.uniform(-0.3, 0.7) for v in (along, across)
    )
    mask = (one, one | other, one & other)[draws.integers(3)]
    window, pen = _blank()
    left, top = draws.uniform(2, 40, 2)
    pen.rectangle((left, top, *(draws.uniform(60, _CANVAS - 2, 2))), fill=255)
    return Image.fromarray(np.where(mask, np.asarray(window), 0).astype(np.uint8))


def _scribble(draws: np.random.Generator, _digits: Digits) -> Image.Image:
    """Draw one long line that wanders about."""
    canvas, pen = _blank()
    steps = np.cumsum(draws.normal(0, 1, (int(draws.integers(25, 120)), 2)), axis=0)
    low, high = steps.min(axis=0), steps.max(axis=0)
    points = 10 + (steps - low) / np.maximum(high - low, 1e-6) * (_CANVAS - 20)
    _line(pen, points, int(draws.integers(4, 10)))
    return canvas


_KINDS: dict[Draw, float] = {  # how often, beside each other
    _strokes: 5,
    _crossed: 3,
    _letter: 5,
    _squeezed: 2,
    _stacked: 1,
    _cut: 0.5,
    _mirrored: 1.5,
    _turned: 1.5,
    _upside_down: 0.5,
    _shape: 9,
    _cloud: 1.5,
    _pattern: 1,
    _scribble: 1.5,
}


def _blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    canvas = Image.new("L", (_CANVAS, _CANVAS))
    return canvas, ImageDraw.Draw(canvas)


def _curve(draws: np.random.Generator) -> Points:
    """Give twenty points of a cubic Bézier curve."""
    ends = draws.uniform(10, _CANVAS - 10, (2, 2))
    bends = draws.uniform(-20, _CANVAS + 20, (2, 2))
    t = np.linspace(0, 1, 20)[:, None]
    shares = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    points = (ends[0], *bends, ends[1])
    parts = [share * point for share, point in zip(shares, points, strict=True)]
    return np.asarray(np.sum(parts, axis=0))


def _line(pen: ImageDraw.ImageDraw, points: Points, width: int) -> None:
    """Draw a line with round ends."""
    places = [(float(x), float(y)) for x, y in points]
    pen.line(places, 255, width, joint="curve")
    for x, y in (places[0], places[-1]):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _bent(canvas: Image.Image, draws: np.random.Generator) -> Image.Image:
    """Slant, turn and stretch a picture as handwriting does."""
    turn = draws.uniform(-0.3, 0.3)
    slant, stretch = draws.uniform(-0.4, 0.4), draws.uniform(0.8, 1.25)
    cos, sin, middle = math.cos(turn), math.sin(turn), _CANVAS / 2
    a, b, c, d = cos * stretch, cos * slant - sin, sin * stretch, sin * slant + cos
    matrix = (a, b, middle - a * middle - b * middle, c, d, middle - c * middle - d * middle)
    return canvas.transform(canvas.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def _textured(canvas: Image.Image, draws: np.random.Generator) -> Image.Image:
    """Take some of the brightness of a shape away, smoothly or in stripes."""
    noise = Image.fromarray(draws.integers(0, 256, (14, 14), np.uint8))
    cloth = np.asarray(noise.resize(canvas.size, Image.Resampling.BICUBIC), np.float32) / 255
    depth = draws.uniform(0, 0.6)
    return Image.fromarray((np.asarray(canvas, np.float32) * (1 - depth * cloth)).astype(np.uint8))


def _some(
    draws: np.random.Generator, digits: Digits, labels: tuple[int, ...] | None = None
) -> Image.Image:
    """Choose a digit, of any or of some labels."""
    images, truth = digits
    while True:
        index = draws.integers(len(images))
        if labels is None or truth[index] in labels:
            return Image.fromarray(images[index, ..., 0])


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(80)  # comes with Pillow
