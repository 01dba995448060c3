"""Whatever a program has for a picture, as plain pixels: a file, its bytes, an array, Pillow's."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.pictures.decode import DEFAULT_LIMITS, Limits, Pixels, decode
from inkdigit.pictures.flatten import flatten, orientation, turn

Picture: TypeAlias = str | Path | bytes | Image.Image | NDArray[Any]
Pictures: TypeAlias = Picture | Sequence[Picture]

_CHANNELS = (1, 3, 4)


def each_picture(given: Pictures) -> Iterator[Picture]:
    """Tell one picture from many.

    One is a path, bytes, a picture of Pillow's, or an array of (H, W) or (H, W, 1 | 3 | 4). Many
    are a sequence of those, (N, H, W), or (N, H, W, C); an array of three axes whose last one
    is not 1, 3 or 4 is (N, H, W).
    """
    if isinstance(given, np.ndarray):
        if given.ndim == 4 or (given.ndim == 3 and given.shape[2] not in _CHANNELS):
            yield from given
        else:
            yield given
    elif isinstance(given, str | Path | bytes | Image.Image):
        yield given
    else:
        yield from given


def pixels_of(picture: Picture, limits: Limits = DEFAULT_LIMITS) -> Pixels:
    """Bring one picture to plain pixels: upright, opaque, eight bits.

    Args:
        picture: a path, a file's bytes, a picture of Pillow's, or an array. Arrays are `uint8`,
            `uint16` (scaled), `bool`, or floating point in [0, 1]; a fourth channel is alpha.
        limits: what a picture may cost.

    Returns:
        (height, width, 1 or 3).

    Raises:
        DataError: it cannot be read, or is an array of another kind.
    """
    if isinstance(picture, str | Path):
        return decode(Path(picture), limits)
    if isinstance(picture, bytes):
        return decode(picture, limits)
    if isinstance(picture, Image.Image):
        if not (picture.width and picture.height):
            raise DataError("a picture of no pixels, expected at least one.")
        return turn(flatten(picture), orientation(picture))
    if isinstance(picture, np.ndarray):
        return _of_array(picture)
    raise DataError(
        f"a {type(picture).__name__} in the place of a picture, expected a path, bytes, a picture "
        "of Pillow's, or an array."
    )


def _of_array(array: NDArray[Any]) -> Pixels:
    shape = array.shape
    if array.ndim not in (2, 3) or 0 in shape or (array.ndim == 3 and shape[2] not in _CHANNELS):
        raise DataError(
            f"an array of shape {shape}, expected (H, W) or (H, W, 1 | 3 | 4) for each picture."
        )
    values = _eight_bits(array).reshape(shape[0], shape[1], -1)
    return flatten(Image.fromarray(values)) if values.shape[2] == 4 else values


def _eight_bits(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return np.rint(array / 257).astype(np.uint8)
    if np.issubdtype(array.dtype, np.floating):
        low, high = float(array.min()), float(array.max())
        if not (low >= 0 and high <= 1):  # also where they are no numbers
            raise DataError(
                f"an array of {array.dtype} with values from {low:g} to {high:g}, expected them "
                "in [0, 1]. Divide it by its largest possible value, or give uint8."
            )
        return np.asarray(np.rint(array * 255), np.uint8)
    raise DataError(
        f"an array of {array.dtype}, expected uint8, uint16, bool, or floating point in [0, 1]."
    )
