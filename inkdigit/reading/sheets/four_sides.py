"""The four sides of a sheet that is brighter than its ground: straight edges, one by one.

They are looked for by what changes across them, so a shadow over sheet and table does not hide
them, and a sheet of which a part lies beyond the picture is found by the sides that are seen. Each
of four lists of lines (above, below, left, right) gives one; the four that are best covered by
edges make the sheet.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.light import Grey
from inkdigit.reading.ink.parts import filled

Corners = NDArray[np.float64]  # (4, 2): x and y; top left, top right, bottom right, bottom left
DARKEST = 12  # grey levels that are added: noise in the dark is no change

_WRITING = 1 / 12  # of the shorter side: what is narrower is writing, not an edge
_REACH = 3  # pixels to both sides of an edge that are compared
_FAR = 20  # pixels: what changes by much more between these is no edge, but the light falls off
_SHARP = 0.7  # of that change, that an edge has within its reach
_STAYS = 0.3  # of the change within its reach, that is left further away: else it is a stroke's
_SEEN = 8  # places of a side that tell, of
_PLACES = 60  # along it
_PATTERN = 25  # pixels over which the pattern of a ground is even
_CHANGE = 0.13  # of the logarithm of the brightness, across an edge
_LEVELS = 6  # of the brightness, too: in the dark, fewer are a large change
_STEEPEST = 0.36  # of a side, dy/dx: 20°
_SLOPES = 73  # that are tried
_CANDIDATES = 6  # lines for each side
_APART = 6  # pixels between two of them
_NEAR = 2.0  # pixels from a line that an edge lies on it
_RIM = 0.02  # of the picture's side: what is compared along the sides of a sheet
_COVERED = 0.55  # of each side, and
_ALL_COVERED = 0.75  # of all together, at least
_PARTLY = 0.8  # of each side, where others are not in the picture
_BORDER = 0.3  # what a side counts that is the picture's border instead
_BORDERS = 2  # sides that may be the picture's border
_LEAST_SHARE = 0.2  # of the picture that a whole sheet covers
_PART_SHARE = 0.5  # the same of a sheet of which sides are missing
_LARGER = 0.25  # that a sheet which fills the picture is better than a tiny one
_LEANING = 0.5  # ratio of opposite sides, at most one to 1 + this


@dataclass(frozen=True)
class _Sides:
    """Lines that may be one side of a sheet; the last one is the picture's border instead.

    Coordinates have their origin in the middle of the picture. For the sides above and below, a
    line is y = place + slope · x; for those on the left and right x and y change their parts.
    """

    places: NDArray[np.float64]  # (lines,)
    slopes: NDArray[np.float64]  # (lines,)
    covered: NDArray[np.int64]  # (lines, length + 1) pixels along it with an edge, summed up


_Four = tuple[_Sides, _Sides, _Sides, _Sides]  # above, right, below, left


def best_corners(grey: Grey, on_cloth: bool) -> tuple[float, Corners | None]:
    """Find the sheet that is brighter than its ground, and how sure that is.

    Args:
        grey: the picture.
        on_cloth: the ground has a pattern of its own, so that only its mean is darker.
    """
    height, width = grey.shape
    reach = max(3, round(min(grey.shape) * _WRITING)) | 1
    brush = np.ones((reach, reach), np.uint8)
    border = cv2.copyMakeBorder(grey, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(border, cv2.MORPH_CLOSE, brush)[reach:-reach, reach:-reach]
    smooth = cv2.GaussianBlur(np.ascontiguousarray(closed), (0, 0), 1.0)
    if on_cloth:  # its bright threads are as bright as the sheet, most of it is not
        smooth = cv2.medianBlur(grey, _PATTERN)
    light = np.log(smooth.astype(np.float32) + DARKEST)
    views = (light, light.T, light[::-1], light.T[::-1])
    above, left, below, right = (_sides(np.ascontiguousarray(view)) for view in views)
    sides = (above, _mirrored(right), _mirrored(below), left)
    score, chosen = _best_four(sides, height, width, borders=0 if on_cloth else _BORDERS)
    if score <= 0:
        return 0.0, None
    four = _completed(sides, chosen, height, width)
    corners = _corners(*four) + np.array([width, height]) / 2
    is_sheet = is_brighter(corners, grey) and (
        on_cloth or _are_sharp(corners, np.asarray(smooth, np.uint8))
    )
    return (score, corners) if is_sheet else (0.0, None)


def is_brighter(
    corners: Corners,
    grey: Grey,
    *,
    rim: float = _RIM,
    least: float = 50.0,
    most: float = 50.0,
) -> bool:
    """Tell whether a sheet's rim is brighter than its ground, writing or not: blocks are not.

    Args:
        corners: of the sheet.
        grey: the picture.
        rim: how much is compared on both sides of the edge, as a share of the picture's side.
        least: percent of the rim that may be darker than what the ground is compared with.
        most: percent of the ground that must be darker than that.
    """
    inside = filled(corners, grey.shape)
    ring = 2 * max(3, round(rim * max(grey.shape))) + 1
    brush = np.ones((ring, ring), np.uint8)
    outer = (cv2.dilate(inside, brush) > 0) & (inside == 0)
    inner = (inside > 0) & (cv2.erode(inside, brush) == 0)
    if not outer.any() or not inner.any():
        return False
    bright = float(np.percentile(grey[inner], least))
    dark = float(np.percentile(grey[outer], most))
    change = np.log(bright + DARKEST) - np.log(dark + DARKEST)
    return bool(change > _CHANGE / 2 and bright - dark >= _LEVELS)


def _are_sharp(corners: Corners, grey: Grey) -> bool:
    """Tell the sides of a sheet from strokes, and from where a gradient is steepest.

    Args:
        corners: of the sheet, clockwise.
        grey: the picture without its writing.
    """
    height, width = grey.shape
    near, far = 0.0, 0.0
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (end - start) / max(float(np.hypot(*(end - start))), 1.0)
        inwards = np.array([-along[1], along[0]])
        places = start + np.linspace(0, 1, _PLACES)[:, None] * (end - start)
        ends = np.stack([places + away * inwards for away in (-_FAR, -_REACH, _REACH, _FAR)])
        inside = ((ends >= 0) & (ends <= (width - 1, height - 1))).all(axis=(0, 2))
        if inside.sum() < _SEEN:
            continue
        x, y = np.rint(ends[:, inside]).astype(np.int64).transpose(2, 0, 1)
        outer, out, within, inner = grey[y, x].astype(np.float64)
        near += float(np.median(within - out))
        far += float(np.median(inner - outer))
    return near >= _SHARP * far and far >= _STAYS * near


def _sides(light: NDArray[np.float32]) -> _Sides:
    """Find lines from left to right above which it is darker than below."""
    height, width = light.shape
    change = np.zeros_like(light)
    change[_REACH:-_REACH] = light[2 * _REACH :] - light[: -2 * _REACH]
    highest = cv2.dilate(change, np.ones((2 * _REACH + 1, 1), np.uint8))
    rows, columns = np.nonzero((change >= highest) & (change > _CHANGE))
    y, x = rows + 0.5 - height / 2, columns + 0.5 - width / 2
    slopes = np.linspace(-_STEEPEST, _STEEPEST, _SLOPES)
    size = height + int(_STEEPEST * width) + 4
    at = (y[None] - slopes[:, None] * x[None] + size / 2).astype(np.int64)
    counts = np.bincount(
        (at + size * np.arange(_SLOPES)[:, None]).ravel(), minlength=size * _SLOPES
    )
    smooth = cv2.blur(counts.reshape(_SLOPES, size).astype(np.float32), (3, 1))
    votes = np.asarray(smooth, np.float32)
    lines = []
    for _ in range(_CANDIDATES):
        slope, row = np.unravel_index(int(votes.argmax()), votes.shape)
        lines.append(_fitted(x, y, row + 0.5 - size / 2, float(slopes[slope])))
        votes[:, max(0, int(row) - _APART) : int(row) + _APART + 1] *= 0.2
    on_it = np.zeros((_CANDIDATES + 1, width), np.uint8)
    for index, (place, fall) in enumerate(lines):
        on_it[index, columns[np.abs(y - place - fall * x) <= _NEAR]] = 1
    near = cv2.dilate(on_it, np.ones((1, 5), np.uint8)).astype(np.int64)
    places, found = np.array([*lines, (-height / 2, 0.0)], np.float64).T
    return _Sides(places, found, np.pad(near.cumsum(axis=1), ((0, 0), (1, 0))))


def _mirrored(sides: _Sides) -> _Sides:
    return _Sides(-sides.places, -sides.slopes, sides.covered)


def _fitted(
    x: NDArray[np.float64], y: NDArray[np.float64], place: float, slope: float
) -> tuple[float, float]:
    """Draw a line again through the edges that lie near it."""
    for near in (2 * _NEAR, _NEAR):
        on_it = np.abs(y - place - slope * x) <= near
        if on_it.sum() < 8:
            break
        slope, place = np.polyfit(x[on_it], y[on_it], 1).tolist()
    return place, slope


def _best_four(
    sides: _Four, height: int, width: int, *, borders: int
) -> tuple[float, NDArray[np.int64]]:
    """Choose the lines that make the best sheet: above, right, below, left.

    Args:
        sides: the lines.
        height: of the picture.
        width: of the picture.
        borders: sides that may lie outside of it.
    """
    counts = [len(each.places) for each in sides]
    choice = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1).reshape(-1, 4)
    real = choice < np.array(counts) - 1
    places, slopes = (
        np.stack([getattr(each, name)[choice[:, k]] for k, each in enumerate(sides)], axis=1)
        for name in ("places", "slopes")
    )
    corners = _corners(places, slopes)  # (choices, 4, 2)
    shares = np.stack(
        [
            _share(each, choice[:, k], corners[:, [k, (k + 1) % 4], k % 2])
            for k, each in enumerate(sides)
        ],
        axis=1,
    )
    whole = real.all(axis=1)
    edge = np.array([width, height]) / 2
    area = _areas(np.clip(corners, -edge, edge)) / (height * width)
    good = (~real | (shares >= np.where(whole, _COVERED, _PARTLY)[:, None])).all(axis=1)
    good &= np.where(real, shares, 1).mean(axis=1) >= _ALL_COVERED
    good &= real.sum(axis=1) >= 4 - borders
    good &= area >= np.where(whole, _LEAST_SHARE, _PART_SHARE)
    good &= are_sheets(corners)
    score = np.where(good, np.where(real, shares, _BORDER).mean(axis=1) + _LARGER * area, 0)
    best = int(score.argmax())
    return float(score[best]), choice[best]


def _corners(places: NDArray[np.float64], slopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cross four sides, (..., 4): above, right, below, left; (..., 4, 2), as `Corners`."""
    around = [(0, 3), (0, 1), (2, 1), (2, 3)]  # which sides meet in a corner
    points = []
    for level, upright in around:
        y = (places[..., level] + slopes[..., level] * places[..., upright]) / (
            1 - slopes[..., level] * slopes[..., upright]
        )
        points.append(np.stack((places[..., upright] + slopes[..., upright] * y, y), axis=-1))
    return np.stack(points, axis=-2)


def _share(
    side: _Sides, lines: NDArray[np.int64], ends: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Tell how much of a side between its corners, so far as the picture shows it, is an edge."""
    length = side.covered.shape[1] - 1
    start, end = np.clip(np.rint(np.sort(ends, axis=1) + length / 2), 0, length).astype(np.int64).T
    covered = side.covered[lines, end] - side.covered[lines, start]
    share: NDArray[np.float64] = covered / np.maximum(end - start, length / 8)
    return share


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 4, 2) Give the areas of four-sided figures; those turned inside out are negative."""
    x, y = corners[..., 0], corners[..., 1]
    after = [1, 2, 3, 0]
    areas: NDArray[np.float64] = (x * y[..., after] - x[..., after] * y).sum(axis=-1) / 2
    return areas


def are_sheets(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which corners may be those of a sheet that is seen not too much aslant.

    Args:
        corners: (choices, 4, 2), as `Corners`.

    Returns:
        (choices,).
    """
    lengths = np.hypot(*np.moveaxis(np.roll(corners, -1, axis=1) - corners, -1, 0))
    opposite = np.maximum(lengths[:, :2], lengths[:, 2:]) / np.maximum(
        np.minimum(lengths[:, :2], lengths[:, 2:]), 1
    )
    sane: NDArray[np.bool_] = (opposite <= 1 + _LEANING).all(axis=1)
    upright = (corners[:, 1, 0] > corners[:, 0, 0]) & (corners[:, 3, 1] > corners[:, 0, 1])
    return sane & upright


def _completed(
    sides: _Four, chosen: NDArray[np.int64], height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw the sides that the picture does not show: beyond it, along those that it shows.

    Returns:
        Places and slopes of the four sides.
    """
    places = np.array([side.places[k] for side, k in zip(sides, chosen, strict=True)])
    slopes = np.array([side.slopes[k] for side, k in zip(sides, chosen, strict=True)])
    real = np.array([k < len(side.places) - 1 for side, k in zip(sides, chosen, strict=True)])
    own = slopes.copy()
    for k in np.flatnonzero(~real).tolist():
        across = [(k + 1) % 4, (k + 3) % 4]
        if real[(k + 2) % 4]:
            slopes[k] = own[(k + 2) % 4]
        elif real[across].any():
            slopes[k] = -own[across][real[across]].mean()
        far, half = (height, width) if k % 2 == 0 else (width, height)
        beyond = far / 2 + abs(slopes[k]) * half / 2
        places[k] = -beyond if k in (0, 3) else beyond
    return places, slopes
