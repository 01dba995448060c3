"""The ink of one line's picture, found from that picture alone.

So the strips are made that a line network learns from, and half of those in which it reads: the
page's ink (`reading.light`) knows more of the page, this one is what the network knows. NumPy and
Pillow only.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_PATCHES = 10  # of the shorter side, that light is measured in
_TEXTURE = 1.48  # deviations of normal noise in one median of what strays from the middle
_FULL = 90  # percentile, of what is surely ink, that counts as full


def line_ink(picture: NDArray[np.uint8], floor: float = 0.5) -> NDArray[np.uint8]:
    """Take the light out of a line's picture.

    Args:
        picture: (height, width) grey, dark on light, with paper around the line.
        floor: deviations of the paper's texture that are still paper.

    Returns:
        The same shape, 0 paper to 255 full ink.
    """
    step = max(2, round(min(picture.shape) / _PATCHES))
    small = Image.fromarray(picture).reduce(step)
    window = 3 if min(small.size) < 6 else 5
    paper = small.filter(ImageFilter.MaxFilter(window)).filter(ImageFilter.GaussianBlur(2))
    paper = paper.resize(picture.shape[::-1], Image.Resampling.BILINEAR)
    missing = 255 * (1 - np.minimum(picture / np.maximum(np.asarray(paper, np.float32), 1), 1))
    middle = float(np.median(missing))
    texture = _TEXTURE * float(np.median(middle - missing[missing <= middle]))
    ink = np.maximum(missing - middle - floor * texture, 0)
    brightest = float(ink.max())
    full = float(np.percentile(ink[ink >= brightest / 2], _FULL)) if brightest else 1.0
    return np.asarray(np.clip(ink * (255 / max(full, 1)), 0, 255), np.uint8)
