"""Highlighter and coloured notes: where the paper is dark to the eye, but one colour is bright.

Grey, such a patch is as dark as faint ink, and what is written on it is lost in it. In its
brightest colour the patch is as bright as the paper around it, and dark writing stays dark.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.light import Grey, shrunk
from inkdigit.reading.ink.parts import hull_of

_SIDE = 800  # pixels of the longer side that patches are looked for at
_BRIGHT = 0.8  # of the paper's brightest colour, that a patch has
_DARKER = 0.06  # of the paper's grey that it is missing
_CLOSED = 5  # pixels: strokes on a patch are less wide, where it is to be whole
_LEAST = 8  # pixels that it is tall and wide
_FILLED = 0.6  # of its hull that a patch takes: letters and rules take less
_WRITTEN = 0.02  # of it, that dark writing takes at least
_OF_COLOUR = 0.35  # of it, that no writing hides: bold print is no patch
_DARK = 0.55  # of the paper's brightest colour, that writing has at most


def without_highlighter(pixels: Pixels, grey: Grey) -> Grey:
    """Make patches of colour as bright as the paper around them.

    Args:
        pixels: (height, width, 3).
        grey: (height, width), the same.
    """
    height, width = grey.shape
    brightest, grey_small = shrunk(pixels, _SIDE).max(axis=2), shrunk(grey, _SIDE)
    scale = min(1.0, _SIDE / max(height, width))
    paper, paper_grey = (float(np.percentile(each, 80)) for each in (brightest, grey_small))
    coloured = (brightest > _BRIGHT * paper) & (
        paper_grey / max(paper, 1) * brightest.astype(np.float32) - grey_small
        > _DARKER * paper_grey
    )
    if coloured.sum() < _LEAST * _LEAST:
        return grey
    patches = _patches(coloured, brightest < _DARK * paper)
    rows, columns = np.flatnonzero(patches.any(axis=1)), np.flatnonzero(patches.any(axis=0))
    if not rows.size:
        return grey
    whole = cv2.resize(patches.view(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    top, bottom = int(rows[0] / scale), int((rows[-1] + 1) / scale)
    left, right = int(columns[0] / scale), int((columns[-1] + 1) / scale)
    place = np.s_[top:bottom, left:right]
    bright = cv2.convertScaleAbs(pixels[place].max(axis=2), alpha=paper_grey / max(paper, 1.0))
    clean = grey.copy()
    clean[place] = np.where(whole[place] > 0, cv2.max(bright, grey[place]), grey[place])
    return clean


def _patches(coloured: NDArray[np.bool_], dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose what is a patch with writing on it, of all that is coloured."""
    near = cv2.morphologyEx(
        (coloured | dark).view(np.uint8), cv2.MORPH_CLOSE, np.ones((_CLOSED, _CLOSED), np.uint8)
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=4)
    left, top, width, height, area = stats.T
    rows, columns = dark.shape
    may_be = (width >= _LEAST) & (height >= _LEAST) & (area >= _FILLED / 2 * width * height)
    # what comes in from outside is what the sheet lies on
    may_be &= (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    may_be[0] = False
    found = np.zeros_like(coloured)
    for part in np.flatnonzero(may_be).tolist():
        place = np.s_[top[part] : top[part] + height[part], left[part] : left[part] + width[part]]
        own = labels[place] == part
        inside = hull_of(own) > 0
        written = (dark[place] & inside).sum() / inside.sum()
        filled = (own & inside).sum() / inside.sum()
        of_colour = (coloured[place] & inside).sum() / inside.sum()
        if min(filled / _FILLED, of_colour / _OF_COLOUR, written / _WRITTEN) >= 1:
            found[place] |= inside
    return found
