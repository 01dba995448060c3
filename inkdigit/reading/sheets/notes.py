"""Notes: sheets that take a small part of a picture, whatever else it shows.

A sheet that takes most of its picture is found by its sides (`perspective`). Those of a small one
are short beside all other edges of a photograph, but it is in one piece, evenly bright or of one
colour, and has four corners: it shows as a four-sided part of the picture at some level of
brightness or of saturation, and at the next ones, too (Matas et al. 2002, "maximally stable").
"""

from collections.abc import Iterator
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.grey import grey_of
from inkdigit.reading.ink.light import Grey, shrunk
from inkdigit.reading.ink.parts import filled
from inkdigit.reading.sheets.four_sides import Corners, are_sheets
from inkdigit.reading.sheets.place import LEAST_LAID, PREVIEW

_WRITING = 1 / 40  # of the shorter side: what is narrower is writing on a note
_LEVELS = 12  # of each channel
_SHARES = 0.01, 0.5  # of the picture that a note takes, at least and at most
_SHORTEST = 30  # pixels of a note's side
_SOLID = 0.95  # of its hull that a note fills
_FOUR_SIDED = 0.94  # of the larger one of hull and four corners, that both have
_LOOSEST = 0.08  # of its outline: how far it may stray from four straight sides
_EDGE = 20, 60  # levels that brightness changes by across an edge, where it goes on and begins
_STABLE = 2  # levels that show a note
_SAME = 8  # pixels between the corners of one note at two levels, at most
_RIM = 9  # pixels, twice as many as lie beside the edge of a note
_WRITTEN = 0.005, 0.6  # of a note that is beside the edges of strokes
_MOST = 12  # notes in one picture


def notes_in(pixels: Pixels) -> list[Corners]:
    """Find the notes of a picture.

    Args:
        pixels: (height, width, 1 or 3), upright.

    Returns:
        The corners of the clearest, in pixels of the picture and in reading order; none overlaps
        another. None in a picture that is too small to show what is around a sheet.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_LAID:
        return []
    small = shrunk(grey_of(pixels), PREVIEW)
    scale = width / small.shape[1]
    seen: list[Corners] = []
    levels: list[int] = []  # that show each of them
    edges = _edges(small)
    for channel in _channels(small, pixels):
        for level in np.linspace(channel.min(), channel.max(), _LEVELS + 2)[1:-1].tolist():
            is_bright = channel > level
            for corners in chain(_four_sided(is_bright), _four_sided(is_bright & ~edges)):
                away = np.abs(np.array([*seen, corners]) - corners).max(axis=(1, 2))
                same = int((away <= _SAME).argmax())
                if same == len(seen):
                    seen.append(corners)
                    levels.append(0)
                levels[same] += 1
    notes: list[Corners] = []
    for k in np.argsort(np.negative(levels), kind="stable").tolist():
        is_new = not any(_overlap(each, seen[k]) for each in notes)
        if levels[k] >= _STABLE and is_new and _is_written_on(seen[k], edges):
            notes.append(seen[k])
    return [corners * scale for corners in _in_reading_order(notes[:_MOST])]


def _in_reading_order(notes: list[Corners]) -> list[Corners]:
    """Sort notes by rows: those in one begin above the middle of the highest of them."""
    downwards = sorted(notes, key=lambda corners: float(corners[:, 1].min()))
    ordered: list[Corners] = []
    while downwards:
        middle = downwards[0][:, 1].mean()
        row = [corners for corners in downwards if corners[:, 1].min() < middle]
        ordered += sorted(row, key=lambda corners: float(corners[:, 0].mean()))
        downwards = downwards[len(row) :]
    return ordered


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


def _edges(small: Grey) -> NDArray[np.bool_]:
    """Find what may be the edge of a note on a ground that is as bright elsewhere (Canny 1986)."""
    edges = cv2.Canny(small, *_EDGE)
    return np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)) > 0, np.bool_)


def _four_sided(mask: NDArray[np.bool_]) -> Iterator[Corners]:
    """Find the parts of a mask that have four corners and lie inside of the picture."""
    height, width = mask.shape
    outlines, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    least, most = (share * mask.size for share in _SHARES)
    for outline in outlines:
        if len(outline) < 3 * _SHORTEST or not least <= cv2.contourArea(outline) <= most:
            continue
        left, top, wide, tall = cv2.boundingRect(outline)
        if min(wide, tall) < _SHORTEST:
            continue
        if left < 1 or top < 1 or left + wide > width - 1 or top + tall > height - 1:
            continue
        hull = np.asarray(cv2.convexHull(outline), np.int32)
        if cv2.contourArea(outline) < _SOLID * cv2.contourArea(hull):
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


def _is_written_on(corners: Corners, edges: NDArray[np.bool_]) -> bool:
    """Tell whether there are strokes on a note, and paper between them."""
    within = cv2.erode(filled(corners, edges.shape), np.ones((_RIM, _RIM), np.uint8)) > 0
    strokes = edges[within]
    return bool(strokes.size) and _WRITTEN[0] <= float(strokes.mean()) <= _WRITTEN[1]


def _overlap(one: Corners, other: Corners) -> bool:
    """Tell whether two convex figures have anything in common."""
    common, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return common > 0
