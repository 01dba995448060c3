"""A page laid flat: light taken out, turned and scaled, and a mask of what may be writing on it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.ink import ink_of
from inkdigit.reading.combs import with_hidden_boxes
from inkdigit.reading.highlighter import without_highlighter
from inkdigit.reading.light import Grey, Ink, ink_of_page, is_light_on_dark
from inkdigit.reading.open_boxes import with_open_boxes
from inkdigit.reading.parts import parts_of, typical_height
from inkdigit.reading.place import Place, find_place, laid, levelled, outside, previewed
from inkdigit.reading.rings import rings
from inkdigit.reading.rulings import Rulings, candidates, chosen, completed, distinct, erased
from inkdigit.reading.stems import without_stems
from inkdigit.types import Box

_PIXELS = 2400 * 1800  # that a page is read at
_MOST_PIXELS = 16_000_000  # the same, where writing is so small that it must not be shrunk
_SMALLEST = 300  # pixels of the longer side that a small picture is enlarged to
_SMALL_DIGITS = 22  # pixels: digits that are less tall lose by being shrunk
_LEAST_DIGITS = 6  # pixels; what is less tall is the grain of the picture
_WANTED_DIGITS = 36  # pixels that they are given, as far as the picture has them
_WEAK, _STRONG = 64, 84  # levels of ink: a stroke is strong somewhere and nowhere less than weak
_MOST_DOUBT = 100  # level that is ink on any paper
_MANY_LINES = 6  # digit heights that a page with lines is tall; on one line all is as faint
_FAINT_WEAK, _FAINT_STRONG = 32, 42  # the same of writing that is faint all over
_FAINT_TALL = 0.35, 2.2  # digit heights that a part of it is tall
_LONGEST = 8  # times as wide as tall
_DEEP = 0.2  # of its height from its edges to its middle, at most: a stain is deeper
_BAND = 5  # pixels: what is left of a ruling is as near to it
_STAINED = 0.4  # of the way from paper to ink, that is no paper any more
_AMONG = 0.1  # times its own ink that is stronger and in its box, at most
_SMOOTH = 1.0  # pixels that ink is smoothed over before it is or is not
_LEAST_PART, _FEWEST_PARTS = 4, 6  # pixels, and how many, that tell how large writing is
_THICKEST = 1.5  # times the height of letters and digits that no stroke is thick
_GRID = 12  # rulings that squared paper has at least
_SQUARE = 1.6  # digit heights that a square is wide at most: a table's cells are wider
_PIECE = 0.7  # of the least length of a ruling, once the others are gone
_FEWEST_DOTS = 12  # that are printed on paper
_MORE_DOTS = 2  # times as many as there are parts of writing
_ROUND = 0.5  # of its box that a dot fills, and its shorter side of its longer one
_NOT_ROUND = 0.2  # times as many parts as large as dots that are none: small writing has more
_ALIKE = 1.6  # times as tall as most dots, or as low
_TALLER = 2.5  # times as tall as a dot: writing
_APART = 2.5  # times as wide, from one dot to the next
_ASKED_DOTS = 200  # about so many are asked how far the next one is
_SPECK = 0.12  # digit heights: what is neither taller nor wider is no dot


@dataclass(frozen=True)
class Sheet:
    """A page as it is read."""

    grey: NDArray[np.uint8]  # (h, w) as the picture shows it, dark on light
    ink: NDArray[np.uint8]  # (h, w) 0 paper … 255 full ink; strokes keep their grey levels
    mask: NDArray[np.bool_]  # (h, w) ink that may be writing: rulings, boxes, specks are taken out
    rulings: NDArray[np.bool_]  # (h, w) where rulings and boxes were
    to_picture: NDArray[np.float64]  # (3, 3) homography, (x, y) of the sheet to the picture's

    def corners_in_picture(self, box: Box) -> NDArray[np.float64]:
        """Give the four corners of a box on the sheet, (4, 2) x and y, in pixels of the picture."""
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        moved = cv2.perspectiveTransform(np.array([corners], np.float64), self.to_picture)
        return np.asarray(moved[0], np.float64)


def lay_flat(pixels: Pixels) -> Sheet:
    """Find the ink of a page, whatever its light, its polarity and its place in the picture.

    Args:
        pixels: (height, width, 1 or 3), upright.
    """
    colour = pixels.shape[2] == 3
    grey = np.asarray(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if colour else pixels[..., 0], np.uint8
    )
    if colour:
        grey = without_highlighter(pixels, grey)
    place = find_place(grey, pixels)
    if is_light_on_dark(previewed(grey, place)):
        grey = 255 - grey
    place = levelled(grey, place)
    area = place.width * place.height
    scale = min(1.0, (_PIXELS / area) ** 0.5)
    scale = max(scale, min(2.0, _SMALLEST / max(place.width, place.height)))
    widest = _widest_stroke(grey, place)
    sheet, digits = _read(grey, place, scale, widest)
    if scale < 1 and _LEAST_DIGITS < digits < _SMALL_DIGITS:
        most = (_MOST_PIXELS / area) ** 0.5
        sheet, _ = _read(grey, place, min(1.0, most, scale * _WANTED_DIGITS / digits), widest)
    return sheet


def _widest_stroke(grey: Grey, place: Place) -> float:
    """Tell how thick strokes are at most, in pixels of the sheet; inf where there are few parts."""
    small = previewed(grey, place)
    heights = parts_of(_mask(ink_of_page(small))).heights
    tall = heights[heights >= _LEAST_PART]
    if len(tall) < _FEWEST_PARTS:
        return math.inf
    return float(_THICKEST * np.median(tall) * place.width / small.shape[1])


def _read(grey: Grey, place: Place, scale: float, widest: float) -> tuple[Sheet, float]:
    """Read a page at a scale.

    Args:
        grey: the picture, dark on light.
        place: of the sheet.
        scale: of the sheet.
        widest: pixels of the sheet that strokes are thick at most.

    Returns:
        The sheet, and how tall its digits are in pixels.
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
    digits = typical_height(parts_of(_without_dots(_mask(Ink(without, ink.certain)))))
    level, rulings = _without_rulings(ink.level, found, digits)
    mask = _without_specks(_without_dots(_mask(Ink(level, ink.certain))), digits)
    if len(mask) > _MANY_LINES * digits:
        mask |= _faint_writing(flat, Ink(level, ink.certain), mask, rulings, digits)
    around = rings(mask, rulings)
    level[around], mask, rulings = 0, mask & ~around, rulings | around
    height, width = flat.shape
    to_picture = place.to_picture @ np.diag([place.width / width, place.height / height, 1.0])
    return Sheet(flat, level, mask, rulings, to_picture), digits


def _without_rulings(level: Grey, found: Rulings, digits: float) -> tuple[Grey, NDArray[np.bool_]]:
    """Take out what of the candidates are rulings.

    Returns:
        The ink without them, and where they were.
    """
    kept = chosen(found, level.shape, digits)
    if digits:
        kept = without_stems(with_open_boxes(kept, found, digits), digits)
        kept = with_hidden_boxes(level, completed(level, kept, digits), digits)
    clean, where = erased(level, kept)
    if not _is_squared(kept, digits):
        return clean, where
    # what was hidden between digits and the lines of a grid stands alone only now
    clean, more = erased(clean, chosen(candidates(clean), level.shape, _PIECE * digits))
    return clean, where | more


def _is_squared(rulings: Rulings, digits: float) -> bool:
    """Tell squared paper from tables."""
    both = distinct(rulings.across), distinct(rulings.down)
    if sum(map(len, both)) < _GRID or min(map(len, both)) < 2:
        return False
    places = (np.sort([each.middle.mean() for each in some]) for some in both)
    return all(np.median(np.diff(place)) <= _SQUARE * digits for place in places)


def _longer(rulings: Rulings, length: int) -> Rulings:
    return Rulings(
        tuple(ruling for ruling in rulings.across if ruling.length >= length),
        tuple(ruling for ruling in rulings.down if ruling.length >= length),
    )


def _mask(ink: Ink) -> NDArray[np.bool_]:
    """Tell ink from paper: strokes are certain somewhere, and nowhere fainter than `_WEAK`."""
    smooth = _smoothed(ink.level)
    weak = (smooth > np.clip(ink.certain, _WEAK, _MOST_DOUBT)).view(np.uint8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[smooth > _STRONG]] = True
    kept[0] = False
    mask: NDArray[np.bool_] = kept[labels]
    return mask


def _smoothed(level: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(level, (0, 0), _SMOOTH), np.uint8)


def _faint_writing(
    flat: Grey, ink: Ink, mask: NDArray[np.bool_], rulings: NDArray[np.bool_], digits: float
) -> NDArray[np.bool_]:
    """Find writing that is faint all over, as pencil is on a printed form.

    Args:
        flat: the sheet, dark on light.
        ink: of it, without its rulings.
        mask: (height, width), what is ink anyway.
        rulings: where they were: what is left of them is faint, too.
        digits: pixels that they are tall.
    """
    smooth = _smoothed(ink.level)
    clearly = cv2.add(ink.certain, ink.certain)
    is_ink = smooth > np.clip(clearly, _FAINT_WEAK, _MOST_DOUBT)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(is_ink.view(np.uint8), connectivity=8)
    _, _, width, height, area = stats.T
    of, levels = labels[is_ink], smooth[is_ink]
    usual = np.bincount(of, levels, minlength=len(stats)) / area
    may_be = (usual < _STRONG) & (height >= _FAINT_TALL[0] * digits)
    may_be &= (height <= _FAINT_TALL[1] * digits) & (width <= _LONGEST * height)
    short = np.minimum(width, height)
    near = cv2.dilate(rulings.view(np.uint8), np.ones((_BAND, _BAND), np.uint8)) > 0
    beside = np.bincount(labels[near], minlength=len(stats)) > 0
    may_be &= ~beside | (short >= digits / 4)
    may_be[0] = False
    found = np.zeros_like(mask)
    for part in np.flatnonzero(may_be).tolist():
        left, top, wide, tall, size = stats[part].tolist()
        place = np.s_[top : top + tall, left : left + wide]
        own = labels[place] == part
        if smooth[place][own].max() <= _FAINT_STRONG:
            continue
        deep = cv2.distanceTransform(np.pad(own, 1).view(np.uint8), cv2.DIST_L2, 3).max()
        alone = (mask[place] & ~own).sum() < _AMONG * size
        if alone and deep <= _DEEP * tall and not _is_edge(flat[place], own):
            found[place] |= own
    return found


def _is_edge(grey: Grey, own: NDArray[np.bool_]) -> bool:
    """Tell whether ink is only the edge of a stain: what it is around is darker than the rest."""
    ink = own.view(np.uint8)
    hull = np.zeros_like(ink)
    cv2.fillConvexPoly(hull, cv2.convexHull(cv2.findNonZero(ink)), 1)
    clear = cv2.dilate(ink, np.ones((_BAND, _BAND), np.uint8)) == 0
    inside, outside = grey[clear & (hull > 0)], grey[clear & (hull == 0)]
    if not inside.size or not outside.size:
        return False
    paper = float(np.median(outside))
    return paper - float(np.median(inside)) > _STAINED * (paper - float(np.median(grey[own])))


def _without_dots(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take out the dots of dotted paper: many, round, alike, and far less tall than writing."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8
    )
    _, _, width, height, area = stats.T
    long, short = np.maximum(width, height), np.minimum(width, height)
    is_round = (short >= _ROUND * long) & (area >= _ROUND * width * height)
    is_round[0] = False
    if is_round.sum() < _FEWEST_DOTS:
        return mask
    usual = float(np.median(long[is_round]))
    is_dot = is_round & (long <= _ALIKE * usual) & (long * _ALIKE >= usual)
    others = long[1:][~is_dot[1:]]
    taller = int((others > _TALLER * usual).sum())
    alike = int((others * _ALIKE >= usual).sum()) - taller
    count = int(is_dot.sum())
    if not taller or count < max(_FEWEST_DOTS, _MORE_DOTS * taller) or alike > _NOT_ROUND * count:
        return mask
    if _nearest(centres[is_dot]) < _APART * usual:
        return mask  # small digits of a thick pen are round, too
    kept = ~is_dot
    kept[0] = False
    clean: NDArray[np.bool_] = kept[labels]
    return clean


def _nearest(centres: NDArray[np.float64]) -> float:
    """Give the usual way from a point to the next one, in pixels: `centres` is (points, 2)."""
    some = centres[:: -(-len(centres) // _ASKED_DOTS)]
    ways = np.hypot(*(some[:, None] - centres[None]).transpose(2, 0, 1))
    return float(np.median(np.partition(ways, 1, axis=1)[:, 1]))  # the least is to itself


def _without_specks(mask: NDArray[np.bool_], digits: float) -> NDArray[np.bool_]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    longest = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    kept = longest > _SPECK * digits
    kept[0] = False
    clean: NDArray[np.bool_] = kept[labels]
    return clean
