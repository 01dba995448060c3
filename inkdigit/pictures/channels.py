"""Grey and colour: one channel or three."""

import numpy as np

from inkdigit.pictures.flatten import Pixels

LUMINANCE = np.array([19595, 38470, 7471], np.uint32)  # their sum is 65536, so R = G = B is exact
BLOCK = 1 << 20  # pixels that are widened to 32 bits at once


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """Turn colour into grey by its luminance, or repeat grey three times.

    Args:
        pixels: (height, width, 1 or 3).
        channels: 1 or 3.

    Returns:
        (height, width, channels); grey kept as colour comes back as it was.

    Source: ITU-R BT.601, in 16-bit fixed point as Pillow has it.
    """
    if pixels.shape[2] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=2)
    grey = np.empty(pixels.shape[:2], np.uint8)
    for start in range(0, grey.size, BLOCK):
        block = slice(start, start + BLOCK)
        grey.reshape(-1)[block] = (pixels.reshape(-1, 3)[block] @ LUMINANCE + 32768) >> 16
    return grey[..., None]


def is_grey(pixels: Pixels) -> bool:
    """Tell whether a picture has no colour, though it may have three channels."""
    return bool((pixels == pixels[..., :1]).all())
