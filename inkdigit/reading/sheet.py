"""A page laid flat: light taken out, turned and scaled, and a mask of what may be writing on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.light import Grey, Ink, ink_of_page, is_light_on_dark, shrunk
from inkdigit.reading.parts import parts_of, typical_height
from inkdigit.reading.perspective import corners_of
from inkdigit.reading.rulings import Rulings, candidates, chosen, erased
from inkdigit.reading.turn import turn_of

_PIXELS = 2400 * 1800  # that a page is read at
_MOST_PIXELS = 16_000_000  # the same, where writing is so small that it must not be shrunk
_PREVIEW = 640  # pixels of the longer side that a sheet's place is looked for on
_LEAST_LAID = 200  # pixels of the shorter side; less shows neither a sheet's edges nor lines
_UPRIGHT = 0.4  # degrees that lines may fall by
_EDGE = 0.004  # of the longer side of a sheet, that its edge takes
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
    grey = np.asarray(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.shape[2] == 3 else pixels[..., 0],
        np.uint8,
    )
    place = _place(grey)
    if is_light_on_dark(_laid(grey, place, min(1.0, _PREVIEW / max(place.width, place.height)))):
        grey = np.asarray(cv2.bitwise_not(grey), np.uint8)
    place = _level(grey, place)
    area = place.width * place.height
    scale = min(1.0, (_PIXELS / area) ** 0.5)
    scale = max(scale, min(2.0, _SMALLEST / max(place.width, place.height)))
    sheet, digits = _read(grey, place, scale)
    if scale < 1 and 0 < digits < _SMALL_DIGITS:
        most = (_MOST_PIXELS / area) ** 0.5
        sheet, _ = _read(grey, place, min(1.0, most, scale * _WANTED_DIGITS / digits))
    return sheet


@dataclass(frozen=True)
class _Place:
    """Where a sheet lies in its picture, and how large it is in the picture's pixels."""

    width: float
    height: float
    to_picture: NDArray[np.float64]  # (3, 3) homography
    is_whole: bool  # the picture shows this sheet and nothing else, upright


def _place(grey: Grey) -> _Place:
    """Find where the sheet lies, if its corners are clear."""
    height, width = grey.shape
    preview = shrunk(grey, _PREVIEW)
    corners = corners_of(preview) if min(height, width) >= _LEAST_LAID else None
    if corners is None:
        return _Place(width, height, np.eye(3), True)
    return _between(corners * (width / preview.shape[1]))


def _level(grey: Grey, place: _Place) -> _Place:
    """Turn the sheet so that its lines are level, if it shows enough of them."""
    longer = max(place.width, place.height)
    if min(place.width, place.height) < _LEAST_LAID:
        return place
    degrees = turn_of(ink_of_page(_laid(grey, place, min(1.0, _PREVIEW / longer))).level)
    return _turned(place, degrees) if abs(degrees) > _UPRIGHT else place


def _between(corners: NDArray[np.float64]) -> _Place:
    """Stretch a sheet between its corners to a rectangle."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = float(sides[::2].mean()), float(sides[1::2].mean())
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    to_picture = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    return _Place(width, height, np.asarray(to_picture, np.float64), False)


def _turned(place: _Place, degrees: float) -> _Place:
    """Turn a sheet upright about its middle, with room for its corners."""
    angle = np.deg2rad(degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    width = place.width * cos + place.height * abs(sin)
    height = place.height * cos + place.width * abs(sin)
    turn = np.array([(cos, -sin, 0), (sin, cos, 0), (0, 0, 1)])
    moved = _shift(place.width / 2, place.height / 2) @ turn @ _shift(-width / 2, -height / 2)
    return _Place(width, height, place.to_picture @ moved, False)


def _shift(x: float, y: float) -> NDArray[np.float64]:
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1)], np.float64)


def _laid(grey: Grey, place: _Place, scale: float) -> Grey:
    """Draw the sheet as it lies flat, at a scale; what is not in the picture repeats its edge."""
    size = (max(1, round(place.width * scale)), max(1, round(place.height * scale)))
    if place.is_whole:
        resample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(grey, size, interpolation=resample), np.uint8)
    coarser = min(1.0, scale)  # averages what the warp would only sample
    if coarser < 1:
        grey = np.asarray(
            cv2.resize(grey, None, fx=coarser, fy=coarser, interpolation=cv2.INTER_AREA)
        )
    from_sheet = (
        np.diag([coarser, coarser, 1.0]) @ place.to_picture @ np.diag([1 / scale, 1 / scale, 1])
    )
    centres = (
        _shift(-0.5, -0.5) @ from_sheet @ _shift(0.5, 0.5)
    )  # OpenCV counts from pixels' centres
    return np.asarray(
        cv2.warpPerspective(
            grey,
            centres,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _outside(shape: tuple[int, ...], place: _Place, scale: float, flat: Grey) -> NDArray[np.bool_]:
    """Mark what the picture does not show, and a little of its edge."""
    height, width = shape
    frame = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    seen = cv2.perspectiveTransform(frame, np.linalg.inv(place.to_picture))[0] * scale
    shown = np.zeros_like(flat)
    cv2.fillConvexPoly(shown, np.rint(seen).astype(np.int32), 1)
    edge = 2 * max(1, round(_EDGE * max(flat.shape))) + 1
    shown = cv2.erode(shown, np.ones((edge, edge), np.uint8), borderValue=0)
    return np.asarray(shown == 0)


def _read(grey: Grey, place: _Place, scale: float) -> tuple[Sheet, float]:
    """Read a page at a scale.

    Returns:
        The sheet, and how tall its digits are in pixels.
    """
    flat = _laid(grey, place, scale)
    ink = ink_of_page(flat)
    if not place.is_whole:
        ink.level[_outside(grey.shape, place, scale, flat)] = 0
    found = candidates(ink.level)
    long = min(160, round(0.6 * max(flat.shape)))
    without, _ = erased(ink.level, _longer(found, long))
    digits = typical_height(parts_of(_mask(Ink(without, ink.certain))))
    level, rulings = erased(ink.level, chosen(found, flat.shape, digits))
    mask = _without_specks(_mask(Ink(level, ink.certain)), digits)
    to_picture = place.to_picture @ np.diag(
        [place.width / flat.shape[1], place.height / flat.shape[0], 1.0]
    )
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
