"""Sound pictures of every format and mode that Pillow writes, and hand-made rarer ones."""

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigit.pictures.decode import FORMATS

RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
MODES = (
    *("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB"),
    *("I", "I;16", "I;16B", "F"),
)
OPTIONS: dict[str, tuple[dict[str, object], ...]] = {
    "PNG": ({}, {"transparency": 0}),
    "JPEG": ({}, {"progressive": True}),
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "packbits"}),
    "WEBP": ({}, {"lossless": True}),
}


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def tiff(
    values: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
    *,
    bits: int = 0,
    photometric: int = 1,
    more: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:
    """Write (height, width) as an uncompressed TIFF of one strip, as Pillow would not.

    Args:
        values: their byte order becomes the file's.
        bits: per value; 0: as the array has it.
        photometric: 0: zero is white, 1: zero is black.
        more: tag, type (3 is short, 4 is long), count, value.
    """
    order = ">" if values.dtype.byteorder == ">" else "<"
    height, width = values.shape
    content = values.tobytes()
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    entries = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits or values.itemsize * 8)}
    entries |= {259: (3, 1, 1), 262: (3, 1, photometric), 277: (3, 1, 1), 278: (4, 1, height)}
    entries |= {273: (4, 1, 0), 279: (4, 1, len(content)), 339: (3, 1, kind)}
    entries |= {tag: rest for tag, *rest in more}  # type: ignore[misc]
    start = 8 + 2 + 12 * len(entries) + 4
    if entries[273][1] == 1:
        entries[273] = (4, 1, start)
    body = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(entries))
    for tag, (type_, count, value) in sorted(entries.items()):
        layout = "HHIHxx" if type_ == 3 else "HHII"
        body += struct.pack(order + layout, tag, type_, count, value)
    return body + bytes(4) + content


def corpus() -> list[bytes]:
    """Sound pictures, always in one order; with the PNG suite where INKDIGIT_DATA names it."""
    pictures = [each for mode in MODES for kind in FORMATS for each in _written(mode, kind)]
    pictures += [_animated("GIF"), _animated("WEBP"), _animated("PNG"), _animated("TIFF")]
    pictures += [
        _animated("MPO"),
        _turned("JPEG"),
        _turned("PNG"),
        _turned("WEBP"),
        _turned("TIFF"),
    ]
    pictures += [tiff(RAMP.astype(kind), photometric=0) for kind in ("<u1", ">u1", "<u2", "<f4")]
    pictures += [b"P2 4 1 15 0 5 10 15", b"P3 1 1 # grey\n 10 0 5 10", b"P1 4 1 1010"]
    pictures += [b"P5 4 1 1000 " + bytes(8), b"P6 1 1 300 " + bytes(6), b"P4 4 1 \xa0"]
    if "INKDIGIT_DATA" in os.environ:
        suite = Path(os.environ["INKDIGIT_DATA"]) / "pngsuite"
        pictures += [path.read_bytes() for path in sorted(suite.glob("*.png"))]
    return pictures


def _written(mode: str, kind: str) -> list[bytes]:
    found = []
    for options in OPTIONS.get(kind, ({},)):
        try:
            found.append(encoded(_picture(mode), kind, **options))
        except (OSError, ValueError, TypeError, KeyError):  # not every format has every mode
            continue
    return found


def _picture(mode: str) -> Image.Image:
    if mode in ("I", "F", "I;16", "I;16B"):
        kind = {"I": "<i4", "F": "<f4", "I;16": "<u2", "I;16B": ">u2"}[mode]
        return Image.fromarray((RAMP.astype(np.uint16) * 257).astype(kind))
    colour = Image.fromarray(np.stack([RAMP, RAMP.T, 255 - RAMP], axis=2))
    return colour.convert(mode) if mode != "PA" else colour.convert("P").convert("PA")


def _animated(kind: str) -> bytes:
    frames = [Image.fromarray(np.roll(RAMP, shift, axis=0)).convert("RGB") for shift in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def _turned(kind: str) -> bytes:
    exif = Image.Exif()
    exif[274] = 6
    return encoded(Image.fromarray(RAMP), kind, exif=exif)
