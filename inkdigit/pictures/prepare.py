"""From a decoded picture to what the network sees: a framed digit, or channels, polarity, size.

The same function prepares the pictures of a data source and those that a trained model is asked
about, so the two cannot differ. A picture that fits already passes bit for bit.
"""

from typing import Literal

import numpy as np
from PIL import Image

from inkdigit.pictures.channels import with_channels
from inkdigit.pictures.decode import Pixels, as_picture
from inkdigit.pictures.frame import SIDE, frame
from inkdigit.types import Preparation


def prepare(pixels: Pixels, preparation: Preparation) -> Pixels:
    """Bring one picture to a model's channels, polarity and size.

    Args:
        pixels: (height, width, 1 or 3).
        preparation: what the model wants.

    Returns:
        (size, size, channels). The picture's proportions are kept; what it leaves free of the
        square is paper, 0. Where digits are framed, light on dark whatever the picture was.
    """
    if preparation.frame == "digit":
        framed = with_channels(frame(pixels), preparation.channels)
        return _fit(framed, preparation.image_size)
    wanted = with_channels(pixels, preparation.channels)
    if preparation.invert:
        wanted = 255 - wanted
    return _fit(wanted, preparation.image_size)


def for_framed_digits(
    image_size: int | Literal["auto"] = "auto", channels: Literal["auto", 1, 3] = "auto"
) -> Preparation:
    """Describe digits drawn as MNIST draws them; auto is as MNIST has it, 28 pixels and grey."""
    return Preparation(
        image_size=SIDE if image_size == "auto" else image_size,
        channels=1 if channels == "auto" else channels,
        invert=False,
        frame="digit",
    )


def paper_is_bright(pixels: Pixels) -> bool:
    """Tell dark ink on light paper from the opposite, by the median of the picture's border."""
    border = np.concatenate((pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]))
    return bool(np.median(with_channels(border[None], 1)) > 127)


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
