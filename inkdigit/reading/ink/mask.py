"""What of the ink on a sheet may be writing: strong or faint strokes, but no dots and no specks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.dashes import without_dashes
from inkdigit.reading.ink.light import Grey, Ink
from inkdigit.reading.ink.parts import hull_of
from inkdigit.reading.rulings.ruling import BAND, MANY_LINES, widened

_WEAK, _STRONG = 64, 84  # levels of ink: a stroke is strong somewhere and nowhere less than weak
_MOST_DOUBT = 100  # level that is ink on any paper
_FAINT_WEAK, _FAINT_STRONG = 32, 42  # the same of writing that is faint all over
_FAINT_TALL = 0.35, 2.2  # digit heights that a part of it is tall
_LONGEST = 8  # times as wide as tall
_DEEP = 0.2  # of its height from its edges to its middle, at most: a stain is deeper
_STAINED = 0.4  # of the way from paper to ink, that is no paper any more
_AMONG = 0.1  # times its own ink that is stronger and in its box, at most
_CLOSE_DASHES = 12  # that make a rule: the strokes of letters are as alike
_NEAR, _MIDDLE = 9, 0.7  # pixels, and of the strongest ink so near, that middles of strokes have
_SMOOTH = 1.0  # pixels that ink is smoothed over before it is or is not
_FEWEST_DOTS = 12  # that are printed on paper
_MORE_DOTS = 2  # times as many as there are parts of writing
_ROUND = 0.5  # of its box that a dot fills, and its shorter side of its longer one
_NOT_ROUND = 0.2  # times as many parts as large as dots that are none: small writing has more
_ALIKE = 1.6  # times as tall as most dots, or as low
_TALLER = 2.5  # times as tall as a dot: writing
_APART = 2.5  # times as wide, from one dot to the next
_ASKED_DOTS = 200  # about so many are asked how far the next one is
_SPECK = 0.12  # digit heights: what is neither taller nor wider is no dot


def mask_of(ink: Ink) -> NDArray[np.bool_]:
    """Tell ink from paper: strokes are certain somewhere, and nowhere fainter than `_WEAK`."""
    return _strokes(_smoothed(ink.level), ink.certain)


def writing_on(
    flat: Grey, ink: Ink, rulings: NDArray[np.bool_], digits: float
) -> NDArray[np.bool_]:
    """Tell what may be writing: strokes without dots and specks, and on a page faint ones, too.

    Args:
        flat: the sheet, dark on light.
        ink: of it, without its rulings.
        rulings: where they were: what is left of them is faint, too.
        digits: pixels that they are tall.
    """
    smooth = _smoothed(ink.level)
    is_page = len(flat) > MANY_LINES * digits
    strokes = _strokes(smooth, ink.certain)
    if is_page:
        strokes &= ~_close_dashes(ink.level)
    mask = _without_specks(without_pattern(strokes), digits)
    if is_page:
        mask |= _faint_writing(flat, smooth, ink.certain, mask, rulings, digits)
    return mask


def _close_dashes(level: Grey) -> NDArray[np.bool_]:
    """Find the dashes and dots of rules that are so close that only their middles stand apart."""
    strongest = cv2.dilate(level, np.ones((_NEAR, _NEAR), np.uint8)).astype(np.float32)
    middles = np.asarray((level > _MIDDLE * strongest) & (level > _FAINT_WEAK), np.bool_)
    kept = without_dashes(middles, fewest=_CLOSE_DASHES)
    if kept is middles:
        return np.zeros_like(middles)
    gone = (middles & ~kept).view(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(gone, connectivity=8)
    thick = np.median(stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].min(axis=1))
    side = max(BAND, 2 * round(thick / 2) + 3)  # their edges are as wide as their middles
    around = cv2.dilate(gone, np.ones((side, side), np.uint8)) > 0
    near_others = cv2.dilate(kept.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    dashes: NDArray[np.bool_] = around & ~near_others
    return dashes


def _strokes(smooth: Grey, certain: Grey) -> NDArray[np.bool_]:
    weak = (smooth > np.clip(certain, _WEAK, _MOST_DOUBT)).view(np.uint8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[smooth > _STRONG]] = True
    kept[0] = False
    mask: NDArray[np.bool_] = kept[labels]
    return mask


def _smoothed(level: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(level, (0, 0), _SMOOTH), np.uint8)


def _faint_writing(
    flat: Grey,
    smooth: Grey,
    certain: Grey,
    mask: NDArray[np.bool_],
    rulings: NDArray[np.bool_],
    digits: float,
) -> NDArray[np.bool_]:
    """Find writing that is faint all over, as pencil is on a printed form.

    Args:
        flat: the sheet, dark on light.
        smooth: its ink, smoothed.
        certain: the level that smoothed ink must have.
        mask: (height, width), what is ink anyway.
        rulings: where they were.
        digits: pixels that they are tall.
    """
    clearly = cv2.add(certain, certain)
    is_ink = smooth > np.clip(clearly, _FAINT_WEAK, _MOST_DOUBT)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(is_ink.view(np.uint8), connectivity=8)
    _, _, width, height, area = stats.T
    of, levels = labels[is_ink], smooth[is_ink]
    usual = np.bincount(of, levels, minlength=len(stats)) / area
    may_be = (usual < _STRONG) & (height >= _FAINT_TALL[0] * digits)
    may_be &= (height <= _FAINT_TALL[1] * digits) & (width <= _LONGEST * height)
    short = np.minimum(width, height)
    near = np.bincount(labels[widened(rulings)], minlength=len(stats)) > 0
    may_be &= ~near | (short >= digits / 4)
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
    hull = hull_of(own)
    clear = cv2.dilate(own.view(np.uint8), np.ones((BAND, BAND), np.uint8)) == 0
    inside, outside = grey[clear & (hull > 0)], grey[clear & (hull == 0)]
    if not inside.size or not outside.size:
        return False
    paper = float(np.median(outside))
    return paper - float(np.median(inside)) > _STAINED * (paper - float(np.median(grey[own])))


def without_pattern(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take out dashed and dotted rules, and the dots of dotted paper."""
    return without_dots(without_dashes(mask))


def without_dots(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
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
    """Take out what is too small to be a dot: `digits` says how tall they are, in pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    longest = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    kept = longest > _SPECK * digits
    kept[0] = False
    clean: NDArray[np.bool_] = kept[labels]
    return clean
