"""A loaded picture of any of Pillow's modes as plain pixels: upright, opaque, eight bits.

Pillow copies a whole picture for each step of such a conversion. Here that happens tile by tile,
so that a large picture costs little more than itself.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # (height, width, 1 or 3)
TILE = 1024  # side in pixels; what is held besides the picture and the result is a few of these
WHITE, BLACK = 255, 0

_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue: BT.601
_LIGHT = 160  # level: what is brighter would be lost on white
_DARK = 0.02  # times as much that is not, at most
_DRAWING = 0.5  # of the picture that strokes cover at most
_ORIENTATION, _PHOTOMETRIC = 274, 262  # the numbers of tags in Exif and TIFF
_UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {  # by the value of the tag, Exif 2.32, 4.6.4
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}


def flatten(picture: Image.Image) -> Pixels:
    """Bring any mode to grey or RGB, wide values scaled.

    Transparent parts lie over white, or over black where all strokes are light.

    Args:
        picture: loaded. `info["transparency"]` is in the unit of the mode's own values.

    Returns:
        (height, width, 1) for grey modes, else (height, width, 3).

    Raises:
        ValueError: values that are no finite numbers, or a mode that cannot be converted.
    """
    convert, channels = _conversion(picture)
    pixels = np.empty((picture.height, picture.width, channels), np.uint8)
    for left, top, right, bottom in _tiles(picture):
        tile = convert(picture.crop((left, top, right, bottom)))
        pixels[top:bottom, left:right] = tile.reshape(bottom - top, right - left, channels)
    return pixels


def orientation(picture: Image.Image) -> int:
    """Read how the camera was held: 1 (upright) to 8, as Exif counts. Damaged Exif says 1."""
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow raises nearly anything over damaged Exif; the pixels are sound
        return 1
    return found if isinstance(found, int) and found in _UPRIGHT else 1


def turn(pixels: Pixels, orientation: int) -> Pixels:
    """Stand pixels upright.

    Args:
        pixels: (height, width, channels).
        orientation: 1 to 8, see `orientation`.
    """
    return np.ascontiguousarray(_UPRIGHT[orientation](pixels)) if orientation > 1 else pixels


def _conversion(picture: Image.Image) -> tuple[Callable[[Image.Image], NDArray[np.uint8]], int]:
    """Choose what makes pixels of a tile, and how many channels come out."""
    if picture.mode.startswith(("I", "F")):
        return _wide_grey(picture), 1
    grey = picture.mode in ("1", "L", "LA", "La")
    if picture.has_transparency_data:
        mode = "LA" if grey else "RGBA"
        ground = _ground(picture, mode)
        return lambda tile: _over(np.asarray(tile.convert(mode)), ground), 1 if grey else 3
    mode = "L" if grey else "RGB"
    return lambda tile: np.asarray(tile.convert(mode)), 1 if grey else 3


def _wide_grey(picture: Image.Image) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Scale wide values to 0..255 by the range that they must have had, never clipping."""
    bottom, top = _range(picture)
    transparent = picture.info.get("transparency")
    if getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0:
        bottom, top = top, bottom  # a TIFF whose 0 is white: Pillow turns only up to eight bits

    def scale(tile: Image.Image) -> NDArray[np.uint8]:
        values = np.asarray(tile)
        share = (values.astype(np.float64) - bottom) / (top - bottom)
        grey = np.rint(share * 255).astype(np.uint8)
        return np.where(values == transparent, WHITE, grey) if transparent is not None else grey

    return scale


def _range(picture: Image.Image) -> tuple[float, float]:
    """Tell which values are black and white.

    Integers come from 16-bit files, which Pillow may open as 32-bit; floating point has three
    customs. Where values are outside of all of them, the largest is white and the lowest black.
    """
    lows, highs = zip(*(_extremes(picture.crop(tile)) for tile in _tiles(picture)), strict=True)
    low, high = min(lows), max(highs)
    usual = (1.0, 255.0, 65535.0) if picture.mode == "F" else (65535.0,)
    return min(low, 0.0), next((top for top in usual if high <= top), high)


def _extremes(tile: Image.Image) -> tuple[float, float]:
    values = np.asarray(tile)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite((low, high)).all():
        raise ValueError("it holds values that are no numbers")
    return low, high


def _ground(picture: Image.Image, mode: str) -> int:
    """Choose what transparent parts lie over: white, but black below strokes that are light.

    A picture that is mostly opaque is a sheet of paper, which is light itself.
    """
    light = dark = 0.0
    for tile in _tiles(picture):
        pixels = np.asarray(picture.crop(tile).convert(mode))
        brightness = pixels[..., 0] if mode == "LA" else pixels[..., :3] @ _BRIGHTNESS
        is_light = brightness > _LIGHT
        light += float(pixels[..., -1][is_light].sum())
        dark += float(pixels[..., -1][~is_light].sum())
    is_drawing = light + dark < _DRAWING * 255 * picture.width * picture.height
    return BLACK if is_drawing and dark < _DARK * light else WHITE


def _over(pixels: NDArray[np.uint8], ground: int) -> NDArray[np.uint8]:
    """Lay (height, width, colours + alpha) over a level of grey."""
    colours, alpha = pixels[..., :-1].astype(np.uint16), pixels[..., -1:].astype(np.uint16)
    # at most 255 × 255 + 127: sixteen bits hold it
    return np.asarray((colours * alpha + ground * (255 - alpha) + 127) // 255, np.uint8)


def _tiles(picture: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Divide a picture into left, top, right, bottom; however long and narrow it is."""
    for top in range(0, picture.height, TILE):
        for left in range(0, picture.width, TILE):
            yield left, top, min(left + TILE, picture.width), min(top + TILE, picture.height)
