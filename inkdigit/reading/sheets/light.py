"""Ink out of light: the paper's brightness is taken out place by place, its texture measured.

Works on a whole page at once; `pictures.ink` does the like for one digit, without OpenCV.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width)
Level = NDArray[np.float32]  # (height, width)

_SMALL = 320  # pixels of the longer side that light is measured on, at most: it changes slowly
_PAGE = 300  # pixels of a side; less may be one digit, whose strokes are thick
_FINE_STROKE = 1 / 90  # of the longer side: what is thinner is fine
_BROADER = 4  # times as wide, a brush takes away all of the contrast of strokes
_RAREST = 0.2  # percent of the pixels: those that stand out most
_VOTE = 0.4  # of what fine strokes tell at most, all parts of the picture together
_SKEW = 0.2  # of the brightness around the middle: bare paper has none
_TWO_TONES = 0.85  # of the variance of brightness is between the two, where there are no others
_BROADER_TONE = 3.0  # times as wide as the strokes, where it is widest, is paper
_THINNER_TONE = 0.12  # of the shorter side: half the width of strokes at most
_AT_THE_BORDER = 0.25  # of the picture's border, at most, that strokes take: light takes more
_UNSURE = 0.1  # evidence, of 1 and a little: it may be light that tells, not strokes
_INK = 110  # level
_WRITTEN_ON = 0.15  # of the contrast of the two tones that strokes on the paper have at least
_RIM = 0.04  # of each side that may show what is around the sheet
_LOUDEST = 12.0  # levels around the middle, root mean square; the edge of a sheet has far more
_TILES = 4  # parts of each side
_BARE = 4.0  # mean square of the levels around the middle, at most, of bare paper
_SMALLER = 0.4  # of a small picture's longer side
_SMALLEST = 160  # pixels that tell the polarity
_THIN, _THICK = 1 / 6, 1 / 2  # of the shorter side: usual strokes, and what is light for certain
_AS_INK = 0.5  # of the darkest ink: light that falls so far over a thin stroke's width is ink
_DARKEST = 97  # percent of the pixels that are brighter than the darkest ink
_BROAD = 0.4  # of the shorter side: what is as wide in both directions is a shadow, no stroke
_RING = 3  # pixels around a stroke, over which its edge falls
_SHARP = 0.6  # of the darkness inside that is left there at most
_ROUND_ABOUT = 50, 85  # percent of the ring where no more is left; the same on pages
_SOFT = 4  # times steeper than ink, between light and ink
_PATTERN = 0.45  # of the way from paper to ink: what is darker is no part of a pattern
_FEWEST = 9  # pixels that a stroke takes where light is measured
_FINE = 640  # pixels of the longer side there, at most
_LEAST_CONTRAST = 12  # grey levels between paper and ink; below, there is nothing to read
_RARE = 2e-4  # of all pixels, that far above the paper: too few for writing, unless they are dark
_DARK = 6.0  # deviations of the paper's own texture that are dark
_FAINTEST = 0.4  # of the page's full ink that is drawn as full where nothing is darker
_FLOOR = 1.5  # deviations of the paper's own texture that are drawn as paper
_TEXTURE = 4.0  # deviations that are certainly ink
_GRAIN = 1.0  # pixels that the paper's grain is smoothed over before it is measured
_DARKEST_LIGHT = 64  # level of paper that shares are taken of; below, noise would be ink
_SHADE = 0.05  # of the paper's brightness that the edge of a shadow takes: its texture takes less
_GAIN = 16  # steps of a factor, to multiply in whole numbers


@dataclass(frozen=True)
class Ink:
    """How much ink lies where, and how sure that is."""

    level: Grey  # (h, w) 0 paper … 255 full ink
    certain: Grey  # (h, w) level that smoothed ink must have to be told from the paper's texture


def is_light_on_dark(grey: Grey) -> bool:
    """Tell whether the strokes are brighter than what they are written on.

    Strokes lie on one side of the middle brightness around them, and every part of the picture has
    one vote: the edge of a sheet or a shadow runs through a few parts only. Where strokes are fine
    beside the picture, what they tell by themselves counts more; where a picture has two tones and
    hardly any other, the thinner one is the strokes, however bold they are. Where little is told,
    bright strokes do not lie along the border, as light beside a shadow does.
    """
    fine = np.asarray(cv2.GaussianBlur(_without_rim(shrunk(grey, _FINE)), (0, 0), _GRAIN), np.uint8)
    if (told := told_by_width(fine)) is not None:
        return told
    told_by_strokes = _told_by_fine_strokes(fine) if max(grey.shape) >= _PAGE else 0.0
    small = _even(_without_rim(shrunk(grey, _SMALLEST)))
    reach = min(max(1, min(small.shape) // 4), 25)
    bordered = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    middle = cv2.medianBlur(bordered, 2 * reach + 1)[reach:-reach, reach:-reach]
    difference = small.astype(np.float32) - middle
    tiles = [tile for band in np.array_split(difference, _TILES) for tile in _split(band)]
    vote = sum(map(_vote, tiles)) / max(sum(map(_weight, tiles)), 1e-6)
    evidence = told_by_strokes + _VOTE * vote
    if 0 < evidence < _UNSURE and _at_the_border(255 - grey) > _AT_THE_BORDER:
        return _at_the_border(grey) > _AT_THE_BORDER / 2  # as a ground around a sheet may be
    return evidence > 0


def _at_the_border(grey: Grey) -> float:
    """Tell how much of a picture's border is ink, where that is darker than its paper."""
    return float(_border_of(ink_of_page(grey).level > _INK).mean())


def _border_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def told_by_width(small: Grey) -> bool | None:
    """Tell whether the bright one of a picture's two tones is by far the thinner.

    The gaps between bold strokes are as fine as strokes elsewhere, but paper lies around them.
    What a shadow leaves of the light may be thin, too, but lies along the border, or there are
    strokes of the other kind in the shadow.

    Returns:
        None where there are other tones (Otsu 1979), or neither is thin beside the other.
    """
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_OTSU)
    is_bright = small > level
    share = float(is_bright.mean())
    if not 0 < share < 1:
        return None
    apart = float(small[is_bright].mean() - small[~is_bright].mean())
    between = share * (1 - share) * apart**2
    if apart < _LEAST_CONTRAST or between < _TWO_TONES * float(small.var()):
        return None
    bright, dark = (
        float(cv2.distanceTransform(tone.view(np.uint8), cv2.DIST_L2, 3).max())
        for tone in (is_bright, ~is_bright)
    )
    thin, broad = sorted((bright, dark))
    if broad < _BROADER_TONE * thin or thin > _THINNER_TONE * min(small.shape):
        return None
    light_on_dark = bright < dark
    strokes = is_bright == light_on_dark
    if _border_of(strokes).mean() > _AT_THE_BORDER:
        return None
    side = _fine_side(small)
    bare = cv2.erode((~strokes).view(np.uint8), np.ones((side, side), np.uint8)) > 0
    others = _hats(small, side)[light_on_dark][bare]
    if others.size and np.percentile(others, 100 - _RAREST) > _WRITTEN_ON * apart:
        return None
    return light_on_dark


def _told_by_fine_strokes(small: Grey) -> float:
    """Tell the polarity by what an opening and a closing with a small brush take away.

    Neither takes away any of an edge, however sharp the shadow. Where a broader brush takes away
    far more, strokes are not fine.

    Returns:
        How clearly strokes are brighter than what they are written on (positive, at most 1), or
        darker (negative).
    """
    side = _fine_side(small)
    bright, dark = _hats(small, side)
    of_bright, of_dark = (float((hat.astype(np.float32) ** 3).mean()) for hat in (bright, dark))
    stroke = _strongest(bright if of_bright > of_dark else dark)
    contrast = max(map(_strongest, _hats(small, _BROADER * side | 1)))
    lopsided = (of_bright - of_dark) / (of_bright + of_dark + 1)
    return lopsided * stroke / max(contrast, 1.0)


def _fine_side(small: Grey) -> int:
    """Give the width of a brush that is broader than fine strokes."""
    return int(max(3, round(_FINE_STROKE * max(small.shape)))) | 1


def _hats(small: Grey, side: int) -> tuple[Grey, Grey]:
    """Give what an opening and a closing with a round brush take away: the bright, the dark."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    bright = cv2.morphologyEx(small, cv2.MORPH_TOPHAT, brush)
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, brush)
    return np.asarray(bright, np.uint8), np.asarray(dark, np.uint8)


def _strongest(hat: Grey) -> float:
    return float(np.percentile(hat, 100 - _RAREST))


def _without_rim(small: Grey) -> Grey:
    height, width = (round(_RIM * side) for side in small.shape)
    return small[height : len(small) - height, width : small.shape[1] - width]


def _vote(tile: Level) -> float:
    """Say for a part of the picture whether it is light on dark (positive), and how clearly."""
    skew = _skew(tile)
    return _weight(tile) * float(np.sign(skew)) if abs(skew) > _SKEW else 0.0


def _weight(tile: Level) -> float:
    return min(float(np.sqrt((tile * tile).mean())), _LOUDEST)


def _split(band: Level) -> list[Level]:
    return [tile for tile in np.array_split(band, _TILES, axis=1) if tile.size]


def _even(small: Grey) -> Grey:
    """Take out light that falls off over the whole picture: its edges would look like strokes."""
    height, width = small.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    terms = np.stack(
        [np.broadcast_to(t, small.shape) for t in (x, y, x * y, x * x, y * y, 0 * x + 1)]
    )
    flat = terms.reshape(len(terms), -1)
    normal = flat @ flat.T + 1e-3 * np.eye(len(terms), dtype=np.float32)
    share = np.linalg.solve(normal, flat @ small.ravel().astype(np.float32))
    trend = (share[:-1] @ flat[:-1]).reshape(small.shape)
    return np.asarray(np.clip(small - (trend - trend.mean()), 0, 255), np.uint8)


def _skew(difference: Level) -> float:
    """Tell to which side of the middle the brightness strays further; 0 for bare paper."""
    squares = difference * difference
    spread = float(squares.mean())
    return float((squares * difference).mean()) / spread**1.5 if spread > _BARE else 0.0


def ink_of_page(grey: Grey, widest: float = math.inf) -> Ink:
    """Measure the ink that is darker than its paper.

    Args:
        grey: (height, width), dark on light.
        widest: pixels that a stroke is thick at most. The better that is known, the less ink there
            seems to be where a shadow has a sharp edge.
    """
    missing = _missing_light(grey, widest)
    smooth = np.asarray(cv2.GaussianBlur(missing, (0, 0), _GRAIN), np.uint8)
    paper, texture = _paper_of(smooth)
    full = _full(smooth, paper, texture)
    if full < _LEAST_CONTRAST:
        return Ink(np.zeros_like(grey), np.full_like(grey, 255))
    gain = 255 / _local_full(smooth, paper, full)
    size = (grey.shape[1], grey.shape[0])
    above = cv2.subtract(missing, _enlarged(paper + _FLOOR * texture, size))
    level = cv2.multiply(above, _enlarged(gain * _GAIN, size), scale=1 / _GAIN)
    certain = _enlarged((_TEXTURE - _FLOOR) * texture * gain, size)
    return Ink(np.asarray(level, np.uint8), certain)


def shrunk(grey: Grey, side: int) -> Grey:
    """Shrink to at most `side` pixels of the longer side, by area averaging."""
    size = _small_size(grey.shape, side)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _missing_light(grey: Grey, widest: float) -> Grey:
    """Give the share of the paper's light that does not come back: (h, w), 0 to 255."""
    side = _side(grey)
    if widest * side < _FEWEST * max(grey.shape):  # shadows are followed more finely
        side = min(_FINE, max(side, round(_FEWEST * max(grey.shape) / widest)))
    small = np.asarray(cv2.medianBlur(shrunk(grey, side), 3), np.uint8)
    known = max(widest * side / max(grey.shape), _FEWEST)
    thin, thick = (
        max(3, round(min(min(small.shape) * share, known))) | 1 for share in (_THIN, _THICK)
    )
    sharp = _ROUND_ABOUT[min(grey.shape) >= _PAGE]
    bare = _bare(small, thin, thick, sharp)
    smooth = cv2.GaussianBlur(bare, (0, 0), thin / 6)
    # smoothed over the edge of a shadow, paper would be brighter than it is there
    low = cv2.erode(bare, np.ones((3, 3), np.uint8))
    paper = np.asarray(np.where(smooth - low > _SHADE * smooth, low, smooth), np.float32)
    size = (grey.shape[1], grey.shape[0])
    returned = cv2.divide(grey, np.maximum(_enlarged(paper, size), _DARKEST_LIGHT), scale=255)
    return np.asarray(cv2.bitwise_not(returned), np.uint8)


def _bare(small: Grey, thin: int, thick: int, sharp: int) -> Level:
    """Estimate the paper's brightness as if nothing were written on it.

    A closing with a brush as wide as usual strokes follows light finely, but falls into strokes
    that are thicker, which would be hollowed out. Where it falls as dark as ink, the wider one
    counts.

    Args:
        small: (h, w), dark on light.
        thin: pixels that the brush is wide.
        thick: the same, where strokes may be thick.
        sharp: percent of a thick stroke's surroundings that are bright.
    """
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin, thin))
    fine = cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush).astype(np.float32)
    if thick <= thin:
        return fine
    coarse = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((thick, thick), np.uint8))
    gap = (coarse - small).astype(np.float32)
    darkest = max(float(np.percentile(gap, _DARKEST)), _LEAST_CONTRAST)
    fallen = np.clip(((coarse - fine) / darkest - _AS_INK) * _SOFT, 0, 1)
    # where the wider brush begins to fit into a shadow, no edge is in the picture
    lit = cv2.dilate(coarse, np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8))
    fallen *= _thick_strokes(fallen > 0, lit - fine, sharp)
    fallen = cv2.dilate(fallen, np.ones((thin, thin), np.uint8))
    return np.asarray(fine + (coarse - fine) * fallen, np.float32)


def _thick_strokes(fallen: NDArray[np.bool_], gap: Level, sharp: int) -> NDArray[np.bool_]:
    """Choose what is a stroke of all that is as dark as ink: a shadow is broad, or its edge soft.

    Args:
        fallen: (h, w) where it is as dark.
        gap: (h, w) levels that light and thick ink take together.
        sharp: percent of what is around a stroke that is bright.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(fallen.view(np.uint8))
    side = max(1, round(_BROAD * min(fallen.shape)))
    core = cv2.erode(fallen.view(np.uint8), np.ones((side, side), np.uint8)) > 0
    kept = np.ones(count, bool)
    kept[np.unique(labels[core])] = False
    for part in np.flatnonzero(kept[1:]) + 1:
        left, top, width, height, _ = stats[part].tolist()
        place = np.s_[
            max(0, top - _RING) : top + height + _RING, max(0, left - _RING) : left + width + _RING
        ]
        own = (labels[place] == part).view(np.uint8)
        around = cv2.dilate(own, np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)) > own
        outside = np.percentile(gap[place][around], sharp)
        kept[part] = outside < _SHARP * np.median(gap[place][own > 0])
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)


def _paper_of(missing: Grey) -> tuple[Level, Level]:
    """Measure bare paper place by place: its middle level and the spread of its texture, small."""
    some = missing[:: max(1, missing.shape[0] // 500)]
    low, middle, high = np.percentile(some, (16, 50, 98))
    most = max(min(3 * (middle - low), _PATTERN * (high - middle)), 6)
    bare = (missing < middle + most).view(np.uint8) * np.uint8(255)
    levels = cv2.bitwise_and(missing, bare)
    squares = cv2.multiply(levels, levels, dtype=cv2.CV_16U)
    size = _small_size(missing.shape, _side(missing))
    sigma = max(2.0, min(size) / 40)
    share, total, squared = (
        cv2.GaussianBlur(
            cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(np.float32),
            (0, 0),
            sigma,
        )
        for values in (bare, levels, squares)
    )
    share = np.maximum(share / 255, 1e-3)
    mean = total / share
    spread = np.sqrt(np.maximum(squared / share - mean * mean, 1))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)


def _full(missing: Grey, paper: Level, texture: Level) -> float:
    """Find the level of full ink on the page: a stroke's middle; 0 if there is only noise."""
    size = (missing.shape[1], missing.shape[0])
    above = missing[missing > _enlarged(paper + _TEXTURE * texture, size)]
    if not above.size:
        return 0.0
    darkest = float(np.percentile(above, 98))
    full = float(np.percentile(above[above > darkest / 2], 60)) - float(np.median(paper))
    noise = above.size < _RARE * missing.size and full < _DARK * float(np.median(texture))
    return 0.0 if noise else full


def _local_full(missing: Grey, paper: Level, full: float) -> Level:
    """Give the level of full ink place by place: lower where only faint strokes are near."""
    step = max(1, round(max(missing.shape) / _side(missing)))
    size = (paper.shape[1], paper.shape[0])
    top = cv2.dilate(missing, np.ones((step, step), np.uint8))
    top = cv2.resize(top, size, interpolation=cv2.INTER_NEAREST)
    reach = max(3, min(size) // 5) | 1
    top = cv2.dilate(top, np.ones((reach, reach), np.uint8)).astype(np.float32)
    top = cv2.GaussianBlur(top, (0, 0), reach / 2) - paper
    return np.asarray(np.clip(top, _FAINTEST * full, full), np.float32)


def _side(grey: Grey) -> int:
    """Give the longer side that the light of a picture is measured on, in pixels."""
    return max(1, min(_SMALL, round(_SMALLER * int(max(grey.shape)))))


def _small_size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Give (width, height) of what is shrunk to at most `side` pixels of its longer side."""
    scale = min(1.0, side / max(shape))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _enlarged(values: NDArray[np.floating], size: tuple[int, int]) -> Grey:
    whole = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR), np.uint8)
