"""A page laid flat: light taken out, turned and scaled, and a mask of what may be writing on it."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.ink import ink_of
from inkdigit.reading.ink.dashes import without_dashes
from inkdigit.reading.ink.grey import grey_of
from inkdigit.reading.ink.light import Grey, Ink, ink_of_page
from inkdigit.reading.ink.mask import mask_of, without_pattern, writing_on
from inkdigit.reading.ink.parts import parts_of, typical_height
from inkdigit.reading.ink.polarity import is_light_on_dark
from inkdigit.reading.rulings.choice import chosen
from inkdigit.reading.rulings.combs import with_hidden_boxes
from inkdigit.reading.rulings.directions import running_along
from inkdigit.reading.rulings.erase import erased
from inkdigit.reading.rulings.hidden import completed
from inkdigit.reading.rulings.narrow_cells import tables_of_narrow_cells
from inkdigit.reading.rulings.open_boxes import with_open_boxes
from inkdigit.reading.rulings.paper import is_written_across
from inkdigit.reading.rulings.ridges import candidates
from inkdigit.reading.rulings.ruling import CELL, MANY_LINES, Rulings, distinct, steps_of
from inkdigit.reading.rulings.sides import with_hidden_sides
from inkdigit.reading.rulings.stems import without_stems
from inkdigit.reading.rulings.tables import tables_of_squares
from inkdigit.reading.sheets.four_sides import Corners
from inkdigit.reading.sheets.place import (
    Place,
    find_place,
    laid,
    levelled,
    outside,
    place_between,
    previewed,
)
from inkdigit.reading.sheets.rings import rings
from inkdigit.types import Box

_PIXELS = 2400 * 1800  # that a page is read at
_MOST_PIXELS = 16_000_000  # the same, where writing is so small that it must not be shrunk
_SMALLEST = 300  # pixels of the longer side that a small picture is enlarged to
_SMALL_DIGITS = 22  # pixels: digits that are less tall touch each other, and their rules
_LEAST_DIGITS = 6  # pixels; what is less tall is the grain of the picture
_WANTED_DIGITS = 36  # pixels that they are given
_ENLARGED = 2.0  # times, at most
_LARGE_DIGITS = 80, 48  # pixels: on a page with larger ones rules are too thick, and what they get
_BOXED_DIGITS = 40, 56  # pixels: smaller ones' boxes are too thin and short; and what they get
_BOX = 3.2  # digit heights that a box is tall
_BAR = 0.9, 0.1, 0.9  # digit heights that a wall is tall, and wide, and how much of that is ink
_FEWEST_BARS = 8  # walls of boxes: ones are less thin, or less upright
_FEWEST_WALLS, _SHARE_OF_BOXES = 3, 0.7  # of boxes, and of all walls: squared paper has long ones
_LEAST_PART, _FEWEST_PARTS = 4, 6  # pixels, and how many, that tell how large writing is
_THICKEST = 1.5  # times the height of letters and digits that no stroke is thick
_GRID = 12  # rulings that squared paper has at least
_SHRUNK = 0.5  # times as tall, once rulings are gone: less was no digits' height before
_OF_DIGITS = 0.6  # of their usual height: a part so tall is most of a digit
_PIECE = 0.7  # of the least length of a ruling, once the others are gone


@dataclass(frozen=True)
class Sheet:
    """A page as it is read."""

    grey: NDArray[np.uint8]  # (h, w) as the picture shows it, dark on light
    ink: NDArray[np.uint8]  # (h, w) 0 paper … 255 full ink; strokes keep their grey levels
    mask: NDArray[np.bool_]  # (h, w) ink that may be writing: rulings, boxes, specks are taken out
    rulings: NDArray[np.bool_]  # (h, w) where rulings and boxes were
    to_picture: NDArray[np.float64]  # (3, 3) homography, (x, y) of the sheet to the picture's
    tables: tuple[Box, ...] = ()  # of narrow cells, that hold a number each
    is_written_across: bool = False  # squared paper, whose rulings part nothing

    def corners_in_picture(self, box: Box) -> NDArray[np.float64]:
        """Give the four corners of a box on the sheet, (4, 2) x and y, in pixels of the picture."""
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        moved = cv2.perspectiveTransform(np.array([corners], np.float64), self.to_picture)
        return np.asarray(moved[0], np.float64)


class _Read(NamedTuple):
    """A sheet, and what tells whether it had better be read at another scale."""

    sheet: Sheet
    digits: float  # pixels that they are tall
    rulings: Rulings


def lay_flat(pixels: Pixels, corners: Corners | None = None) -> Sheet:
    """Find the ink of a page, whatever its light, its polarity and its place in the picture.

    Args:
        pixels: (height, width, 1 or 3), upright.
        corners: of the page in the picture, if they are known.
    """
    grey = grey_of(pixels)
    place = find_place(grey, pixels) if corners is None else place_between(corners)
    if is_light_on_dark(previewed(grey, place)):
        grey = 255 - grey
    place = levelled(grey, place)
    area = place.width * place.height
    scale = min(1.0, (_PIXELS / area) ** 0.5)
    scale = max(scale, min(2.0, _SMALLEST / max(place.width, place.height)))
    widest = _widest_stroke(grey, place)
    read = _read(grey, place, scale, widest)
    better = _better_scale(read, scale, area)
    return _told_what_parts(read if better == scale else _read(grey, place, better, widest))


def _better_scale(read: _Read, scale: float, area: float) -> float:
    """Choose at which scale a sheet had better be read, now that the size of its digits is known.

    Args:
        read: the sheet, as it was read first.
        scale: that it was read at.
        area: pixels of the picture that it takes.
    """
    digits = read.digits
    most = math.sqrt(_MOST_PIXELS / area)
    if scale < 1 and _LEAST_DIGITS < digits < _SMALL_DIGITS:
        return min(1.0, most, scale * _WANTED_DIGITS / digits)
    if len(read.sheet.mask) <= MANY_LINES * digits:
        return scale
    if digits > _LARGE_DIGITS[0]:
        return scale * _LARGE_DIGITS[1] / digits
    if _LEAST_DIGITS < digits < _BOXED_DIGITS[0] and _has_boxes(read):
        wanted = _BOXED_DIGITS[1]
    elif _LEAST_DIGITS < digits < _SMALL_DIGITS:
        wanted = _WANTED_DIGITS
    else:
        return scale
    return max(scale, min(_ENLARGED, most, scale * wanted / digits))


def _widest_stroke(grey: Grey, place: Place) -> float:
    """Tell how thick strokes are at most, in pixels of the sheet; inf where there are few parts."""
    small = previewed(grey, place)
    heights = parts_of(without_dashes(mask_of(ink_of_page(small)))).heights
    tall = heights[heights >= _LEAST_PART]
    if len(tall) < _FEWEST_PARTS:
        return math.inf
    return float(_THICKEST * np.median(tall) * place.width / small.shape[1])


def _read(grey: Grey, place: Place, scale: float, widest: float) -> _Read:
    """Read a page at a scale.

    Args:
        grey: the picture, dark on light.
        place: of the sheet.
        scale: of the sheet.
        widest: pixels of the sheet that strokes are thick at most.
    """
    flat = laid(grey, place, scale)
    ink = ink_of_page(flat, widest * scale)
    if not ink.level.any() and max(flat.shape) <= _SMALLEST:
        # a digit that fills its picture leaves no paper around it to compare with
        level = np.rint(ink_of(flat[..., None]) * 255).astype(np.uint8)
        ink = Ink(level, np.zeros_like(level))
    if not place.is_whole:
        ink.level[outside(grey, place, flat)] = 0
    found = candidates(ink.level)
    without, _ = erased(ink.level, _longer(found, min(160, round(0.6 * max(flat.shape)))))
    digits = typical_height(parts_of(without_pattern(mask_of(Ink(without, ink.certain)))))
    kept, level, rulings, mask = _written(flat, ink, found, digits)
    tall = typical_height(parts_of(mask))
    if 0 < tall < _SHRUNK * digits:
        # short rules and what stands on them were one tall part
        digits = tall
        kept, level, rulings, mask = _written(flat, ink, found, digits)
    around = rings(mask, rulings)
    level[around], mask, rulings = 0, mask & ~around, rulings | around
    height, width = flat.shape
    to_picture = place.to_picture @ np.diag([place.width / width, place.height / height, 1.0])
    return _Read(Sheet(flat, level, mask, rulings, to_picture), digits, kept)


def _told_what_parts(read: _Read) -> Sheet:
    """Tell in which tables every cell holds a number, and whether rulings part nothing at all."""
    sheet, digits, rulings = read
    parts = parts_of(sheet.mask)
    boxes = parts.where(parts.heights >= _OF_DIGITS * digits).boxes
    narrow = tables_of_narrow_cells(sheet.rulings, boxes, digits)
    return replace(
        sheet,
        tables=tables_of_squares(rulings) + narrow,
        is_written_across=is_written_across(rulings, boxes, sheet.mask.shape),
    )


def _written(
    flat: Grey, ink: Ink, found: Rulings, digits: float
) -> tuple[Rulings, Grey, NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell rulings from writing.

    Args:
        flat: the sheet.
        ink: of it.
        found: what may be rulings.
        digits: pixels that they are tall.

    Returns:
        The rulings, the ink without them, where they were, and a mask of the writing.
    """
    kept = _told(ink.level, found, digits)
    level, rulings = _without(ink.level, kept, digits)
    return kept, level, rulings, writing_on(flat, Ink(level, ink.certain), rulings, digits)


def _told(level: Grey, found: Rulings, digits: float) -> Rulings:
    """Tell which of the candidates are rulings, and add those that digits hide."""
    kept = chosen(found, level.shape, digits)
    if not digits:
        return kept
    kept = without_stems(level, with_open_boxes(kept, found, digits), digits)
    kept = with_hidden_sides(level, completed(level, kept, digits), digits)
    return with_hidden_boxes(level, kept, digits)


def _without(level: Grey, rulings: Rulings, digits: float) -> tuple[Grey, NDArray[np.bool_]]:
    """Take rulings out of the ink.

    Returns:
        The ink without them, and where they were.
    """
    clean, where = erased(level, rulings)
    if not _is_squared(rulings, digits):
        return clean, where
    # what was hidden between digits and the lines of a grid stands alone only now
    pieces = running_along(candidates(clean), rulings, digits)
    clean, more = erased(clean, chosen(pieces, level.shape, _PIECE * digits))
    return clean, where | more


def _has_boxes(read: _Read) -> bool:
    """Tell whether a sheet has boxes for its digits: rules, and short walls, but few long ones.

    Walls that are too short to be told from strokes are left among the parts of the writing.
    """
    parts, digits = parts_of(read.sheet.mask), read.digits
    bars = (parts.heights >= _BAR[0] * digits) & (parts.heights <= _BOX * digits)
    bars &= (parts.widths <= _BAR[1] * digits) & (parts.fill >= _BAR[2])
    if bars.sum() >= _FEWEST_BARS:
        return True
    walls = distinct(read.rulings.down)
    short = sum(wall.length <= _BOX * digits for wall in walls)
    most = max(_FEWEST_WALLS, _SHARE_OF_BOXES * len(walls))
    return short >= most and len(read.rulings.across) > 1


def _is_squared(rulings: Rulings, digits: float) -> bool:
    """Tell squared paper from tables."""
    both = distinct(rulings.across), distinct(rulings.down)
    if sum(map(len, both)) < _GRID or min(map(len, both)) < 2:
        return False
    return all(np.median(steps_of(some)) <= CELL * digits for some in both)


def _longer(rulings: Rulings, length: int) -> Rulings:
    return Rulings(
        tuple(ruling for ruling in rulings.across if ruling.length >= length),
        tuple(ruling for ruling in rulings.down if ruling.length >= length),
    )
