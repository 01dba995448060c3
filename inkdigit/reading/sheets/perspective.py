"""Where a sheet of paper lies in a picture of it, by what tells it from its ground.

It is brighter or darker, of another colour, or more even. Each of these makes a picture in which
the sheet is brighter, and in that its four sides are looked for.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.light import Grey
from inkdigit.reading.sheets.four_sides import DARKEST, Corners, best_corners, is_brighter
from inkdigit.reading.sheets.surroundings import Surroundings

_LIKE, _UNLIKE = 200, 3000  # level of a sheet's own colour, and how fast others are darker
_GRAIN, _PATCH = 1.5, 7  # pixels: threads of a pattern, and what it is told from
_UNEVEN = 1200  # levels, and the share of the light that threads stray by: as a sheet's own colour
_BLOTCH, _ROUND_IT = 5.0, 3.0  # pixels: the same of a coarse pattern, which noise is no part of
_BLOTCHED = 2400  # levels, as `_UNEVEN`
_MOSTLY = 25.0  # percent of a dark sheet that may be as bright as its ground: writing, and light
_UNEVEN_ALL = 80.0  # percent of a ground with a pattern that are less even than the sheet
_LESS_EXACT = 0.1  # of the score
_CERTAIN = 1.08  # score of a sheet that need not be looked for in other ways


def corners_of(grey: Grey, pixels: Pixels) -> Corners | None:
    """Find the corners of a sheet: it is brighter or darker than its ground, or of another colour.

    Or its ground has a pattern, and the sheet has none.

    Args:
        grey: a small picture, (height, width).
        pixels: the same in colour, if it has any, in any size: (rows, columns, 1 or 3).

    Returns:
        Its corners in pixels, some of them outside of the picture if it does not show all of the
        sheet; None where there is no sheet, or it fills the picture.
    """
    bright = _by_brightness(grey, on_cloth=False)
    around = Surroundings(grey)
    if bright[0] >= _CERTAIN and _is_sheet(bright, around):
        return bright[1]
    others = [_by_brightness(grey, on_cloth=True)]  # a shadow's edge may look like a sheet's
    others.append(_by_pattern(_evenness(grey)))
    score_of_smooth, smooth = _by_pattern(_smoothness(grey))
    others.append((score_of_smooth - _LESS_EXACT, smooth))  # an edge is uneven itself
    if pixels.shape[2] == 3:
        small = cv2.resize(pixels, grey.shape[::-1], interpolation=cv2.INTER_AREA)
        others.append(best_corners(_likeness(np.asarray(small, np.uint8)), on_cloth=False))
    best_first = sorted([bright, *others], key=lambda each: -each[0])
    return next((each[1] for each in best_first if _is_sheet(each, around)), None)


def _is_sheet(found: tuple[float, Corners | None], around: Surroundings) -> bool:
    score, corners = found
    return corners is not None and score > 0 and not around.hold_more_of(corners)


def _by_brightness(grey: Grey, *, on_cloth: bool) -> tuple[float, Corners | None]:
    """Find the sheet that is brighter or darker than its ground.

    Of a darker one most is darker: bands of a table are dark, too, and between them is paper.
    """
    bright = best_corners(grey, on_cloth)
    inverted = np.asarray(255 - grey, np.uint8)
    score, corners = best_corners(inverted, on_cloth)
    if corners is None or not is_brighter(corners, inverted, rim=1.0, least=_MOSTLY):
        return bright
    return max(bright, (score, corners), key=lambda each: each[0])


def _by_pattern(even: Grey) -> tuple[float, Corners | None]:
    """Find the sheet by the pattern of its ground: hardly any of that is as even as the sheet.

    Rules, writing and what is near them are uneven, too, but between them is even paper.
    """
    score, corners = best_corners(even, on_cloth=True)
    if corners is None or not is_brighter(corners, even, rim=1.0, most=_UNEVEN_ALL):
        return 0.0, None
    return score, corners


def _likeness(pixels: Pixels) -> Grey:
    """Tell how much each place has the colour of the picture's middle, whatever its light."""
    light = pixels.astype(np.float32)
    share = cv2.blur(light / (light.sum(axis=2, keepdims=True) + DARKEST), (3, 3))[..., :2]
    height, width = share.shape[:2]
    middle = share[height // 4 : height - height // 4, width // 4 : width - width // 4]
    away = np.abs(share - np.median(middle, axis=(0, 1))).sum(axis=2)
    return np.asarray(np.clip(_LIKE - _UNLIKE * away, 0, 255), np.uint8)


def _evenness(grey: Grey) -> Grey:
    """Tell how little of a pattern each place has: a ground as bright as the sheet may have one."""
    light = grey.astype(np.float32)
    grain = cv2.blur(np.abs(light - cv2.GaussianBlur(light, (0, 0), _GRAIN)), (_PATCH, _PATCH))
    return _calm(light, np.asarray(grain, np.float32), _PATCH / 2, _UNEVEN)


def _smoothness(grey: Grey) -> Grey:
    """Tell how little of a coarse pattern each place has: fleece, stone, what is out of focus."""
    light = grey.astype(np.float32)
    blotches = cv2.GaussianBlur(light, (0, 0), 1.0) - cv2.GaussianBlur(light, (0, 0), _BLOTCH)
    strays = cv2.GaussianBlur(np.abs(blotches), (0, 0), _ROUND_IT)
    return _calm(light, np.asarray(strays, np.float32), _ROUND_IT, _BLOTCHED)


def _calm(
    light: NDArray[np.float32], strays: NDArray[np.float32], reach: float, levels: float
) -> Grey:
    """Draw bright where light strays little, compared with what there is of it around."""
    share = strays / (cv2.GaussianBlur(light, (0, 0), reach) + DARKEST)
    return np.asarray(np.clip(_LIKE - levels * share, 0, 255), np.uint8)
