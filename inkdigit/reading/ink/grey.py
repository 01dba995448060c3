"""The grey that a picture is read in: its brightness, or one colour where only that shows writing.

A red pen on green paper can be as bright as the paper, and then brightness does not show it at all.
"""

import cv2
import numpy as np

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.highlighter import without_highlighter
from inkdigit.reading.ink.light import Grey, shrunk

_SIDE = 320  # pixels of the longer side that contrast is measured at
_COARSER = 2  # times as many are taken of a larger picture: what lies between is not looked at
_AROUND = 1 / 4  # of the longer side: what is so near says what is usual around
_RAREST = 0.2  # percent of the pixels: those that stand out most
_CLEARER = 3.0  # times as much contrast, at least, has the colour that is taken instead
_CONTRAST = 12.0  # grey levels of it, at least


def grey_of(pixels: Pixels) -> Grey:
    """Give the grey of a picture, (height, width), in which its writing stands out.

    Args:
        pixels: (height, width, 1 or 3), upright.
    """
    if pixels.shape[2] == 1:
        return pixels[..., 0]
    step = max(1, max(pixels.shape) // (_COARSER * _SIDE))
    small = shrunk(np.ascontiguousarray(pixels[::step, ::step]), _SIDE)
    red, green, blue = (small[..., channel] for channel in range(3))
    if max(cv2.absdiff(red, green).max(), cv2.absdiff(green, blue).max()) > _CONTRAST:
        contrasts = [_contrast(colour) for colour in (red, green, blue)]
        clearest = int(np.argmax(contrasts))
        if contrasts[clearest] > max(_CLEARER * _contrast(_brightness(small)), _CONTRAST):
            return np.ascontiguousarray(pixels[..., clearest])
    return without_highlighter(pixels, _brightness(pixels))


def _brightness(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _contrast(small: Grey) -> float:
    """Tell by how many levels what stands out most differs from what is around it."""
    tone = small.astype(np.float32)
    side = max(3, round(_AROUND * max(small.shape))) | 1
    around = cv2.blur(tone, (side, side))
    return float(np.percentile(np.abs(tone - around), 100 - _RAREST))
