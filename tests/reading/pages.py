"""Pages of handwritten numbers to read, drawn from a seed: what stands where is known.

Digits are real ones of mnist-5k, turned into strokes on paper with light, rules and boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data.handwriting.strokes import Nib, bent, draw_strokes
from inkdigit.data.sources.sample import read_sample
from inkdigit.pictures.decode import Pixels
from inkdigit.types import Images

Paper = Literal["plain", "ruled", "squared"]


@dataclass(frozen=True)
class Written:
    """A page, and the corners of its numbers: (numbers, 4 corners, x and y), in reading order."""

    pixels: Pixels
    corners: NDArray[np.float64]
    rows: tuple[int, ...]  # how many numbers stand on each line

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(numbers, 4): left, top, right, bottom."""
        return np.concatenate((self.corners.min(axis=1), self.corners.max(axis=1)), axis=1)


@cache
def _digits() -> Images:
    return read_sample()[0]


@dataclass
class Desk:
    """A page that is being written: ink from 0 to 1 on paper."""

    ink: NDArray[np.float32]
    draws: np.random.Generator

    def write(self, left: float, base: float, height: float, digits: int) -> list[float]:
        """Write a number of random digits; gives its box."""
        images = _digits()
        boxes = []
        x = left
        for _ in range(digits):
            digit = images[self.draws.integers(len(images)), ..., 0]
            rows, columns = np.nonzero(digit > 80)
            digit = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            tall = height * self.draws.uniform(0.85, 1.1)
            scale = tall / digit.shape[0] if digit.shape[0] >= 16 else height / 20
            size = (max(3, round(digit.shape[1] * scale)), max(3, round(digit.shape[0] * scale)))
            glyph = cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC) / np.float32(255)
            top = round(base - size[1] + self.draws.uniform(-0.05, 0.05) * height)
            place = slice(top, top + size[1]), slice(round(x), round(x) + size[0])
            self.ink[place] = np.maximum(self.ink[place], glyph)
            boxes.append((round(x), top, round(x) + size[0], top + size[1]))
            x += size[0] + self.draws.uniform(0.08, 0.35) * height
        all_boxes = np.array(boxes)
        return [*all_boxes[:, :2].min(axis=0).tolist(), *all_boxes[:, 2:].max(axis=0).tolist()]

    def line(self, start: tuple[float, float], end: tuple[float, float], level: float) -> None:
        """Print a thin straight line."""
        width = max(1, round(min(self.ink.shape) / 500))
        points = [(round(x), round(y)) for x, y in (start, end)]
        layer = np.zeros_like(self.ink)
        cv2.line(layer, points[0], points[1], level, width, cv2.LINE_AA)
        np.maximum(self.ink, layer, out=self.ink)

    def grid(self, step: float, level: float, *, across: bool = True, down: bool = True) -> None:
        """Print a grid, or only the lines of one direction, all over the page."""
        height, width = self.ink.shape
        thick = max(1, round(min(height, width) / 500))
        for y in np.arange(step, height, step) if across else ():
            rows = self.ink[round(y) : round(y) + thick]
            np.maximum(rows, level, out=rows)
        for x in np.arange(step, width, step) if down else ():
            columns = self.ink[:, round(x) : round(x) + thick]
            np.maximum(columns, level, out=columns)


def table(paper: Desk, rows: int, columns: int, *, width: int = 130, height: int = 56) -> None:
    """Rule a table from (60, 40) on."""
    for row in range(rows + 1):
        y = 40 + height * row
        paper.line((60, y), (60 + width * columns, y), 0.8)
    for column in range(columns + 1):
        x = 60 + width * column
        paper.line((x, 40), (x, 40 + height * rows), 0.8)


def page(
    seed: int,
    *,
    paper: Paper = "plain",
    boxed: bool = False,
    lines: int = 8,
    size: tuple[int, int] = (1000, 750),
    digit_height: float = 34,
) -> Written:
    """Write lines of three columns of numbers.

    Args:
        seed: of all that is drawn by chance.
        paper: what is printed on it.
        boxed: a table of ruled cells around the numbers.
        lines: that are written; 0 leaves the paper as it is.
        size: width and height in pixels.
        digit_height: pixels.
    """
    width, height = size
    desk = Desk(np.zeros((height, width), np.float32), np.random.default_rng(seed))
    if paper == "ruled":
        desk.grid(1.9 * digit_height, 0.35, down=False)
    if paper == "squared":
        desk.grid(0.75 * digit_height, 0.3)
    boxes: list[list[float]] = []
    row_height = (height - 80) / max(lines, 8)
    column_width = (width - 80) / 3
    for row in range(lines):
        base = 40 + row_height * (row + 0.5) + digit_height / 2
        for column in range(3):
            left = 40 + column_width * column + desk.draws.uniform(0.3, 1) * digit_height
            boxes.append(desk.write(left, base, digit_height, int(desk.draws.integers(1, 6))))
    if boxed:
        for row in range(lines + 1):
            y = 40 + row_height * row
            desk.line((40, y), (40 + 3 * column_width, y), 0.8)
        for column in range(4):
            x = 40 + column_width * column
            desk.line((x, 40), (x, 40 + lines * row_height), 0.8)
    return written(desk, boxes, (3,) * lines)


def written(desk: Desk, boxes: list[list[float]], rows: tuple[int, ...]) -> Written:
    """Bring what was written to paper."""
    grain = desk.draws.normal(0, 3, desk.ink.shape)
    grey = np.clip(228 - 185 * desk.ink + grain, 0, 255).astype(np.uint8)
    corners = [
        [(left, top), (right, top), (right, bottom), (left, bottom)]
        for left, top, right, bottom in boxes
    ]
    return Written(grey[..., None], np.array(corners, float).reshape(-1, 4, 2), rows)


def inverted(page: Written) -> Written:
    """Light on dark."""
    return replace(page, pixels=255 - page.pixels)


def shaded(page: Written, *, least: float = 0.45, edge: bool = False) -> Written:
    """Let the light fall off to one corner, or put half of the page in a shadow with an edge."""
    height, width = page.pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    share = (x / width + y / height) / 2
    if edge:
        share = 1 / (1 + np.exp((0.5 - share) * 120))
    light = 1 - (1 - least) * share
    return replace(page, pixels=(page.pixels * light[..., None]).astype(np.uint8))


def round_shadow(
    shape: tuple[int, ...], tip: float, soft: float, *, shade: float
) -> NDArray[np.float64]:
    """Light that is left of a shadow whose rim is a parabola, `soft` pixels wide."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    inside = (x - tip * width - (y - 0.3 * height) ** 2 / 600) / soft
    return np.asarray(1 - shade / (1 + np.exp(-inside)), np.float64)


def in_shadow(
    page: Written, outline: list[tuple[float, float]], *, light: float = 0.5, soft: float = 2
) -> Written:
    """Let something throw its shadow on the page.

    Args:
        page: as it was.
        outline: of the shadow, in shares of the page's width and height.
        light: that is left there.
        soft: pixels that its edge is blurred by.
    """
    height, width = page.pixels.shape[:2]
    lit = np.ones((height, width), np.float32)
    points = np.rint(np.array(outline) * (width, height)).astype(np.int32)
    cv2.fillPoly(lit, [points], light)
    lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), soft), np.float32)
    return replace(page, pixels=(page.pixels * lit[..., None]).astype(np.uint8))


def scaled(page: Written, times: float) -> Written:
    """Take the picture at another resolution."""
    resample = cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(page.pixels, None, fx=times, fy=times, interpolation=resample)
    return replace(
        page, pixels=np.asarray(pixels, np.uint8)[..., None], corners=page.corners * times
    )


def turned(page: Written, degrees: float) -> Written:
    """Turn the page in the picture; what comes into sight is paper."""
    height, width = page.pixels.shape[:2]
    about = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return _moved(page, np.vstack((about, (0, 0, 1))), (width, height), cv2.BORDER_REPLICATE)


def photographed(page: Written, seed: int, *, tilt: float = 0.12, table: int = 60) -> Written:
    """Lay the page on a dark table and take a picture of it aslant."""
    height, width = page.pixels.shape[:2]
    draws = np.random.default_rng(seed)
    margin = 0.1
    size = (round(width * (1 + 2 * margin)), round(height * (1 + 2 * margin)))
    start = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = (
        start
        + margin * np.array([width, height])
        + draws.uniform(-1, 1, (4, 2)) * tilt * min(width, height) / 2
    )
    inside = np.clip(moved, 8, np.array(size) - 8).astype(np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(start, inside), np.float64)
    laid = _moved(page, matrix, size, cv2.BORDER_CONSTANT, table)
    grain = draws.normal(0, 4, laid.pixels.shape)
    return replace(laid, pixels=np.clip(laid.pixels + grain, 0, 255).astype(np.uint8))


def _moved(
    page: Written, matrix: NDArray[np.float64], size: tuple[int, int], border: int, fill: int = 0
) -> Written:
    pixels = cv2.warpPerspective(
        page.pixels, matrix, size, flags=cv2.INTER_AREA, borderMode=border, borderValue=fill
    )
    corners = page.corners
    if len(corners):
        moved = cv2.perspectiveTransform(corners.reshape(-1, 1, 2), matrix)
        corners = np.asarray(moved, np.float64).reshape(-1, 4, 2)
    return replace(page, pixels=np.asarray(pixels, np.uint8)[..., None], corners=corners)


_BOLD = {
    "2": "4,22 24,0 48,20 40,50 0,100 ; 56,96",
    "4": "8,0 0,58 ; 50,54 / 40,20 36,100",
    "5": "46,2 10,2 ; 6,44 30,34 52,62 34,98 0,92",
    "7": "0,4 48,0 ; 18,100",
}


def bold(text: str, thick: float, size: int) -> NDArray[np.uint8]:
    """Write dark on light as `bold_ink` does: (height, width)."""
    return np.asarray(245 - 220 * bold_ink(text, thick, size), np.uint8)


def bold_ink(text: str, thick: float, size: int) -> NDArray[np.float32]:
    """Write a number of the digits 2, 4, 5 and 7 alone: (height, width), 0 paper to 1 full ink.

    Args:
        text: the number.
        thick: width of its strokes, as a share of their height.
        size: height of a digit in pixels.
    """
    draws = np.random.default_rng(5)
    shapes = [bent(draws, _BOLD[digit], 2.0) for digit in text]
    nib = Nib(thick, pressure=0.0)
    glyphs = [draw_strokes(draws, shape, nib, size=size, form=(1.0, 0.1)) for shape in shapes]
    tallest = max(map(len, glyphs))
    padded = [np.pad(ink, ((0, tallest - len(ink)), (0, size // 4))) for ink in glyphs]
    return np.asarray(np.pad(np.concatenate(padded, axis=1), size // 2), np.float32)


def clutter(seed: int, size: tuple[int, int] = (1000, 750)) -> Pixels:
    """Draw things one upon the other in greys, as leaves or a crowded desk: (height, width, 1)."""
    draws = np.random.default_rng(seed)
    width, height = size
    ground = np.full((height, width), 120, np.uint8)
    for _ in range(1500):
        middle = int(draws.integers(0, width)), int(draws.integers(0, height))
        axes = int(draws.integers(4, 40)), int(draws.integers(2, 14))
        angle, grey = float(draws.uniform(0, 180)), int(draws.integers(30, 215))
        cv2.ellipse(ground, middle, axes, angle, 0, 360, grey, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(ground, (0, 0), 1.0), np.uint8)[..., None]


def with_note(ground: Pixels, note: Written, corners: Sequence[tuple[float, float]]) -> Pixels:
    """Lay a note on a ground.

    Args:
        ground: (height, width, 1).
        note: what is written on it.
        corners: where its corners lie on the ground, clockwise from its top left.
    """
    height, width = ground.shape[:2]
    tall, wide = note.pixels.shape[:2]
    start = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32)
    matrix = cv2.getPerspectiveTransform(start, np.array(corners, np.float32))
    laid = cv2.warpPerspective(note.pixels, matrix, (width, height), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones((tall, wide), np.uint8), matrix, (width, height))
    return np.where(cover[..., None] > 0, laid[..., None], ground)


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Shared area by the area of both."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    areas = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]))
    return shared / (areas - shared)
