"""From a flat sheet to the picture that somebody has of it: colours, light, place and camera."""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inkdigit.data.composing.page_desk import Layer

Taken = Literal["screen", "scan", "photo", "close"]
Colours = NDArray[np.float32]  # (height, width, 3), 0 black to 255 white
Homography = NDArray[np.float64]  # (3, 3), of (x, y, 1)

_MOST_TILT_DEG = 15.0
_MOST_TURN_DEG = 3.0
_COARSE = 8  # light is drawn so many times smaller: it changes slowly
_INKS = ((20, 22, 30), (24, 40, 130), (35, 60, 165), (170, 25, 35), (15, 100, 60), (105, 105, 110))
_PRINTS = ((25, 25, 25), (60, 60, 70), (40, 70, 120), (150, 90, 90), (90, 130, 110))
_RULES = ((150, 175, 215), (175, 175, 180), (140, 150, 160), (215, 170, 160), (170, 200, 180))
_PAPERS = ((250, 250, 248), (238, 236, 230), (228, 224, 212), (252, 246, 214), (206, 190, 160))
_BOARDS = ((28, 30, 32), (30, 58, 46), (20, 34, 66))  # slate, blackboard, blueprint


@dataclass(frozen=True)
class Layers:
    """A flat sheet, layer by layer."""

    written: Layer
    printed: Layer
    ruled: Layer


def coloured(draws: np.random.Generator, layers: Layers, *, light_on_dark: bool) -> Colours:
    """Give paper, print and pen their colours."""
    choose = _BOARDS if light_on_dark else _PAPERS
    paper = np.array(choose[draws.integers(len(choose))], np.float64) + draws.normal(0, 3, 3)
    pen, prints, rules = (
        np.array(colours[draws.integers(len(colours))], np.float64)
        for colours in (_INKS, _PRINTS, _RULES)
    )
    if light_on_dark:
        pen, prints = 255 - pen * draws.uniform(0.1, 0.6), 230 - prints * 0.3
        rules = paper + draws.uniform(25, 70)
    rules = paper + (rules - paper) * draws.uniform(0.6, 1.0)
    strength = layers.written
    if draws.random() < 0.25:  # a pencil, a dry pen or chalk does not cover
        grain = draws.random(strength.shape, np.float32)
        strength = strength * (1 - draws.uniform(0.1, 0.4) * grain)
    flat = np.empty((*strength.shape, 3), np.float32)
    for channel in range(3):
        level = np.full(strength.shape, paper[channel], np.float32)
        for ink, colour in ((layers.ruled, rules), (layers.printed, prints), (strength, pen)):
            level += (np.float32(colour[channel]) - level) * ink
        flat[..., channel] = level
    return flat


def stained(draws: np.random.Generator, flat: Colours, unit: float) -> Colours:
    """Spill something: blots and rings that take some of the light, never as much as a pen."""
    height, width = flat.shape[:2]
    for _ in range(draws.integers(1, 4)):
        radius = unit * draws.uniform(1, 5)
        x, y = draws.uniform(0, width), draws.uniform(0, height)
        left, right = int(max(0, x - 1.3 * radius)), int(min(width, x + 1.3 * radius))
        top, bottom = int(max(0, y - 1.3 * radius)), int(min(height, y + 1.3 * radius))
        if right - left < 4 or bottom - top < 4:
            continue
        rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
        far = np.hypot(rows - y, columns - x) / radius
        soft = draws.uniform(0.05, 0.3)
        share = np.clip((1 - far) / soft, 0, 1)
        if draws.random() < 0.4:  # a ring, left by a cup
            share = np.clip(1 - np.abs(far - 1) / draws.uniform(0.05, 0.12), 0, 1)
        tint = 1 - draws.uniform(0.05, 0.22) * np.array([0.5, 0.8, 1.2], np.float32)
        flat[top:bottom, left:right] *= 1 - share[..., None] * (1 - tint)
    return flat


def lit(draws: np.random.Generator, picture: Colours, taken: Taken) -> Colours:
    """Let the light of a lamp fall on it, with a shadow, and less of it at the corners."""
    if taken == "screen" or (taken == "scan" and draws.random() < 0.6):
        return picture
    height, width = picture.shape[:2]
    rows, columns = max(2, height // _COARSE), max(2, width // _COARSE)
    y, x = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None]
    slopes = draws.normal(0, 0.06 if taken == "scan" else 0.16, 2)
    light = np.clip(1 + slopes[0] * y + slopes[1] * x, 0.4, 1.3)
    if taken != "scan":
        light = light / (1 + draws.uniform(0, 0.35) * (x * x + y * y) / 2) ** 2  # vignette
        if draws.random() < 0.5:
            light = light * _shadow(draws, rows, columns)
    small = Image.fromarray(light.astype(np.float32))
    drawn = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))
    return np.asarray(picture * drawn[..., None], np.float32)


def _shadow(draws: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    """Draw the shadow of a hand or a telephone: a soft-edged half plane, or a round end."""
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    turn = draws.uniform(0, 2 * np.pi)
    start_x, start_y = columns * draws.uniform(0.1, 0.9), rows * draws.uniform(0.1, 0.9)
    along = np.cos(turn) * (x - start_x) + np.sin(turn) * (y - start_y)
    if draws.random() < 0.5:
        across = np.cos(turn) * (y - start_y) - np.sin(turn) * (x - start_x)
        along = along - across**2 / (columns * draws.uniform(0.2, 0.6))
    soft = max(rows, columns) * draws.uniform(0.004, 0.06)
    share = 1 / (1 + np.exp(np.clip(-along / soft, -60, 60)))
    return np.asarray(1 - draws.uniform(0.15, 0.5) * share, np.float64)


def placed(
    draws: np.random.Generator, flat: Colours, size: tuple[int, int], taken: Taken
) -> tuple[Colours, Homography]:
    """Show a sheet as it lies in a picture of that width and height.

    Returns:
        The picture, and what takes (x, y) of the sheet there.
    """
    height, width = flat.shape[:2]
    if taken == "screen":
        return flat, np.eye(3)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    middle = np.array([width, height]) / 2
    tilt = _MOST_TILT_DEG if taken != "scan" else 0.0
    yaw, pitch = np.deg2rad(draws.uniform(-tilt, tilt, 2)).tolist()
    seen = _tilted(corners - middle, yaw, pitch, 1.3 * max(width, height))
    turn = np.deg2rad(draws.uniform(-_MOST_TURN_DEG, _MOST_TURN_DEG))
    seen = seen @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    span = np.ptp(seen, axis=0)
    room = {"scan": 1.0, "photo": draws.uniform(0.82, 0.95), "close": draws.uniform(1.0, 1.12)}
    seen *= room[taken] * float((np.array(size) / span).min())
    aside = draws.uniform(-0.5, 0.5, 2) * np.maximum(np.array(size) - np.ptp(seen, axis=0), 0)
    seen += np.array(size) / 2 - (seen.min(axis=0) + seen.max(axis=0)) / 2 + aside * 0.8
    return _shown(draws, flat, (corners, seen), size, taken)


def _shown(
    draws: np.random.Generator,
    flat: Colours,
    corners: tuple[NDArray[np.float64], NDArray[np.float64]],
    size: tuple[int, int],
    taken: Taken,
) -> tuple[Colours, Homography]:
    there = homography(*corners)
    back = np.linalg.inv(there)
    back /= back[2, 2]
    whole = Image.fromarray(np.clip(flat, 0, 255).astype(np.uint8))
    drawn = whole.transform(
        size, Image.Transform.PERSPECTIVE, tuple(back.ravel()[:8]), Image.Resampling.BICUBIC
    )
    ground = _ground(draws, size, scanned=taken == "scan")
    sheet = Image.new("L", whole.size, 255).transform(
        size, Image.Transform.PERSPECTIVE, tuple(back.ravel()[:8]), Image.Resampling.BILINEAR
    )
    ground.paste(drawn, (0, 0), sheet)
    return np.asarray(ground, np.float32), there


def _tilted(
    points: NDArray[np.float64], yaw: float, pitch: float, far: float
) -> NDArray[np.float64]:
    """Look at points of a plane from `far` above, the plane turned about both of its axes."""
    x, y = points.T
    depth = far + x * np.sin(yaw) + y * np.sin(pitch)
    seen = np.stack((x * np.cos(yaw), y * np.cos(pitch)), axis=1) * (far / depth)[:, None]
    return np.asarray(seen, np.float64)


def homography(start: NDArray[np.float64], end: NDArray[np.float64]) -> Homography:
    """Find what takes four points, (4, 2), to four others."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(start.tolist(), end.tolist(), strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        wanted += [u, v]
    solved = np.linalg.solve(np.array(rows, np.float64), np.array(wanted, np.float64))
    found: Homography = np.append(solved, 1.0).reshape(3, 3)
    return found


def _ground(draws: np.random.Generator, size: tuple[int, int], *, scanned: bool) -> Image.Image:
    """Draw what the sheet lies on: a scanner's lid, a table of wood or cloth, dark or bright."""
    if scanned:
        return Image.new("RGB", size, (int(draws.choice((255, 245, 20))),) * 3)
    colour = np.array([draws.uniform(25, 190)] * 3) * draws.uniform(0.75, 1.1, 3)
    grain = (size[0] // 6 + 2, size[1] // 60 + 2) if draws.random() < 0.5 else (60, 60)
    noise = Image.fromarray(draws.integers(0, 256, grain[::-1], np.uint8))
    level = np.asarray(noise.resize(size, Image.Resampling.BICUBIC), np.float32) / 255 - 0.5
    table = colour[None, None] * (1 + draws.uniform(0.05, 0.5) * level[..., None])
    return Image.fromarray(np.clip(table, 0, 255).astype(np.uint8))


def exposed(draws: np.random.Generator, picture: Colours, taken: Taken) -> NDArray[np.uint8]:
    """Take the picture: blur, noise and compression."""
    if taken == "screen":
        return np.asarray(np.clip(picture, 0, 255), np.uint8)
    scale = (picture.shape[0] * picture.shape[1] / 2e6) ** 0.5  # large sensors blur more pixels
    noise = float(draws.gamma(1.5, 1.5))
    picture += draws.standard_normal(picture.shape, np.float32) * np.float32(noise)
    shot = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if draws.random() < 0.6:
        blur = float(draws.uniform(0.3, 0.9)) * max(0.7, min(scale, 2))
        shot = shot.filter(ImageFilter.GaussianBlur(blur))
    if draws.random() < 0.6:
        held = io.BytesIO()
        shot.save(held, "JPEG", quality=int(draws.integers(45, 95)))
        shot = Image.open(held)
    return np.asarray(shot)
