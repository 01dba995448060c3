"""The corners of a sheet of paper that lies on something darker, where they are beyond doubt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.light import Grey

Corners = NDArray[np.float64]  # (4, 2): x and y; top left, top right, bottom right, bottom left

_LEAST_SHARE = 0.25  # of the picture that the sheet covers
_DARKER = 0.72  # times the sheet's brightness that what lies around it has at most
_LEVELS = 35  # grey levels between the two
_FILLS = 0.93  # of the four-sided figure that is as bright as paper
_INSIDE = 0.004  # of the picture's side that a corner is away from its edge
_LEANING = 0.45  # ratio of opposite sides, at most one to 1 + this
_WRITING = 1 / 12  # of the shorter side: what is narrower is writing, not an edge


def corners_of(grey: Grey) -> Corners | None:
    """Find the four corners of a bright sheet, all of them in the picture.

    Args:
        grey: a small picture, (height, width), dark on light.

    Returns:
        Its corners in pixels, None where there is no sheet, or only a part of one.
    """
    reach = max(3, round(min(grey.shape) * _WRITING)) | 1
    brush = np.ones((reach, reach), np.uint8)
    border = cv2.copyMakeBorder(grey, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(border, cv2.MORPH_CLOSE, brush)[reach:-reach, reach:-reach]
    closed = cv2.GaussianBlur(np.ascontiguousarray(closed), (0, 0), 1.5)
    smooth = np.asarray(closed, np.uint8)
    usual, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    rim = np.concatenate((smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1]))
    # where a corner of the sheet is in the shade, it is told from the table alone
    for level in (usual, float(np.median(rim)) + _LEVELS / 2):
        corners = _four_corners(smooth > level)
        if corners is not None and _is_sheet(corners, smooth):
            return corners
    return None


def _four_corners(bright: NDArray[np.bool_]) -> Corners | None:
    """Draw four straight sides along the largest bright part; None where it has not four sides."""
    contours, _ = cv2.findContours(bright.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    outline = np.asarray(max(contours, key=cv2.contourArea), np.int32)
    hull = cv2.convexHull(outline)
    length = cv2.arcLength(hull, True)
    for share in (0.01, 0.02, 0.03, 0.05, 0.07):
        rough = cv2.approxPolyDP(hull, share * length, True)[:, 0].astype(np.float64)
        if len(rough) <= 4:
            break
    if len(rough) != 4:
        return None
    rough = _in_order(rough)
    points = outline[:, 0].astype(np.float64)
    sides = [_side(points, rough[k], rough[(k + 1) % 4]) for k in range(4)]
    corners = [_crossing(sides[k - 1], sides[k]) for k in range(4)]
    return np.array(corners) if np.isfinite(corners).all() else None


def _in_order(corners: Corners) -> Corners:
    """Sort from the top left on, clockwise."""
    centre = corners.mean(axis=0)
    angle = np.arctan2(*(corners - centre).T[::-1])
    around = corners[np.argsort(angle)]
    return np.roll(around, -int((around - centre).sum(axis=1).argmin()), axis=0)


def _side(
    points: Corners, start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit a line, as a point and a direction, to the outline between two corners."""
    along = end - start
    length = max(float(np.hypot(*along)), 1e-6)
    unit = along / length
    position = (points - start) @ unit
    distance = np.abs((points - start) @ np.array([-unit[1], unit[0]]))
    near = (position > 0.08 * length) & (position < 0.92 * length) & (distance < 0.04 * length)
    if near.sum() < 8:
        return np.array([*unit, *start])
    line = cv2.fitLine(points[near].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)
    return np.asarray(line, np.float64).ravel()


def _crossing(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Find where two lines cross; not finite where they are parallel."""
    directions = np.array([one[:2], -other[:2]], np.float64).T
    if abs(np.linalg.det(directions)) < 1e-6:
        return np.inf, np.inf
    along = np.linalg.solve(directions, np.asarray(other[2:] - one[2:], np.float64))
    x, y = one[2:] + along[0] * one[:2]
    return float(x), float(y)


def _is_sheet(corners: Corners, grey: Grey) -> bool:
    """Tell whether four corners are a whole sheet on a darker ground, seen not too much aslant."""
    height, width = grey.shape
    margin = _INSIDE * max(height, width)
    x, y = corners.T
    if min(x.min(), y.min()) < margin or x.max() > width - margin or y.max() > height - margin:
        return False
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    if (np.maximum(sides[:2], sides[2:]) > (1 + _LEANING) * np.minimum(sides[:2], sides[2:])).any():
        return False
    whole = corners.astype(np.float32)[:, None]
    if cv2.contourArea(whole) < _LEAST_SHARE * height * width:
        return False
    inside = np.zeros_like(grey)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    ring = 2 * max(3, round(0.015 * max(height, width))) + 1
    brush = np.ones((ring, ring), np.uint8)
    outer = (cv2.dilate(inside, brush) > 0) & (inside == 0)
    inner = (inside > 0) & (cv2.erode(inside, brush) == 0)
    paper, around = float(np.median(grey[inner])), grey[outer]
    darker = (around < _DARKER * paper) & (around < paper - _LEVELS)
    bright = grey[inside > 0] > 0.5 * paper
    return bool(darker.mean() > 0.8 and bright.mean() > _FILLS)
