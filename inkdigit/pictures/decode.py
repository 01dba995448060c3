"""One picture out of a file or bytes, as plain pixels: upright, opaque, eight bits.

Every mode that Pillow reads ends as grey or RGB; nothing here looks at what the picture shows.
Whatever the bytes are, the answer is pixels or a `DataError`. Inversion, size and channels are
`pictures.prepare`.
"""

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from inkdigit.errors import DataError
from inkdigit.pictures.bombs import defused
from inkdigit.pictures.file import name_of, or_raise, read, shown
from inkdigit.pictures.flatten import Pixels as Pixels
from inkdigit.pictures.flatten import flatten, orientation, turn

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # JPEG: with MPO, PPM: with PGM, PBM
SUFFIXES = (  # of the files that hold such pictures
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".dib"),
    *(".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"),
)


@dataclass(frozen=True)
class Limits:
    """What a picture may cost at most."""

    # width × height: a telephone of 50 megapixels, an A4 page at 700 dpi; at most 800 MB while it
    # is decoded
    pixels: int = 50_000_000
    # of the file: 64 MiB, an A4 page at 450 dpi uncompressed
    bytes: int = 1 << 26
    # what the user raises the two by, for the errors; empty: they cannot
    pixel_setting: str = ""
    byte_setting: str = ""


DEFAULT_LIMITS = Limits()


def decode(
    source: Path | bytes, limits: Limits = DEFAULT_LIMITS, *, name: str | None = None
) -> Pixels:
    """Read one picture.

    Its content decides what it is, not its name. Of several frames or pages the first is read.
    Wider values than eight bits are scaled, never clipped.

    Args:
        source: a file, or a file's content.
        limits: refuse larger files and larger pictures, before they take memory.
        name: how errors call it; the path, if not given.

    Returns:
        (height, width, 1) for grey pictures, (height, width, 3) for coloured ones and those
        with a palette; turned as EXIF says, transparent parts over white, or black; see `flatten`.

    Raises:
        DataError: no such file, no picture of a known format, truncated or damaged, or more
            bytes or pixels than `limits` allow.
    """
    name, content = name or name_of(source), read(source, limits.bytes, setting=limits.byte_setting)
    try:
        return _decode(content, limits, name)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(
            f"{name}: {_unidentified(content)} Convert it to PNG, or remove it."
        ) from error
    except MemoryError as error:
        raise DataError(
            f"{name}: not enough memory, expected up to 16 bytes a pixel. Scale the picture down."
        ) from error
    except Exception as error:  # Pillow's readers raise nearly anything over damaged bytes
        reason = shown(" ".join(str(error).split()) or type(error).__name__, most=100)
        raise DataError(
            f"{name}: damaged picture ({reason}), expected a whole one. Replace or remove the file."
        ) from error


def claimed_format(content: bytes) -> str | None:
    """Tell by a file's first bytes which of `FORMATS` it claims to be, if any."""
    Image.init()
    for kind in FORMATS:
        _, accepts = Image.OPEN[kind]
        with suppress(IndexError):  # of a file of one byte
            if accepts and accepts(content[:16]):
                return kind
    return None


def as_picture(pixels: Pixels) -> Image.Image:
    """Hand (height, width, 1 or 3) pixels back to Pillow."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _decode(content: bytes, limits: Limits, name: str) -> Pixels:
    """Decode, and raise whatever Pillow raises."""
    with warnings.catch_warnings():
        # About Exif, tags and palettes; what matters is an error. Restricted to Pillow, so that
        # threads that restore the filters in another order than they changed them hide no more.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        content = defused(content, limits.pixels)
        with _open(content, limits, name) as picture:
            picture.load()
            _scale_transparency(picture, content)
            held, pixels = orientation(picture), flatten(picture)
        return turn(pixels, held)


def _open(content: bytes, limits: Limits, name: str) -> Image.Image:
    """Read the header, and no more if the picture is too large."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(name, _size(content), limits) from error
    if picture.width * picture.height > limits.pixels:
        raise _too_large(name, picture.size, limits)
    return picture


def _size(content: bytes) -> tuple[int, int] | None:
    """Read the size of a picture that `Image.open` refuses without telling it."""
    with suppress(Exception):  # it is only for the message
        factory, _ = Image.OPEN[claimed_format(content) or ""]
        return factory(io.BytesIO(content), "").size
    return None


def _scale_transparency(picture: Image.Image, content: bytes) -> None:
    """Turn the transparent colour of a PNG, which is in the file's depth, into eight bits."""
    transparent = picture.info.get("transparency")
    if picture.format != "PNG" or transparent is None:
        return
    depth = content[24]  # where every PNG has it
    if picture.mode == "L" and depth < 8:
        picture.info["transparency"] = transparent * 255 // (2**depth - 1)
    elif picture.mode == "RGB" and depth == 16:  # Pillow keeps the high byte of each value
        picture.info["transparency"] = tuple(value >> 8 for value in transparent)


def _unidentified(content: bytes) -> str:
    if kind := claimed_format(content):
        return f"damaged or unusual {kind} header, expected a usual {kind}."
    return f"no picture (it begins with {content[:8]!r}), expected one of {', '.join(FORMATS)}."


def _too_large(name: str, size: tuple[int, int] | None, limits: Limits) -> DataError:
    found = f"{size[0]}×{size[1]} = {size[0] * size[1]:,} pixels" if size else "too many pixels"
    return DataError(
        f"{name}: {found}, expected at most {limits.pixels:,}. "
        f"Scale it down{or_raise(limits.pixel_setting)}."
    )
