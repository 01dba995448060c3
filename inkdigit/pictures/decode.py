"""One picture out of a file or bytes, as plain pixels: upright, opaque, eight bits.

Every mode that Pillow reads ends as grey or RGB; nothing here looks at what the picture shows.
Inversion, size and channels are `pictures.prepare`.
"""

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from inkdigit.errors import DataError

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # JPEG: with MPO, PPM: with PGM, PBM
SUFFIXES = (  # of the files that hold such pictures
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".dib"),
    *(".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"),
)
PIXEL_LIMIT = 89_478_485  # Pillow's own: a quarter of a gibibyte as RGB, an A4 page at 900 dpi

Pixels = NDArray[np.uint8]  # (height, width, 1 or 3)


def decode(source: Path | bytes) -> Pixels:
    """Read one picture.

    Args:
        source: a file, or a file's content. Of several frames or pages the first is read.

    Returns:
        (height, width, 1) for grey pictures, (height, width, 3) for coloured ones and those
        with a palette; turned as EXIF says, transparent parts over white.

    Raises:
        DataError: no such file, no picture of a known format, truncated or damaged, or more
            pixels than `PIXEL_LIMIT`.
    """
    name = "the picture" if isinstance(source, bytes) else str(source)
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            return _decode(file, name)
    except DataError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise DataError(f"{name}: no picture, expected one of {', '.join(FORMATS)}.") from error
    except Exception as error:  # Pillow's readers raise nearly anything over damaged bytes
        if isinstance(error, OSError) and error.errno is not None:
            raise DataError(f"{name}: {(error.strerror or '').lower()}.") from error
        raise DataError(
            f"{name}: damaged picture ({error}). Replace or remove the file."
        ) from error


def as_picture(pixels: Pixels) -> Image.Image:
    """Hand (height, width, 1 or 3) pixels back to Pillow."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _decode(file: io.IOBase, name: str) -> Pixels:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        picture: Image.Image = Image.open(file, formats=FORMATS)  # type: ignore[arg-type]
    if picture.width * picture.height > PIXEL_LIMIT:
        raise _too_large(name)
    picture.load()
    picture = ImageOps.exif_transpose(picture) if picture.getexif() else picture
    if picture.mode == "L" and "transparency" not in picture.info:
        return np.asarray(picture)[..., None]
    return np.ascontiguousarray(_flatten(picture))


def _flatten(picture: Image.Image) -> Pixels:
    """Bring any mode to (height, width, 1 or 3)."""
    transparent = picture.info.get("transparency")
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture)
        grey = _eight_bits(values)
        if isinstance(transparent, int):
            grey = np.where(values == transparent, np.uint8(255), grey)
        return grey[..., None]
    if picture.mode in ("1", "L", "LA", "La"):
        if picture.mode in ("LA", "La") or transparent is not None:
            return _over_white(np.asarray(picture.convert("LA")))
        return np.asarray(picture.convert("L"))[..., None]
    if picture.mode in ("RGBA", "RGBa", "PA") or transparent is not None:
        return _over_white(np.asarray(picture.convert("RGBA")))
    return np.asarray(picture.convert("RGB"))


def _eight_bits(values: NDArray[np.generic]) -> Pixels:
    """Scale wider grey values to 0..255 by the range that they must have had, never clipping."""
    wide = values.astype(np.float64)
    if not np.isfinite(wide).all():
        raise ValueError("it holds values that are no numbers")
    low, high = float(wide.min()), float(wide.max())
    # integers come from 16-bit files, which Pillow may open as 32-bit; floats have three customs
    usual = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (65535.0,)
    top = next((each for each in usual if high <= each), high)
    bottom = min(low, 0.0)
    return np.asarray(np.rint((wide - bottom) * (255.0 / (top - bottom))), np.uint8)


def _over_white(pixels: Pixels) -> Pixels:
    """Lay (height, width, colours + alpha) over white."""
    colours, alpha = pixels[..., :-1].astype(np.uint32), pixels[..., -1:].astype(np.uint32)
    return np.asarray((colours * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)


def _too_large(name: str) -> DataError:
    return DataError(
        f"{name}: more than {PIXEL_LIMIT // 1_000_000} million pixels. Scale the picture down."
    )
