"""Digits drawn stroke by stroke, in the shapes that schools of the world teach and haste makes.

MNIST's writers learned to write in one country. A one with a long up-stroke, an open nine, a five
whose bar is all that is left of it, a two with a loop, a four like lightning: such shapes are kept
here as control points, and every hand bends them its own way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = NDArray[np.float64]  # (N, 2) x and y, in percent of a digit's height
Shape = tuple[tuple[Points, ...], ...]  # strokes of pieces; a piece begins where the last one ends

# Control points in percent of a digit's height, y downwards. A curve runs through the points of a
# piece; `;` is a corner, where the next piece begins at the last point; `/` lifts the pen.
_SHAPES: tuple[tuple[str, ...], ...] = (
    (  # 0
        "30,0 6,22 2,62 26,100 52,76 56,30 34,0",
        "38,4 10,10 0,55 24,100 60,80 64,30 40,2 24,10 34,22",
        "10,20 40,0 66,30 60,80 30,100 4,75 6,30 24,6",
        "34,2 8,20 2,64 28,100 56,74 56,28 36,4 30,14 46,20 72,10",
        "24,10 4,40 8,86 34,100 56,70 50,20 30,4",
        "44,8 8,24 4,74 44,98 84,72 80,24 40,8",
        "40,12 12,4 0,50 20,98 52,84 56,30 36,0 16,8",
        "46,0 20,20 2,70 18,100 44,76 58,24 46,2",
        "50,24 30,0 4,40 20,100 60,72 50,20 28,12 12,26",
        "6,56 52,46 40,2 8,20 4,80 34,102 66,78",
        "20,16 46,4 60,40 40,98 8,90 4,40 24,8 50,14",
    ),
    (  # 1
        "20,0 16,100",
        "2,26 ; 22,0 ; 20,100",
        "0,55 24,4 ; 22,100",
        "0,90 30,2 ; 28,100",
        "0,98 18,40 34,0 ; 38,100",
        "0,38 14,28 28,0 ; 24,100",
        "4,24 24,0 ; 22,100 / 2,100 44,98",
        "20,0 18,86 26,100 38,94",
        "28,0 0,100",
        "4,30 12,16 20,0 ; 12,100",
        "2,64 22,20 26,0 18,6 14,40 12,100",
        "0,60 20,34 34,0 ; 24,60 14,100",
        "0,46 24,0 ; 10,100",
        "0,70 30,10 38,0 30,4 20,60 18,100 30,96",
        "4,0 22,30 22,66 4,100",
        "16,0 22,40 14,76 0,104",
        "0,98 26,44 40,10 32,0 20,24 12,78 22,100 44,88",
        "0,62 20,24 30,2 ; 12,104",
        "18,0 2,40 6,104",
        "0,36 14,16 34,2 ; 32,100",
        "0,44 20,26 36,0 ; 28,100",
        "-14,60 20,26 44,0 ; 20,104",
        "-16,110 20,56 42,12 32,2 16,36 10,76",
        "-24,36 -2,24 14,2 ; 16,100",
        "-36,66 -4,24 22,2 ; 12,104",
        "-38,60 -10,38 20,2 ; 8,104",
        "-40,110 0,60 30,8 22,0 8,20 10,60 0,100",
        "0,70 16,30 16,2 8,4 6,50 10,96 22,88",
        "-6,104 14,50 26,0 ; 28,60 42,74",
    ),
    (  # 2
        "4,22 24,0 48,20 40,50 0,100 ; 56,96",
        "4,22 24,0 50,18 40,55 14,92 2,98 6,82 26,86 60,98",
        "2,8 50,4 ; 2,98 ; 56,96",
        "22,26 8,20 20,0 48,16 40,52 4,98 ; 34,90 62,100",
        "6,30 30,0 60,22 40,70 4,96 2,84 20,80 74,102",
        "0,30 10,4 40,4 42,36 20,70 0,96 18,88 40,98 58,88",
        "20,34 2,18 26,0 56,20 44,62 10,98 0,88 18,80 44,94 70,96",
        "2,14 26,0 44,14 30,50 ; 0,96 ; 50,100",
        "10,30 0,14 20,0 42,10 36,50 6,92 -4,84 10,78 34,98 56,86",
        "34,22 48,6 62,12 46,60 12,98 0,90 12,80 44,98 66,90",
        "8,20 28,0 42,16 36,64 14,100 0,92 10,78 40,82 62,72",
        "24,40 4,24 16,2 46,4 50,34 22,88 0,98 4,84 30,86 72,100",
        "0,34 20,2 44,8 34,54 0,98 ; 30,92 60,96",
        "28,42 4,36 6,8 36,-2 54,24 40,64 12,94 20,88 48,98",
        "36,30 10,34 8,8 30,0 40,20 30,62 0,100 10,90 36,100",
        "34,34 12,38 6,14 26,0 42,14 34,52 6,98 ; 30,88 44,96",
        "40,30 14,30 12,6 34,-2 46,18 26,60 4,96 -4,88 14,82 46,100",
        "30,36 8,26 18,2 46,6 40,40 16,80 0,100 -6,88 12,80 30,98 58,92",
        "24,32 4,30 4,8 26,0 42,18 28,56 0,94 ; 46,92",
        "24,40 4,30 8,4 36,0 44,24 22,50 10,96 ; 44,98",
        "6,56 4,16 30,0 52,22 44,56 16,78 8,70 26,66 60,84",
        "26,44 4,38 2,12 24,0 42,14 30,60 2,98 ; 36,92",
        "30,26 14,34 10,10 34,0 44,14 20,60 -10,98 -24,88 -4,74 30,92",
        "0,26 16,2 38,8 30,44 8,96 -10,94 -2,74 24,66 36,60",
    ),
    (  # 3
        "4,10 30,0 46,20 20,44 ; 50,64 34,98 0,92",
        "4,2 48,0 ; 20,38 ; 54,60 36,100 0,94",
        "6,14 30,0 46,18 28,46 18,44 28,42 54,64 34,100 2,90",
        "0,16 20,0 52,8 22,42 ; 50,70 20,104 -10,90",
        "2,2 44,2 ; 16,40 ; 46,62 30,104 0,96",
        "6,20 20,2 44,14 16,46 ; 44,56 40,90 14,100 0,82",
        "0,6 22,0 36,16 12,44 ; 40,60 24,96 -6,100",
    ),
    (  # 4
        "8,0 0,58 ; 50,54 / 40,20 36,100",
        "44,100 44,0 ; 0,68 ; 62,66",
        "22,0 0,60 ; 46,50 / 40,30 24,104",
        "24,0 2,54 20,58 46,44 / 44,28 22,104",
        "6,4 4,46 26,50 46,40 ; 48,4 ; 44,100",
        "14,0 2,50 ; 52,46 / 34,24 20,100",
        "20,0 2,52 24,60 50,40 ; 44,30 30,100",
        "0,6 2,44 24,48 44,14 ; 40,60 34,100",
        "28,0 0,64 ; 64,58 / 46,34 34,102",
        "30,0 -4,62 ; 50,60 ; 44,28 ; 30,106",
        "40,0 0,62 ; 50,60 / 44,40 40,100",
        "16,8 6,50 14,60 40,36 ; 46,4 ; 36,104",
        "22,-16 0,72 20,56 36,62 28,104",
        "16,0 0,62 ; 28,44 40,60 34,102",
        "4,0 10,44 44,38 / 58,-4 14,104",
        "0,8 4,44 30,42 ; 36,8 / 36,10 28,74",
        "28,0 4,58 ; 44,44 / 40,34 36,104",
        "14,4 0,64 ; 54,60 / 34,10 30,84",
        "10,0 2,40 26,46 42,30 / 50,0 30,104",
    ),
    (  # 5
        "46,2 10,2 ; 6,44 30,34 52,62 34,98 0,92",
        "12,4 6,44 32,36 50,66 30,100 0,92 / 12,6 56,0",
        "48,4 16,6 10,36 44,60 38,94 2,96",
        "54,0 18,4 ; 20,40 26,70 16,98 0,90",
        "0,56 8,94 14,90 24,6 ; 56,0",
        "2,60 12,98 ; 26,4 ; 60,2",
        "44,0 14,0 ; 4,40 10,38 50,50 44,96 0,96",
        "10,8 4,46 30,38 48,66 28,100 -4,92 / 8,8 80,-8",
        "60,4 28,8 ; 22,40 34,64 20,100 -4,94",
        "40,10 14,8 8,40 36,54 34,86 8,100 -2,88",
        "16,6 12,52 24,80 14,102 0,94 / 16,8 58,-4",
        "50,0 14,4 ; 12,40 40,44 44,80 14,102 -6,80",
        "44,2 10,10 8,40 44,60 34,98 0,94",
        "52,0 22,2 ; 24,52 16,100 -2,94",
        "40,6 14,4 6,34 30,44 40,70 20,100 0,90",
        "58,-2 20,6 14,44 40,60 24,98 -6,96",
        "52,0 22,4 16,40 44,58 30,100 2,90 10,66 30,56",
    ),
    (  # 6
        "40,2 12,30 2,70 20,100 46,84 38,56 4,72",
        "34,0 4,64 10,96 40,98 42,62 8,62",
        "10,0 4,80 24,100 46,78 28,54 6,72",
        "36,4 8,40 6,90 34,98 44,70 24,60",
        "52,8 20,6 2,50 16,100 54,90 50,58 20,60 10,80",
        "44,0 14,36 4,80 24,100 44,76 28,60 12,76 40,92",
        "24,0 2,50 6,96 36,96 36,66 10,70",
        "30,0 8,50 8,100 50,96 48,70 12,66",
        "6,0 2,88 24,100 44,80 24,60 4,74",
        "38,6 16,0 4,40 6,90 30,100 44,78 30,62 12,70",
    ),
    (  # 7
        "0,4 48,0 ; 18,100",
        "0,8 48,0 ; 20,100 / 6,52 50,46",
        "2,20 4,4 ; 50,2 ; 20,100",
        "0,14 8,2 30,10 54,0 ; 24,52 20,100 / 8,54 50,48",
        "0,6 24,2 50,0 36,40 22,100",
        "0,6 40,0 ; 30,104 / 4,50 60,42",
        "2,12 14,2 48,4 30,50 20,100 / 10,56 46,46",
        "0,20 6,6 44,0 ; 10,104 / 2,56 44,44",
        "4,16 10,0 26,8 54,2 40,40 32,100 / 14,58 64,44",
        "0,4 56,2 ; 40,30 30,100",
        "10,2 34,0 ; 28,104 / 2,48 66,46",
        "30,20 10,10 20,0 56,4 ; 20,104 / 4,56 56,50",
        "0,24 8,4 50,8 62,-6 ; 8,104 / 6,58 50,46",
        "0,10 16,0 40,10 ; 28,100 / 8,50 66,54",
        "0,16 14,2 44,2 ; 24,56 4,100",
        "20,6 30,0 ; 24,100 / 0,42 70,46",
    ),
    (  # 8
        "42,16 20,0 4,22 24,46 46,74 22,100 0,78 22,50 44,24 38,8",
        "24,46 6,26 22,0 42,22 24,46 2,74 22,100 46,76 24,46",
        "48,6 10,14 8,34 44,72 24,100 2,80 22,52 52,4",
        "4,14 28,0 42,20 8,70 22,100 46,80 14,30 4,14",
        "40,0 10,24 40,66 28,100 6,84 30,40 54,8",
        "4,6 34,66 24,100 8,86 18,56 46,2",
        "50,12 28,0 10,18 30,44 40,80 16,100 2,80 30,50 52,26 44,8",
        "30,44 14,20 30,0 46,18 20,52 0,84 20,102 40,80 24,48",
        "24,46 40,24 24,2 6,22 22,46 44,76 24,102 4,78 24,46",
        "46,0 24,10 20,40 42,66 30,100 4,86 10,60 40,30 50,10",
        "4,40 40,34 44,10 20,0 4,30 6,80 30,100 54,84",
    ),
    (  # 9
        "42,10 18,0 2,24 18,46 42,22 ; 40,100",
        "44,14 20,0 2,26 20,48 44,18 44,70 24,104 0,94",
        "26,46 40,40 44,10 18,0 2,24 14,44 30,44 ; 14,104",
        "4,30 14,2 42,8 38,38 12,44 / 22,40 12,102",
        "40,6 10,4 4,36 36,40 46,8 46,60 30,100 4,98",
        "48,12 22,0 4,20 20,40 46,12 30,60 10,104",
        "8,46 2,18 24,0 42,14 30,42 12,46 20,60 16,104",
        "44,6 12,4 4,40 34,36 44,10 ; 48,70 36,104 6,92",
        "34,40 8,36 8,6 36,2 44,26 32,56 20,100",
        "30,44 0,34 10,2 40,4 40,30 20,48 24,104",
        "46,18 30,0 6,10 10,40 40,34 46,6 40,60 42,100",
        "44,10 20,0 4,22 20,44 44,16 ; 36,70 10,104",
        "40,14 16,2 0,30 24,46 42,14 44,50 50,104",
        "36,36 10,40 4,12 30,0 46,14 44,70 60,98",
        "6,104 12,60 10,10 30,0 46,20 32,42 12,36",
        "44,12 16,2 0,28 22,52 46,24 40,2 36,50 40,84",
        "10,30 6,10 36,2 38,24 12,38 36,44 34,90 4,100",
        "44,10 14,2 4,34 36,36 46,12 42,80 16,104 -2,88 20,70 44,66",
    ),
)
_PER_PIECE = 8  # points that a curve is drawn with between two control points
_FINE = 2  # strokes are drawn so many times as large, and averaged
_PERSONAL = (2.0, 6.0)  # percent of the height by which a hand moves control points, for good
_PASSING = 1.8  # and by which it misses them each time


@dataclass(frozen=True)
class Nib:
    """What draws strokes."""

    thickness: float  # of a stroke, as a share of a digit's height
    pressure: float  # by how much strokes are thicker downwards, as a share


@dataclass(frozen=True)
class Hand:
    """Somebody's own shapes of some digits, and the pen they hold."""

    shapes: dict[int, Shape]
    nib: Nib


def draw_hand(draws: np.random.Generator) -> Hand:
    """Draw by chance a hand that has its own shapes for some of the digits, or for all."""
    share = draws.choice((0.4, 1.0, 1.0))
    own = [digit for digit in range(10) if draws.random() < share]
    loose = draws.uniform(*_PERSONAL)
    return Hand({digit: _own(draws, _SHAPES[digit], loose) for digit in own}, draw_nib(draws))


def draw_nib(draws: np.random.Generator) -> Nib:
    """Draw a pen by chance, from a fine one to a marker."""
    return Nib(
        thickness=float(np.exp(draws.uniform(np.log(0.035), np.log(0.15)))),
        pressure=float(max(0.0, draws.normal(0.1, 0.2))),
    )


def bent(draws: np.random.Generator, shape: str, loose: float) -> Shape:
    """Bend a shape for good.

    Args:
        draws: how.
        shape: control points, as they are kept here.
        loose: percent of the height by which they are moved.
    """
    strokes = []
    for stroke in shape.split("/"):
        pieces: list[Points] = []
        for piece in stroke.split(";"):
            points = np.array([point.split(",") for point in piece.split()], np.float64)
            points += draws.normal(0, loose, points.shape)
            pieces.append(np.concatenate([pieces[-1][-1:], points]) if pieces else points)
        strokes.append(tuple(pieces))
    return tuple(strokes)


def draw_strokes(
    draws: np.random.Generator, shape: Shape, nib: Nib, *, size: float, form: tuple[float, float]
) -> NDArray[np.float32]:
    """Write a shape, missing it a little.

    Args:
        draws: how it is missed this time.
        shape: what to write.
        nib: the pen.
        size: height of a digit in pixels.
        form: stretch of the width, and sideways shift per height to the right.

    Returns:
        (height, width), 0 paper to 1 full ink, with some paper around the ink.
    """
    stretch, slant = form
    wobble = draws.normal(0, _PASSING, 2)
    curves = []
    for stroke in shape:
        points = np.concatenate([_curve(piece) for piece in _missed(draws, stroke)])
        x = (points[:, 0] + wobble[0]) * stretch + slant * (100 - points[:, 1])
        curves.append(np.stack([x, points[:, 1] + wobble[1]], axis=1) * (size / 100 * _FINE))
    return _inked(curves, nib, size * _FINE)


def _own(draws: np.random.Generator, shapes: tuple[str, ...], loose: float) -> Shape:
    """Choose one of the shapes and bend it for good, by so many percent of its height."""
    return bent(draws, shapes[draws.integers(len(shapes))], loose)


def _missed(draws: np.random.Generator, stroke: tuple[Points, ...]) -> tuple[Points, ...]:
    """Move control points a little; corners stay where both of their pieces meet."""
    moved: list[Points] = []
    for piece in stroke:
        points = piece + draws.normal(0, _PASSING, piece.shape)
        if moved:
            points[0] = moved[-1][-1]
        moved.append(points)
    return tuple(moved)


def _curve(points: Points) -> Points:
    """Run a curve through control points (Catmull & Rom 1974)."""
    if len(points) < 3:
        return points
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    a, b, c, d = ends[:-3, None], ends[1:-2, None], ends[2:-1, None], ends[3:, None]
    t = np.linspace(0, 1, _PER_PIECE, endpoint=False)[None, :, None]
    between = b + t * ((c - a) + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d))) / 2
    return np.concatenate([between.reshape(-1, 2), points[-1:]])


def _inked(curves: list[Points], nib: Nib, size: float) -> NDArray[np.float32]:
    """Draw curves with a round pen, thicker downwards."""
    margin = size * nib.thickness * (1 + nib.pressure) + 2 * _FINE
    least = np.min([curve.min(axis=0) for curve in curves], axis=0) - margin
    most = np.max([curve.max(axis=0) for curve in curves], axis=0) + margin
    wide, tall = np.ceil(most - least).astype(int)
    canvas = Image.new("L", (int(wide), int(tall)))
    pen = ImageDraw.Draw(canvas)
    for curve in curves:
        points = curve - least
        steps = np.diff(points, axis=0)
        down = steps[:, 1] / np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)
        widths = np.maximum(size * nib.thickness * (1 + nib.pressure * down), 1.0 * _FINE)
        for (x, y), (to_x, to_y), width in zip(points[:-1], points[1:], widths, strict=True):
            pen.line((x, y, to_x, to_y), 255, round(width))
            for at_x, at_y in ((x, y), (to_x, to_y)):
                box = (at_x - width / 2, at_y - width / 2, at_x + width / 2, at_y + width / 2)
                pen.ellipse(box, fill=255)
    return np.asarray(canvas.reduce(_FINE), np.float32) * np.float32(1 / 255)
