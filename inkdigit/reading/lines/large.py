"""Digits of another pen, far larger than most of what is on a sheet: than the words beside them."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Parts, typical_height
from inkdigit.reading.lines.region import Region
from inkdigit.reading.lines.writing import TALLEST

_AS_LARGE = 0.65  # of the usual height of large digits, that all of them have
_THICKER = 1.25  # times as thick as most strokes: else it may be a diagram by the same pen
_BESIDE = 0.6  # of the height of two large digits, that they share
_USUAL = 0.25, 1.5  # digit heights of the parts that tell how thick most strokes are
_EDGE = 2  # pixels of the sheet's edge, where other things end


def are_large_digits(parts: Parts, height: float, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which parts may be digits of another pen, far larger than most of what is there.

    Args:
        parts: of the ink.
        height: of most writing, in pixels: of the words of a picture that numbers are drawn on.
        mask: (h, w) of the ink.

    Returns:
        (parts,).
    """
    rows, columns = mask.shape
    left, top, right, bottom = parts.boxes.T
    inside = (left > _EDGE) & (top > _EDGE) & (right < columns - _EDGE) & (bottom < rows - _EDGE)
    are_large: NDArray[np.bool_] = inside & (parts.heights > TALLEST * height)
    if not are_large.any():
        return are_large
    thick = _thickness(parts, mask)
    are_usual = (parts.heights > _USUAL[0] * height) & (parts.heights < _USUAL[1] * height)
    usual = float(np.median(thick[are_usual])) if are_usual.any() else 0.0
    are_large &= (thick > _THICKER * usual) | _are_in_company(parts, are_large)
    if are_large.any():
        like_them = _AS_LARGE * typical_height(parts.where(are_large))
        are_large |= inside & (parts.heights > like_them)
    return are_large


def _are_in_company(parts: Parts, are_large: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(parts,) Tell which large parts stand beside another one, as digits of a number do."""
    large = parts.where(are_large)
    left, top, right, bottom = large.boxes.T
    low = np.minimum(large.heights[:, None], large.heights)
    gap = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    shared = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    beside = (gap <= low) & (shared > _BESIDE * np.maximum(large.heights[:, None], large.heights))
    np.fill_diagonal(beside, False)
    are_in_company = np.zeros(len(parts), np.bool_)
    are_in_company[are_large] = beside.any(axis=1)
    return are_in_company


def _thickness(parts: Parts, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Tell how thick the strokes of each part are, in pixels: (parts,)."""
    ink = mask.view(np.uint8)
    edges = ink - cv2.erode(ink, np.ones((3, 3), np.uint8))
    around = np.array(
        [edges[top:bottom, left:right].sum() for left, top, right, bottom in parts.boxes.tolist()]
    )
    thickness: NDArray[np.float64] = 2 * parts.areas / np.maximum(around, 1)
    return thickness


def with_large(
    lines: tuple[tuple[Region, ...], ...], large: tuple[tuple[Region, ...], ...]
) -> tuple[tuple[Region, ...], ...]:
    """Put lines of large numbers among the others, which keep their order."""
    ordered = list(lines)
    for line in large:
        lower = (k for k, other in enumerate(ordered) if _middle(other) > _middle(line))
        marked = tuple(replace(region, is_large=True) for region in line)
        ordered.insert(next(lower, len(ordered)), marked)
    return tuple(ordered)


def _middle(line: tuple[Region, ...]) -> float:
    """Tell in which row of the sheet the middle of a line is."""
    return float(np.mean([(region.box.top + region.box.bottom) / 2 for region in line]))
