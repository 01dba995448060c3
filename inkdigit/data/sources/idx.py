"""The IDX format, in which MNIST is published: a magic number, dimensions, then bytes.

Source: http://yann.lecun.com/exdb/mnist/ ("The IDX file format"). Only unsigned bytes are read.
"""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError

UNSIGNED_BYTE = 0x08
LARGEST = 2 * 2**30  # bytes of values; MNIST's largest file has 47 million
_GZIP = b"\x1f\x8b"
_LONGEST_HEAD = 4 + 4 * 255
_PIECE = 1 << 20


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file, gzipped or not.

    Returns:
        A read-only array of the shape that the file states.

    Raises:
        DataError: the file cannot be read, has another magic number, or is not exactly as long
            as its dimensions say.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == _GZIP
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if zipped else raw as file:
                return parse_idx(_whole(file, str(path)), str(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or f"damaged gzip ({error})"
        raise DataError(
            f"{path}: {reason.lower()}, expected an IDX file. Fetch the file again."
        ) from error


def _whole(file: BinaryIO | gzip.GzipFile, name: str) -> bytes:
    """Read as much as the head announces and one byte more, however much there is."""
    head = file.read(_LONGEST_HEAD)
    start, shape = _announced(head, name)
    left = start + _count(shape, name) + 1 - len(head)
    pieces = [head]
    while left > 0 and (piece := file.read(min(left, _PIECE))):  # no more memory than there is
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def parse_idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """Read the content of an uncompressed IDX file; `name` stands in the error.

    Raises:
        DataError: as `read_idx`.
    """
    start, shape = _announced(content, name)
    expected = start + _count(shape, name)
    if len(content) != expected:
        found = f"{len(content):,}" if len(content) < expected else f"more than {expected:,}"
        raise DataError(
            f"{name}: {found} bytes uncompressed, expected {expected:,} "
            f"for {' x '.join(map(str, shape))}. Fetch the file again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _announced(content: bytes, name: str) -> tuple[int, tuple[int, ...]]:
    """Read where the values start, and their shape."""
    zeros, kind, dimensions = struct.unpack(">HBB", content[:4].ljust(4, b"\xff"))
    start = 4 + 4 * dimensions
    if zeros != 0 or kind != UNSIGNED_BYTE or dimensions == 0 or len(content) < start:
        raise DataError(
            f"{name}: it starts with {content[:4].hex(' ') or 'nothing'}, expected the IDX magic "
            "00 00 08 and the number of dimensions. Fetch the file again."
        )
    return start, struct.unpack(f">{dimensions}I", content[4:start])


def _count(shape: tuple[int, ...], name: str) -> int:
    count = math.prod(shape)
    if count > LARGEST:
        raise DataError(
            f"{name}: it announces {count:,} bytes, expected at most {LARGEST:,}. "
            "Fetch the file again."
        )
    return count


def unzip(content: bytes, *, most: int) -> bytes:
    """Unpack gzipped content; anything else comes back as it is.

    Args:
        content: gzipped or not.
        most: bytes to unpack at most, however many there are: a small file may hold gigabytes.

    Raises:
        OSError: the gzip stream is damaged or cut off.
    """
    if content[:2] != _GZIP:
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            return file.read(most)
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip ({error})") from error
