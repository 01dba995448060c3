"""A page laid flat: light taken out, turned and scaled, and a mask of what may be writing on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.light import Grey, Ink, ink_of_page, is_light_on_dark
from inkdigit.reading.rulings import rulings_of

_MOST_PIXELS = 2400 * 1800  # that a page is read at
_SMALLEST = 300  # pixels of the longer side that a small picture is enlarged to
_WEAK, _STRONG = 70, 120  # levels of ink: a stroke is strong somewhere and nowhere less than weak
_MOST_DOUBT = 110  # level that is ink on any paper
_SPECK = 0.01  # of the largest part's area


@dataclass(frozen=True)
class Sheet:
    """A page as it is read."""

    ink: NDArray[np.uint8]  # (h, w) 0 paper … 255 full ink; strokes keep their grey levels
    mask: NDArray[np.bool_]  # (h, w) ink that may be writing: rulings, boxes, specks are taken out
    rulings: NDArray[np.bool_]  # (h, w) what was taken out of the mask as rulings and boxes
    to_picture: NDArray[np.float64]  # (3, 3) homography, (x, y) of the sheet to the picture's


def lay_flat(pixels: Pixels) -> Sheet:
    """Find the ink of a page, whatever its light, its polarity and its place in the picture.

    Args:
        pixels: (height, width, 1 or 3), upright.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.shape[2] == 3 else pixels[..., 0]
    height, width = grey.shape
    scale = min(1.0, (_MOST_PIXELS / (height * width)) ** 0.5)
    scale = max(scale, min(2.0, _SMALLEST / max(height, width)))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = np.asarray(cv2.resize(grey, size, interpolation=resample), np.uint8)
    if is_light_on_dark(grey):
        grey = cv2.bitwise_not(grey)
    ink = ink_of_page(grey)
    mask, rulings = _mask(ink)
    to_picture = np.diag([width / size[0], height / size[1], 1.0])
    return Sheet(ink.level, mask, rulings, to_picture)


def _mask(ink: Ink) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    smooth = np.asarray(cv2.GaussianBlur(ink.level, (0, 0), 1.2), np.uint8)
    floor = cv2.max(cv2.min(ink.certain, _MOST_DOUBT), _WEAK)
    weak = (smooth > floor).astype(np.uint8)
    strong = smooth > _STRONG
    rulings = rulings_of(weak, (weak.shape[1] // 3, weak.shape[0] * 2), 6)
    weak[rulings > 0] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    kept = np.bincount(labels[strong], minlength=count) > 0
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept &= areas > _SPECK * areas.max(initial=0)
    kept[0] = False
    return kept[labels], rulings > 0
