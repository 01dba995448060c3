"""Whether the strokes are brighter than what they are written on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.light import (
    GRAIN,
    INK,
    LEAST_CONTRAST,
    PAGE,
    Grey,
    Level,
    ink_of_page,
    shrunk,
)

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
_WRITTEN_ON = 0.15  # of the contrast of the two tones that strokes on the paper have at least
_RIM = 0.04  # of each side that may show what is around the sheet
_LOUDEST = 12.0  # levels around the middle, root mean square; the edge of a sheet has far more
_TILES = 4  # parts of each side
_BARE = 4.0  # mean square of the levels around the middle, at most, of bare paper
_SMALLEST = 160  # pixels that tell the polarity
_FINE = 640  # pixels of the longer side that fine strokes are looked for at, at most


def is_light_on_dark(grey: Grey) -> bool:
    """Tell whether the strokes are brighter than what they are written on.

    Strokes lie on one side of the middle brightness around them, and every part of the picture has
    one vote: the edge of a sheet or a shadow runs through a few parts only. Where strokes are fine
    beside the picture, what they tell by themselves counts more; where a picture has two tones and
    hardly any other, the thinner one is the strokes, however bold they are. Where little is told,
    bright strokes do not lie along the border, as light beside a shadow does.
    """
    fine = np.asarray(cv2.GaussianBlur(_without_rim(shrunk(grey, _FINE)), (0, 0), GRAIN), np.uint8)
    if (told := told_by_width(fine)) is not None:
        return told
    told_by_strokes = _told_by_fine_strokes(fine) if max(grey.shape) >= PAGE else 0.0
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
    return float(_border_of(ink_of_page(grey).level > INK).mean())


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
    if apart < LEAST_CONTRAST or between < _TWO_TONES * float(small.var()):
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
