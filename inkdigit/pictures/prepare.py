"""From a decoded picture to what the network sees: channels, polarity, size.

The same function prepares the pictures of a data source and those that a trained model is asked
about, so the two cannot differ. A picture that fits already passes bit for bit.
"""

import numpy as np
from PIL import Image

from inkdigit.pictures.decode import Pixels, as_picture
from inkdigit.types import Preparation


def prepare(pixels: Pixels, preparation: Preparation) -> Pixels:
    """Bring one picture to a model's channels, polarity and size.

    Args:
        pixels: (height, width, 1 or 3).
        preparation: what the model wants.

    Returns:
        (size, size, channels). The picture's proportions are kept; what it leaves free of the
        square is paper, 0.
    """
    wanted = with_channels(pixels, preparation.channels)
    if preparation.invert:
        wanted = 255 - wanted
    return _fit(wanted, preparation.image_size)


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
    weights = np.array([19595, 38470, 7471], np.uint32)  # they sum to 65536, so R = G = B is exact
    return np.asarray((pixels @ weights + 32768) >> 16, np.uint8)[..., None]


def is_grey(pixels: Pixels) -> bool:
    """Tell whether a picture has no colour, though it may have three channels."""
    return bool((pixels == pixels[..., :1]).all())


def paper_is_bright(pixels: Pixels) -> bool:
    """Tell dark ink on light paper from the opposite, by the median of the picture's border."""
    grey = with_channels(pixels, 1)[..., 0]
    border = np.concatenate((grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]))
    return bool(np.median(border) > 127)


def _fit(pixels: Pixels, size: int) -> Pixels:
    height, width, channels = pixels.shape
    if (height, width) == (size, size):
        return pixels
    scale = size / max(height, width)
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    resized = np.asarray(
        as_picture(pixels).resize(
            (new_width, new_height), Image.Resampling.LANCZOS, reducing_gap=3.0
        )
    ).reshape(new_height, new_width, channels)
    square = np.zeros((size, size, channels), np.uint8)
    top, left = (size - new_height) // 2, (size - new_width) // 2
    square[top : top + new_height, left : left + new_width] = resized
    return square
