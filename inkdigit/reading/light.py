"""Ink out of light: the paper's brightness is taken out place by place, its texture measured.

Works on a whole page at once; `pictures.ink` does the like for one digit, without OpenCV.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width)
Level = NDArray[np.float32]  # (height, width), in grey levels of `ink`'s own scale

_SMALL = 320  # pixels of the longer side that light is measured on: it changes slowly
_WIDEST_STROKE = 1 / 6  # of the shorter side: what is wider is light, not writing
_LEAST_CONTRAST = 12  # grey levels between paper and ink; below, there is nothing to read
_FAINTEST = 0.4  # of the page's full ink that is drawn as full where nothing is darker
_TEXTURE = 3.5  # deviations of the paper's own texture that are not ink


@dataclass(frozen=True)
class Ink:
    """How much ink lies where, and how sure that is."""

    level: Grey  # (h, w) 0 paper … 255 full ink
    certain: Grey  # (h, w) level that ink must have here to be told from the paper's texture


def is_light_on_dark(grey: Grey) -> bool:
    """Tell whether the strokes are brighter than what they are written on.

    Strokes are thin, so they lie on one side of the middle brightness around them; the edges of a
    sheet or a shadow lie on both.
    """
    small = shrunk(grey, _SMALL)
    side = min(small.shape)
    window = min(max(3, side // 2 | 1), 101)
    around = cv2.medianBlur(
        cv2.copyMakeBorder(small, *[window // 2] * 4, cv2.BORDER_REFLECT), window
    )
    middle = around[window // 2 :, window // 2 :][: small.shape[0], : small.shape[1]]
    difference = (small.astype(np.float32) - middle) / 255
    return float((difference**3).sum()) > 0


def ink_of_page(grey: Grey) -> Ink:
    """Measure the ink that is darker than its paper.

    Args:
        grey: (height, width), dark on light.
    """
    missing = _missing_light(grey)
    paper, texture = _paper_of(missing)
    full = _full(missing, paper, texture)
    if full < _LEAST_CONTRAST:
        empty = np.zeros_like(grey)
        return Ink(empty, np.full_like(grey, 255))
    size = (grey.shape[1], grey.shape[0])
    gain = 255 / _local_full(missing, paper, full)
    floor = _enlarged(paper + texture, size)
    scale = _enlarged(gain.astype(np.float32), size)
    level = cv2.multiply(missing.astype(np.float32) - floor, scale)
    certain = _enlarged(((_TEXTURE - 1) * texture * gain).astype(np.float32), size)
    return Ink(_as_bytes(level), _as_bytes(certain))


def shrunk(grey: Grey, side: int) -> Grey:
    """Shrink to at most `side` pixels of the longer side, by area averaging."""
    height, width = grey.shape
    if max(height, width) <= side:
        return grey
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _missing_light(grey: Grey) -> Grey:
    """Give the share of the paper's light that does not come back: (h, w), 0 to 255."""
    small = cv2.medianBlur(shrunk(grey, _SMALL), 3)
    reach = max(3, round(min(small.shape) * _WIDEST_STROKE)) | 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush)
    paper = cv2.GaussianBlur(paper, (0, 0), reach / 6)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    returned = cv2.divide(grey, cv2.max(paper, 1), scale=255)
    return np.asarray(cv2.bitwise_not(returned), np.uint8)


def _paper_of(missing: Grey) -> tuple[Level, Level]:
    """Measure bare paper place by place: its middle level and the spread of its texture, small."""
    low, middle = np.percentile(shrunk(missing, 4 * _SMALL), (16, 50))
    bare = missing < middle + max(3 * (middle - low), 6)
    inside = bare.astype(np.float32)
    levels = missing * inside
    share, total, squares = (
        cv2.GaussianBlur(
            _shrunk_level(values), (0, 0), max(2, min(missing.shape) / 40 * _ratio(missing))
        )
        for values in (inside, levels, levels * levels)
    )
    share = np.maximum(share, 1e-3)
    mean = total / share
    spread = np.sqrt(np.maximum(squares / share - mean * mean, 1))
    return mean.astype(np.float32), spread.astype(np.float32)


def _ratio(grey: Grey) -> float:
    return min(1.0, _SMALL / max(grey.shape))


def _shrunk_level(values: Level) -> Level:
    ratio = _ratio(values)  # type: ignore[arg-type]
    size = (max(1, round(values.shape[1] * ratio)), max(1, round(values.shape[0] * ratio)))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(values: Level, size: tuple[int, int]) -> Level:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _full(missing: Grey, paper: Level, texture: Level) -> float:
    """Find the level of full ink on the page: that of a stroke's middle."""
    above = missing - _enlarged(paper + 3 * texture, (missing.shape[1], missing.shape[0]))
    ink = above > 0
    if not ink.any():
        return 0.0
    return float(np.percentile(missing[ink], 75)) - float(np.median(paper))


def _local_full(missing: Grey, paper: Level, full: float) -> Level:
    """Give the level of full ink place by place: lower where only faint strokes are near."""
    smooth = cv2.GaussianBlur(missing, (0, 0), 0.8)
    ratio = _ratio(missing)
    step = max(1, round(1 / ratio))
    brush = np.ones((step, step), np.uint8)
    top = cv2.resize(cv2.dilate(smooth, brush), paper.shape[::-1], interpolation=cv2.INTER_NEAREST)
    reach = max(3, min(paper.shape) // 5) | 1
    top = cv2.dilate(top, np.ones((reach, reach), np.uint8)).astype(np.float32)
    top = cv2.GaussianBlur(top, (0, 0), reach / 2) - paper
    return np.clip(top, _FAINTEST * full, full).astype(np.float32)


def _as_bytes(values: Level) -> Grey:
    return np.asarray(cv2.convertScaleAbs(np.maximum(values, 0)), np.uint8)
