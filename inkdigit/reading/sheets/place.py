"""Where a sheet lies in its picture, and how it looks when it is laid flat and level."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.light import Grey, ink_of_page, shrunk
from inkdigit.reading.ink.parts import filled
from inkdigit.reading.sheets.four_sides import Corners
from inkdigit.reading.sheets.perspective import corners_of
from inkdigit.reading.sheets.turn import turn_of

PREVIEW = 640  # pixels of the longer side that the places of sheets are looked for on
LEAST_LAID = 200  # pixels of the shorter side; less shows neither a sheet's edges nor lines
_LEVEL = 0.4  # degrees that lines may fall by
_EDGE = 0.004  # of the longer side of a sheet, that its edge takes

Homography = NDArray[np.float64]  # (3, 3), of (x, y, 1)


@dataclass(frozen=True)
class Place:
    """Where a sheet lies, and how large it is in the picture's own pixels."""

    width: float
    height: float
    to_picture: Homography  # (x, y) of the sheet to the picture's
    is_whole: bool  # the sheet is all of the picture, upright


def find_place(grey: Grey, pixels: Pixels) -> Place:
    """Find where the sheet lies: between its corners if they are clear, else all over.

    Args:
        grey: the picture, (height, width).
        pixels: the same in colour, if it has any.
    """
    height, width = grey.shape
    if min(height, width) >= LEAST_LAID:
        preview = shrunk(grey, PREVIEW)
        corners = corners_of(preview, pixels)
        if corners is not None:
            return place_between(corners * (width / preview.shape[1]))
    return Place(width, height, np.eye(3), True)


def levelled(grey: Grey, place: Place) -> Place:
    """Turn a sheet so that its lines are level, if it shows enough of them.

    Args:
        grey: the picture, dark on light.
        place: of the sheet.
    """
    if min(place.width, place.height) < LEAST_LAID:
        return place
    degrees = turn_of(ink_of_page(previewed(grey, place)).level)
    return _turned(place, degrees) if abs(degrees) > _LEVEL else place


def previewed(grey: Grey, place: Place) -> Grey:
    """Draw a sheet small."""
    return laid(grey, place, min(1.0, PREVIEW / max(place.width, place.height)))


def laid(grey: Grey, place: Place, scale: float) -> Grey:
    """Draw a sheet as it lies flat, at a scale; what is not in the picture repeats its edge."""
    size = (max(1, round(place.width * scale)), max(1, round(place.height * scale)))
    if place.is_whole:
        resample = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(grey, size, interpolation=resample), np.uint8)
    coarser = min(1.0, scale)  # a warp takes samples; this takes averages
    source: NDArray[np.generic] = grey
    if coarser < 1:
        source = cv2.resize(grey, None, fx=coarser, fy=coarser, interpolation=cv2.INTER_AREA)
    matrix = _scaled(coarser) @ place.to_picture @ _scaled(1 / scale)
    flat = cv2.warpPerspective(
        np.asarray(source, np.uint8),
        _shift(-0.5, -0.5) @ matrix @ _shift(0.5, 0.5),  # OpenCV counts from pixels' centres
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(flat, np.uint8)


def outside(picture: Grey, place: Place, flat: Grey) -> NDArray[np.bool_]:
    """Mark what of a flat sheet the picture does not show, and a little of the sheet's edge."""
    height, width = picture.shape
    frame = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    seen = cv2.perspectiveTransform(frame, np.linalg.inv(place.to_picture))[0]
    seen = seen * (flat.shape[1] / place.width)
    shown = filled(seen, flat.shape)
    edge = 2 * max(1, round(_EDGE * max(flat.shape))) + 1
    brush = np.ones((edge, edge), np.uint8)
    inner = np.asarray(cv2.erode(shown, brush, borderType=cv2.BORDER_CONSTANT, borderValue=0))
    hidden: NDArray[np.bool_] = inner == 0
    return hidden


def place_between(corners: Corners) -> Place:
    """Stretch a sheet between its corners to a rectangle."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = float(sides[::2].mean()), float(sides[1::2].mean())
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    to_picture = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    return Place(width, height, np.asarray(to_picture, np.float64), False)


def _turned(place: Place, degrees: float) -> Place:
    """Turn a sheet about its middle, with room for its corners."""
    angle = np.deg2rad(degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    width = place.width * cos + place.height * abs(sin)
    height = place.height * cos + place.width * abs(sin)
    turn = np.array([(cos, -sin, 0), (sin, cos, 0), (0, 0, 1)])
    moved = _shift(place.width / 2, place.height / 2) @ turn @ _shift(-width / 2, -height / 2)
    return Place(width, height, place.to_picture @ moved, False)


def _shift(x: float, y: float) -> Homography:
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1)], np.float64)


def _scaled(times: float) -> Homography:
    return np.diag([times, times, 1.0])
