"""Whether writing goes on around what may be a sheet: then its sides are the edges of a shadow."""

import math
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.dashes import without_dashes
from inkdigit.reading.ink.light import Grey, ink_of_page
from inkdigit.reading.ink.mask import mask_of
from inkdigit.reading.ink.parts import filled, parts_of, typical_height
from inkdigit.reading.ink.polarity import is_light_on_dark

_EDGE = 0.015  # of the longer side, on both sides of a sheet's edge, that is not looked at
_TALL = 0.5, 1.7  # digit heights that digits are tall
_WIDE = 3.0  # digit heights that they are wide at most, if they touch
_FEWEST = 8  # digits outside
_DENSE = 0.1  # times as many on the same area as inside
_MOSTLY = 0.75  # of all that is outside: grounds have parts of every size
_ALIKE = 0.3  # of all that is inside, at least: else what is outside is of another size
_GRAIN, _DARKEST = 1.5, 12  # pixels, and grey levels that are added: noise in the dark is none
_AS_EVEN = 4.0  # times the grain of the paper inside, at most, that paper in a shadow has
_PAGE, _MORE_EVEN = 20, 0.5  # parts on what is even, beside a picture that strays more: a page
_EVEN = 0.0005  # that paper strays by beside strokes, in a picture without noise
_BESIDE = 5  # pixels: paper so near to ink is not looked at


class _Writing(NamedTuple):
    """What a picture shows, as if it were nothing but one sheet."""

    at: tuple[NDArray[np.int64], NDArray[np.int64]]  # (parts,) rows and columns of their middles
    are_digits: NDArray[np.bool_]  # (parts,)
    bare: NDArray[np.bool_]  # (h, w) paper that is not near to ink
    grain: NDArray[np.float32]  # (h, w) how much brightness strays from pixel to pixel, as a share


class Surroundings:
    """A picture that may show what is around a sheet.

    Args:
        grey: the picture, small, (height, width).
    """

    def __init__(self, grey: Grey) -> None:
        self._grey = grey

    def hold_more_of(self, corners: NDArray[np.float64]) -> bool:
        """Tell whether the writing between four corners goes on outside, on the same paper.

        Or a page is around them, which is more even than the picture that lies between them.

        Args:
            corners: (4, 2), x and y, clockwise.
        """
        inside = filled(corners, self._grey.shape)
        edge = 2 * max(3, round(_EDGE * max(inside.shape))) + 1
        brush = np.ones((edge, edge), np.uint8)
        within = cv2.erode(inside, brush) > 0
        around = cv2.dilate(inside, brush) == 0
        at, are_digits, bare, grain = self._writing
        is_within, is_around = within[at], around[at]
        strays = _middle(grain, around & bare), _middle(grain, within & bare)
        is_page = strays[0] < _MORE_EVEN * max(strays[1] - _EVEN, 0.0)
        if is_page and is_around.sum() >= _PAGE:
            return True
        count = int((are_digits & is_around).sum())
        if count < _FEWEST or count < _MOSTLY * is_around.sum():
            return False
        inside_too, parts = int((are_digits & is_within).sum()), int(is_within.sum())
        if parts >= _FEWEST and inside_too < _ALIKE * parts:
            return False
        if count / around.sum() < _DENSE * inside_too / within.sum():
            return False
        return strays[0] <= _AS_EVEN * strays[1]

    @cached_property
    def _writing(self) -> _Writing:
        grey = 255 - self._grey if is_light_on_dark(self._grey) else self._grey
        mask = without_dashes(mask_of(ink_of_page(grey)))
        parts = parts_of(mask)
        left, top, right, bottom = parts.boxes.T
        smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _GRAIN)
        return _Writing(
            at=((top + bottom) // 2, (left + right) // 2),
            are_digits=parts.are_sized(typical_height(parts), tall=_TALL, wide=_WIDE),
            bare=cv2.dilate(mask.view(np.uint8), np.ones((_BESIDE, _BESIDE), np.uint8)) == 0,
            grain=np.asarray(np.abs(grey - smooth) / (smooth + _DARKEST), np.float32),
        )


def _middle(values: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    return float(np.median(values[where])) if where.any() else math.inf
