"""Notes: sheets that take a small part of a picture, whatever else it shows.

A sheet that takes most of its picture is found by its sides (`perspective`). Those of a small one
are short beside all other edges of a photograph, but it is in one piece, evenly bright or of one
colour, and has four corners: it shows as a four-sided part of the picture at some level of
brightness or of saturation, and at the next ones, too (Matas et al. 2002, "maximally stable").
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.sheets.light import Grey, shrunk
from inkdigit.reading.sheets.perspective import Corners, are_sheets
from inkdigit.reading.sheets.place import LEAST_LAID

_PREVIEW = 640  # pixels of the longer side that notes are looked for on
_WRITING = 1 / 40  # of the shorter side: what is narrower is writing on a note
_LEVELS = 16  # of each channel
_SHARES = 0.01, 0.5  # of the picture that a note takes, at least and at most
_SHORTEST = 30  # pixels of a note's side
_SOLID = 0.95  # of its hull that a note fills
_FOUR_SIDED = 0.94  # of the larger one of hull and four corners, that both have
_LOOSEST = 0.08  # of its outline: how far it may stray from four straight sides
_STABLE = 2  # levels that show a note
_SAME = 8  # pixels between the corners of one note at two levels, at most
_MOST = 4  # notes in one picture


def notes_in(grey: Grey, pixels: Pixels) -> list[Corners]:
    """Find the notes of a picture.

    Args:
        grey: the picture, (height, width).
        pixels: the same in colour, if it has any: (height, width, 1 or 3).

    Returns:
        Their corners in pixels of the picture, the clearest first; none overlaps another. None in
        a picture that is too small to show what is around a sheet.
    """
    if min(grey.shape) < LEAST_LAID:
        return []
    small = shrunk(grey, _PREVIEW)
    scale = grey.shape[1] / small.shape[1]
    seen: list[Corners] = []
    levels: list[int] = []  # that show each of them
    for channel in _channels(small, pixels):
        for level in np.linspace(channel.min(), channel.max(), _LEVELS + 2)[1:-1].tolist():
            for corners in _four_sided(channel > level):
                away = np.abs(np.array([*seen, corners]) - corners).max(axis=(1, 2))
                same = int((away <= _SAME).argmax())
                if same == len(seen):
                    seen.append(corners)
                    levels.append(0)
                levels[same] += 1
    notes: list[Corners] = []
    for k in np.argsort(np.negative(levels), kind="stable").tolist():
        if levels[k] >= _STABLE and not any(_overlap(each, seen[k]) for each in notes):
            notes.append(seen[k])
    return [corners * scale for corners in notes[:_MOST]]


def _channels(small: Grey, pixels: Pixels) -> Iterator[Grey]:
    """Give what a note may stand out by: it is brighter, darker, or of more or less colour."""
    reach = max(3, round(min(small.shape) * _WRITING)) | 1
    brush = np.ones((reach, reach), np.uint8)
    views = [small, np.asarray(255 - small, np.uint8)]
    if pixels.shape[2] == 3:
        colours = cv2.resize(pixels, small.shape[::-1], interpolation=cv2.INTER_AREA)
        range_of = colours.max(axis=2) - colours.min(axis=2)
        views += [range_of, np.asarray(255 - range_of, np.uint8)]
    for view in views:
        yield np.asarray(cv2.morphologyEx(view, cv2.MORPH_CLOSE, brush), np.uint8)


def _four_sided(mask: NDArray[np.bool_]) -> Iterator[Corners]:
    """Find the parts of a mask that have four corners and lie inside of the picture."""
    height, width = mask.shape
    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    least, most = (share * mask.size for share in _SHARES)
    for outline in outlines:
        left, top, wide, tall = cv2.boundingRect(outline)
        area = cv2.contourArea(outline)
        if not least <= area <= most or min(wide, tall) < _SHORTEST:
            continue
        if left < 1 or top < 1 or left + wide > width - 1 or top + tall > height - 1:
            continue
        hull = np.asarray(cv2.convexHull(outline), np.int32)
        if area < _SOLID * cv2.contourArea(hull):
            continue
        corners = _corners_of(hull)
        if corners is not None and bool(are_sheets(corners[None])[0]):
            yield corners


def _corners_of(hull: NDArray[np.int32]) -> Corners | None:
    """Reduce a hull to four corners, clockwise from the top left; None if it is no such figure."""
    around = cv2.arcLength(hull, True)
    for share in np.linspace(0.01, _LOOSEST, 8).tolist():
        figure = cv2.approxPolyDP(hull, share * around, True)[:, 0]
        if len(figure) <= 4:
            break
    if len(figure) != 4:
        return None
    areas = cv2.contourArea(figure), cv2.contourArea(hull)
    if min(areas) < _FOUR_SIDED * max(areas):
        return None
    corners = figure.astype(np.float64)
    away = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]
    first = int(corners.sum(axis=1).argmin())
    return np.roll(corners, -first, axis=0)


def _overlap(one: Corners, other: Corners) -> bool:
    """Tell whether two convex figures have anything in common."""
    common, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return common > 0
