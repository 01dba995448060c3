"""Ink out of light: the paper's brightness is taken out place by place, its texture measured.

Works on a whole page at once; `pictures.ink` does the like for one digit, without OpenCV.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width)
Level = NDArray[np.float32]  # (height, width)

PAGE = 300  # pixels of a side; less may be one digit, whose strokes are thick
INK = 110  # level that is a stroke, where full ink is 255
LEAST_CONTRAST = 12  # grey levels between paper and ink; below, there is nothing to read
GRAIN = 1.0  # pixels that the paper's grain is smoothed over before it is measured

_SMALL = 320  # pixels of the longer side that light is measured on, at most: it changes slowly
_SMALLER = 0.4  # of a small picture's longer side
_THIN, _THICK = 1 / 6, 1 / 2  # of the shorter side: usual strokes, and what is light for certain
_AS_INK = 0.5  # of the darkest ink: light that falls so far over a thin stroke's width is ink
_DARKEST = 97  # percent of the pixels that are brighter than the darkest ink
_BROAD = 0.4  # of the shorter side: what is as wide in both directions is a shadow, no stroke
_RING = 3  # pixels around a stroke, over which its edge falls
_SHARP = 0.6  # of the darkness inside that is left there at most
_ROUND_ABOUT = 50, 85  # percent of the ring where no more is left; the same on pages
_SOFT = 4  # times steeper than ink, between light and ink
_PATTERN = 0.45  # of the way from paper to ink: what is darker is no part of a pattern
_FEWEST = 9  # pixels that a stroke takes where light is measured
_FINE = 640  # pixels of the longer side there, at most
_RARE = 2e-4  # of all pixels, that far above the paper: too few for writing, unless they are dark
_DARK = 6.0  # deviations of the paper's own texture that are dark
_FAINTEST = 0.4  # of the page's full ink that is drawn as full where nothing is darker
_FLOOR = 1.5  # deviations of the paper's own texture that are drawn as paper
_TEXTURE = 4.0  # deviations that are certainly ink
_DARKEST_LIGHT = 64  # level of paper that shares are taken of; below, noise would be ink
_SHADE = 0.05  # of the paper's brightness that the edge of a shadow takes: its texture takes less
_GAIN = 16  # steps of a factor, to multiply in whole numbers


@dataclass(frozen=True)
class Ink:
    """How much ink lies where, and how sure that is."""

    level: Grey  # (h, w) 0 paper … 255 full ink
    certain: Grey  # (h, w) level that smoothed ink must have to be told from the paper's texture


def ink_of_page(grey: Grey, widest: float = math.inf) -> Ink:
    """Measure the ink that is darker than its paper.

    Args:
        grey: (height, width), dark on light.
        widest: pixels that a stroke is thick at most. The better that is known, the less ink there
            seems to be where a shadow has a sharp edge.
    """
    missing = _missing_light(grey, widest)
    smooth = np.asarray(cv2.GaussianBlur(missing, (0, 0), GRAIN), np.uint8)
    paper, texture = _paper_of(smooth)
    full = _full(smooth, paper, texture)
    if full < LEAST_CONTRAST:
        return Ink(np.zeros_like(grey), np.full_like(grey, 255))
    gain = 255 / _local_full(smooth, paper, full)
    size = (grey.shape[1], grey.shape[0])
    above = cv2.subtract(missing, _enlarged(paper + _FLOOR * texture, size))
    level = cv2.multiply(above, _enlarged(gain * _GAIN, size), scale=1 / _GAIN)
    certain = _enlarged((_TEXTURE - _FLOOR) * texture * gain, size)
    return Ink(np.asarray(level, np.uint8), certain)


def shrunk(grey: Grey, side: int) -> Grey:
    """Shrink to at most `side` pixels of the longer side, by area averaging."""
    size = _small_size(grey.shape, side)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _missing_light(grey: Grey, widest: float) -> Grey:
    """Give the share of the paper's light that does not come back: (h, w), 0 to 255."""
    side = _side(grey)
    if widest * side < _FEWEST * max(grey.shape):  # shadows are followed more finely
        side = min(_FINE, max(side, round(_FEWEST * max(grey.shape) / widest)))
    small = np.asarray(cv2.medianBlur(shrunk(grey, side), 3), np.uint8)
    known = max(widest * side / max(grey.shape), _FEWEST)
    thin, thick = (
        max(3, round(min(min(small.shape) * share, known))) | 1 for share in (_THIN, _THICK)
    )
    sharp = _ROUND_ABOUT[min(grey.shape) >= PAGE]
    bare = _bare(small, thin, thick, sharp)
    smooth = cv2.GaussianBlur(bare, (0, 0), thin / 6)
    # smoothed over the edge of a shadow, paper would be brighter than it is there
    low = cv2.erode(bare, np.ones((3, 3), np.uint8))
    paper = np.asarray(np.where(smooth - low > _SHADE * smooth, low, smooth), np.float32)
    size = (grey.shape[1], grey.shape[0])
    returned = cv2.divide(grey, np.maximum(_enlarged(paper, size), _DARKEST_LIGHT), scale=255)
    return np.asarray(cv2.bitwise_not(returned), np.uint8)


def _bare(small: Grey, thin: int, thick: int, sharp: int) -> Level:
    """Estimate the paper's brightness as if nothing were written on it.

    A closing with a brush as wide as usual strokes follows light finely, but falls into strokes
    that are thicker, which would be hollowed out. Where it falls as dark as ink, the wider one
    counts.

    Args:
        small: (h, w), dark on light.
        thin: pixels that the brush is wide.
        thick: the same, where strokes may be thick.
        sharp: percent of a thick stroke's surroundings that are bright.
    """
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin, thin))
    fine = cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush).astype(np.float32)
    if thick <= thin:
        return fine
    coarse = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((thick, thick), np.uint8))
    gap = (coarse - small).astype(np.float32)
    darkest = max(float(np.percentile(gap, _DARKEST)), LEAST_CONTRAST)
    fallen = np.clip(((coarse - fine) / darkest - _AS_INK) * _SOFT, 0, 1)
    # where the wider brush begins to fit into a shadow, no edge is in the picture
    lit = cv2.dilate(coarse, np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8))
    fallen *= _thick_strokes(fallen > 0, lit - fine, sharp)
    fallen = cv2.dilate(fallen, np.ones((thin, thin), np.uint8))
    return np.asarray(fine + (coarse - fine) * fallen, np.float32)


def _thick_strokes(fallen: NDArray[np.bool_], gap: Level, sharp: int) -> NDArray[np.bool_]:
    """Choose what is a stroke of all that is as dark as ink: a shadow is broad, or its edge soft.

    Args:
        fallen: (h, w) where it is as dark.
        gap: (h, w) levels that light and thick ink take together.
        sharp: percent of what is around a stroke that is bright.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(fallen.view(np.uint8))
    side = max(1, round(_BROAD * min(fallen.shape)))
    core = cv2.erode(fallen.view(np.uint8), np.ones((side, side), np.uint8)) > 0
    kept = np.ones(count, bool)
    kept[np.unique(labels[core])] = False
    for part in np.flatnonzero(kept[1:]) + 1:
        left, top, width, height, _ = stats[part].tolist()
        place = np.s_[
            max(0, top - _RING) : top + height + _RING, max(0, left - _RING) : left + width + _RING
        ]
        own = (labels[place] == part).view(np.uint8)
        around = cv2.dilate(own, np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)) > own
        outside = np.percentile(gap[place][around], sharp)
        kept[part] = outside < _SHARP * np.median(gap[place][own > 0])
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)


def _paper_of(missing: Grey) -> tuple[Level, Level]:
    """Measure bare paper place by place: its middle level and the spread of its texture, small."""
    some = missing[:: max(1, missing.shape[0] // 500)]
    low, middle, high = np.percentile(some, (16, 50, 98))
    most = max(min(3 * (middle - low), _PATTERN * (high - middle)), 6)
    bare = (missing < middle + most).view(np.uint8) * np.uint8(255)
    levels = cv2.bitwise_and(missing, bare)
    squares = cv2.multiply(levels, levels, dtype=cv2.CV_16U)
    size = _small_size(missing.shape, _side(missing))
    sigma = max(2.0, min(size) / 40)
    share, total, squared = (
        cv2.GaussianBlur(
            cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(np.float32),
            (0, 0),
            sigma,
        )
        for values in (bare, levels, squares)
    )
    share = np.maximum(share / 255, 1e-3)
    mean = total / share
    spread = np.sqrt(np.maximum(squared / share - mean * mean, 1))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)


def _full(missing: Grey, paper: Level, texture: Level) -> float:
    """Find the level of full ink on the page: a stroke's middle; 0 if there is only noise."""
    size = (missing.shape[1], missing.shape[0])
    above = missing[missing > _enlarged(paper + _TEXTURE * texture, size)]
    if not above.size:
        return 0.0
    darkest = float(np.percentile(above, 98))
    full = float(np.percentile(above[above > darkest / 2], 60)) - float(np.median(paper))
    noise = above.size < _RARE * missing.size and full < _DARK * float(np.median(texture))
    return 0.0 if noise else full


def _local_full(missing: Grey, paper: Level, full: float) -> Level:
    """Give the level of full ink place by place: lower where only faint strokes are near."""
    step = max(1, round(max(missing.shape) / _side(missing)))
    size = (paper.shape[1], paper.shape[0])
    top = cv2.dilate(missing, np.ones((step, step), np.uint8))
    top = cv2.resize(top, size, interpolation=cv2.INTER_NEAREST)
    reach = max(3, min(size) // 5) | 1
    top = cv2.dilate(top, np.ones((reach, reach), np.uint8)).astype(np.float32)
    top = cv2.GaussianBlur(top, (0, 0), reach / 2) - paper
    return np.asarray(np.clip(top, _FAINTEST * full, full), np.float32)


def _side(grey: Grey) -> int:
    """Give the longer side that the light of a picture is measured on, in pixels."""
    return max(1, min(_SMALL, round(_SMALLER * int(max(grey.shape)))))


def _small_size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Give (width, height) of what is shrunk to at most `side` pixels of its longer side."""
    scale = min(1.0, side / max(shape))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _enlarged(values: NDArray[np.floating], size: tuple[int, int]) -> Grey:
    whole = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR), np.uint8)
