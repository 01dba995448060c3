"""A page laid flat: light taken out, turned and scaled, and a mask of what may be writing on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.light import Grey, Ink, ink_of_page, is_light_on_dark
from inkdigit.reading.parts import parts_of, typical_height
from inkdigit.reading.rulings import Rulings, candidates, chosen, erased

_PIXELS = 2400 * 1800  # that a page is read at
_MOST_PIXELS = 16_000_000  # the same, where writing is so small that it must not be shrunk
_SMALLEST = 300  # pixels of the longer side that a small picture is enlarged to
_SMALL_DIGITS = 22  # pixels: digits that are less tall lose by being shrunk
_WANTED_DIGITS = 36  # pixels that they are given, as far as the picture has them
_WEAK, _STRONG = 64, 120  # levels of ink: a stroke is strong somewhere and nowhere less than weak
_MOST_DOUBT = 100  # level that is ink on any paper
_SMOOTH = 1.0  # pixels that ink is smoothed over before it is or is not
_SPECK = 0.12  # digit heights: what is neither taller nor wider is no dot


@dataclass(frozen=True)
class Sheet:
    """A page as it is read."""

    ink: NDArray[np.uint8]  # (h, w) 0 paper … 255 full ink; strokes keep their grey levels
    mask: NDArray[np.bool_]  # (h, w) ink that may be writing: rulings, boxes, specks are taken out
    rulings: NDArray[np.bool_]  # (h, w) where rulings and boxes were
    to_picture: NDArray[np.float64]  # (3, 3) homography, (x, y) of the sheet to the picture's


def lay_flat(pixels: Pixels) -> Sheet:
    """Find the ink of a page, whatever its light, its polarity and its place in the picture.

    Args:
        pixels: (height, width, 1 or 3), upright.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.shape[2] == 3 else pixels[..., 0]
    if is_light_on_dark(grey):
        grey = cv2.bitwise_not(grey)
    height, width = grey.shape
    scale = min(1.0, (_PIXELS / (height * width)) ** 0.5)
    scale = max(scale, min(2.0, _SMALLEST / max(height, width)))
    sheet, digits = _read(grey, scale)
    if scale < 1 and 0 < digits < _SMALL_DIGITS:
        most = (_MOST_PIXELS / (height * width)) ** 0.5
        finer = min(1.0, most, scale * _WANTED_DIGITS / digits)
        sheet, _ = _read(grey, finer)
    return sheet


def _read(grey: Grey, scale: float) -> tuple[Sheet, float]:
    """Read a page at a scale.

    Returns:
        The sheet, and how tall its digits are in pixels.
    """
    height, width = grey.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    flat = np.asarray(cv2.resize(grey, size, interpolation=resample), np.uint8)
    ink = ink_of_page(flat)
    found = candidates(ink.level)
    long = min(160, round(0.6 * max(flat.shape)))
    without, _ = erased(ink.level, _longer(found, long))
    digits = typical_height(parts_of(_mask(Ink(without, ink.certain))))
    level, rulings = erased(ink.level, chosen(found, flat.shape, digits))
    mask = _without_specks(_mask(Ink(level, ink.certain)), digits)
    to_picture = np.diag([width / size[0], height / size[1], 1.0])
    return Sheet(level, mask, rulings, to_picture), digits


def _longer(rulings: Rulings, length: int) -> Rulings:
    return Rulings(
        tuple(ruling for ruling in rulings.across if ruling.length >= length),
        tuple(ruling for ruling in rulings.down if ruling.length >= length),
    )


def _mask(ink: Ink) -> NDArray[np.bool_]:
    """Tell ink from paper: strokes are certain somewhere, and nowhere fainter than `_WEAK`."""
    smooth = np.asarray(cv2.GaussianBlur(ink.level, (0, 0), _SMOOTH), np.uint8)
    weak = cv2.compare(smooth, cv2.max(cv2.min(ink.certain, _MOST_DOUBT), _WEAK), cv2.CMP_GT)
    count, labels, _, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[smooth > _STRONG]] = True
    kept[0] = False
    mask: NDArray[np.bool_] = kept[labels]
    return mask


def _without_specks(mask: NDArray[np.bool_], digits: float) -> NDArray[np.bool_]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    longest = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    kept = longest > _SPECK * digits
    kept[0] = False
    clean: NDArray[np.bool_] = kept[labels]
    return clean
