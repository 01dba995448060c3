"""What storing and scanning do: compression as JPEG, and few pixels."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from inkdigit.pictures.decode import as_picture
from inkdigit.types import Images


def as_jpeg(images: Images, quality: int) -> Images:
    """Store every picture as JPEG, and open it again.

    Args:
        images: (N, height, width, 1 or 3).
        quality: from 1 to 95, as Pillow counts it.
    """
    return _each(images, lambda picture: _stored(picture, quality))


def of_fewer_pixels(images: Images, side: int) -> Images:
    """Scan every picture again with `side` pixels a side, and enlarge it to its size.

    Areas are averaged, and enlarging interpolates linearly.
    """

    def scanned(picture: Image.Image) -> Image.Image:
        small = picture.resize((side, side), Image.Resampling.BOX)
        return small.resize(picture.size, Image.Resampling.BILINEAR)

    return _each(images, scanned)


def _stored(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def _each(images: Images, change: Callable[[Image.Image], Image.Image]) -> Images:
    changed = np.empty_like(images)
    for row, image in enumerate(images):
        changed[row] = np.asarray(change(as_picture(image))).reshape(image.shape)
    return changed
