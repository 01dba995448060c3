"""Paper, light and camera: what lies under handwriting in real pictures, drawn by chance."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_USUAL = 40.0  # pixels of writing that the patterns' sizes below are meant for
_FINEST = 3.0  # pixels of a pattern's period: a camera blurs finer ones
_LEAST = 40.0  # levels between paper and ink: fainter writing cannot be read in bad light
_LEAST_OF_FAINT = 30.0  # and of what is hardly to be read

_STAMPED = ("PAID", "COPY", "RECEIVED", "VOID", "FILED", "OK", "DRAFT", "ENTERED")

Grey = NDArray[np.float32]  # (height, width), 0 black to 255 white


def draw_paper(
    draws: np.random.Generator,
    height: int,
    width: int,
    *,
    busy: float = 0.5,
    writing: float = 40.0,
) -> Grey:
    """Draw an empty sheet.

    Args:
        draws: what chance decides with.
        height: in pixels.
        width: in pixels.
        busy: probability that something is printed on it: waves, hatching, dots, cloth.
        writing: height in pixels of what will be written on it; patterns are as fine, compared
            with it, as printers make them.
    """
    paper = np.full((height, width), draws.uniform(130, 252), np.float32)
    if draws.random() < busy:
        for _ in range(draws.integers(1, 4)):
            pattern = _PATTERNS[draws.integers(len(_PATTERNS))]
            paper -= pattern(draws, height, width, max(0.5, writing / _USUAL))
    return paper


def write_on(
    draws: np.random.Generator, paper: Grey, ink: NDArray[np.float32], *, faint: bool = False
) -> Grey:
    """Lay ink on paper: a pen of some darkness and evenness.

    Args:
        draws: what chance decides with.
        paper: what is written on.
        ink: (height, width) in 0 to 1.
        faint: it may be hardly darker than the paper.
    """
    level = float(np.median(paper))
    printed = level - float(np.percentile(paper, 3))  # how dark what is printed on it is
    least = _LEAST_OF_FAINT if faint else _LEAST
    dark = level - max(least, draws.uniform(0.25, 1.0) * level, draws.uniform(1.5, 4) * printed)
    strength = ink
    if draws.random() < 0.35:  # a pencil or a dry pen does not cover
        grain = draws.random(paper.shape, np.float32)
        strength = ink * (1 - draws.uniform(0.1, 0.55) * grain)
    written: Grey = paper * (1 - strength) + np.clip(dark, 4, paper) * strength
    return written


def photograph(
    draws: np.random.Generator, picture: Grey, *, even_noise: bool = False
) -> NDArray[np.uint8]:
    """Give a picture the light, blur, noise and compression of a camera or scanner.

    Args:
        draws: what chance decides with.
        picture: what is taken.
        even_noise: a cheap scanner's, as strong in the dark as in the light.
    """
    height, width = picture.shape
    if draws.random() < 0.5:
        y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
        slopes = draws.normal(0, 0.12, 2)
        light = np.clip(1 + slopes[0] * y + slopes[1] * x, 0.4, 1.4).astype(np.float32)
        picture = picture * (light / light.max())  # brighter than white would wash strokes out
    if draws.random() < 0.15:
        picture = picture * _shadow(draws, height, width)
    if draws.random() < 0.8:
        noise = draws.standard_normal(picture.shape, np.float32)
        if not even_noise:  # little light makes little noise
            noise *= np.sqrt(np.clip(picture, 0, 255) / 255)
        picture = picture + noise * float(draws.gamma(1.2, 3.0 if even_noise else 4.0))
    taken = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if draws.random() < 0.6:
        taken = taken.filter(ImageFilter.GaussianBlur(float(draws.uniform(0.2, 1.1))))
    if draws.random() < 0.35:
        held = io.BytesIO()
        taken.save(held, "JPEG", quality=int(draws.integers(25, 92)))
        taken = Image.open(held)
    return np.asarray(taken)


def draw_rules(
    draws: np.random.Generator, height: int, width: int, lines: list[float], *, upright: bool
) -> NDArray[np.float32]:
    """Draw printed straight lines as ink in 0 to 1.

    Args:
        draws: choose their width, darkness and slight tilt.
        height: in pixels.
        width: in pixels.
        lines: where they cross the middle: rows, or columns if `upright`.
        upright: they run from top to bottom.
    """
    ink = np.zeros((height, width), np.float32)
    thick = float(np.clip(draws.gamma(2, 0.7), 0.6, 4.5))
    dark, tilt = draws.uniform(0.35, 1.0), draws.normal(0, 0.008)
    y, x = np.arange(height)[:, None] + 0.5, np.arange(width)[None] + 0.5
    for line in lines:
        if upright:
            distance = np.abs(x - line - tilt * (y - height / 2))
        else:
            distance = np.abs(y - line - tilt * (x - width / 2))
        ink = np.maximum(ink, np.clip(thick / 2 + 0.5 - distance, 0, 1) * dark)
    return ink


def draw_stamp(
    draws: np.random.Generator, height: int, width: int, writing: float
) -> NDArray[np.float32]:
    """Draw the mark of a rubber stamp, or the ring of a cup, as ink in 0 to 1.

    Args:
        draws: choose whether it is round or has corners, its size, place, turn and evenness.
        height: in pixels.
        width: in pixels.
        writing: height of the writing that it may lie across, in pixels.
    """
    wide, tall = (round(2 * writing * draws.uniform(0.6, 2.5)) for _ in range(2))
    thick = max(1, round(writing * draws.uniform(0.03, 0.14)))
    mark = Image.new("L", (wide + 1, tall + 1))
    pen = ImageDraw.Draw(mark)
    outline = pen.ellipse if draws.random() < 0.6 else pen.rectangle
    for inset in (0, 3 * thick)[: draws.integers(1, 3)]:
        if 2 * (inset + thick) < min(wide, tall):
            outline((inset, inset, wide - inset, tall - inset), outline=255, width=thick)
    if draws.random() < 0.5:
        font = ImageFont.load_default(max(8, round(writing * draws.uniform(0.4, 1.0))))
        word = _STAMPED[draws.integers(len(_STAMPED))]
        pen.text((wide / 2, tall / 2), word, 255, font, anchor="mm")
    mark = mark.rotate(draws.uniform(-40, 40), Image.Resampling.BILINEAR, expand=True)
    sheet = Image.new("L", (width, height))
    sheet.paste(
        mark,
        (
            round(draws.uniform(-0.3, 1.0) * width - mark.width * 0.35),
            round(draws.uniform(0.0, 1.0) * height - mark.height / 2),
        ),
    )
    ink = np.asarray(sheet, np.float32) * np.float32(draws.uniform(0.3, 0.9) / 255)
    if draws.random() < 0.5:  # a rubber that was not wet everywhere
        ink *= draws.random(ink.shape, np.float32) ** np.float32(0.5)
    return ink


def _shadow(draws: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Draw a soft-edged half plane of less light."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = draws.uniform(0, 2 * np.pi)
    along = np.cos(turn) * (x - width * draws.random()) + np.sin(turn) * (
        y - height * draws.random()
    )
    soft = draws.uniform(2, 30)
    return np.asarray(1 - draws.uniform(0.1, 0.45) / (1 + np.exp(-along / soft)), np.float32)


def _waves(
    draws: np.random.Generator, height: int, width: int, scale: float
) -> NDArray[np.float32]:
    """Curved lines side by side, as on banknotes and cheques."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = draws.uniform(-0.9, 0.9) + (np.pi / 2 if draws.random() < 0.25 else 0)
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    bend = (
        scale * draws.uniform(0, 8) * np.sin(along * 2 * np.pi / (scale * draws.uniform(15, 120)))
    )
    if draws.random() < 0.3:  # circles about a far point
        far = draws.uniform(-1, 2, 2) * (height, width)
        across, bend = np.hypot(y - far[0], x - far[1]), 0
    period = max(_FINEST, scale * draws.uniform(3, 11))
    wave = np.sin((across + bend) * 2 * np.pi / period)
    thin = draws.uniform(-0.2, 0.85)
    return np.asarray(np.clip((wave - thin) * 3, 0, 1) * draws.uniform(6, 60), np.float32)


def _dots(draws: np.random.Generator, height: int, width: int, scale: float) -> NDArray[np.float32]:
    """A lattice of dots or little crosses."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn, period = draws.uniform(0, 1.6), max(_FINEST, scale * draws.uniform(3.5, 12))
    u, v = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    one, other = np.cos(u * 2 * np.pi / period), np.cos(v * 2 * np.pi / period)
    marks = np.maximum(one, other) if draws.random() < 0.3 else one + other - 0.9
    return np.asarray(np.clip(marks * 2 - 0.6, 0, 1) * draws.uniform(6, 60), np.float32)


def _cloth(
    draws: np.random.Generator, height: int, width: int, scale: float
) -> NDArray[np.float32]:
    """Blotches of any size."""
    rows, columns = (
        max(2, round(side / (scale * draws.uniform(1.5, 20)))) for side in (height, width)
    )
    noise = Image.fromarray(draws.integers(0, 256, (rows, columns), np.uint8))
    cloth = np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return np.asarray((cloth - 128) / 128 * draws.uniform(3, 28), np.float32)


def _hatching(
    draws: np.random.Generator, height: int, width: int, scale: float
) -> NDArray[np.float32]:
    """Straight parallel lines at any angle."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn, period = draws.uniform(0, np.pi), max(_FINEST, scale * draws.uniform(3, 11))
    wave = np.sin((np.cos(turn) * x + np.sin(turn) * y) * 2 * np.pi / period)
    thin = draws.uniform(0, 0.9)
    return np.asarray(np.clip((wave - thin) * 4, 0, 1) * draws.uniform(5, 55), np.float32)


_PATTERNS = (_waves, _waves, _dots, _cloth, _hatching)
