"""The IDX format, in which MNIST is published: a magic number, dimensions, then bytes.

Source: http://yann.lecun.com/exdb/mnist/ ("The IDX file format"). Only unsigned bytes are read.
"""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file, gzipped or not.

    Returns:
        A read-only array of the shape that the file states.

    Raises:
        DataError: the file cannot be read, has another magic number, or is not exactly as long
            as its dimensions say.
    """
    try:
        return parse_idx(unzip(path.read_bytes()), str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path}: {reason.lower()}, expected an IDX file.") from error


def parse_idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """Read the content of an uncompressed IDX file; `name` stands in the error.

    Raises:
        DataError: as `read_idx`.
    """
    zeros, kind, dimensions = struct.unpack(">HBB", content[:4].ljust(4, b"\xff"))
    start = 4 + 4 * dimensions
    if zeros != 0 or kind != UNSIGNED_BYTE or dimensions == 0 or len(content) < start:
        raise DataError(
            f"{name}: it starts with {content[:4].hex(' ') or 'nothing'}, expected the IDX magic "
            "00 00 08 and the number of dimensions. Fetch the file again."
        )
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = start + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise DataError(
            f"{name}: {len(content):,} bytes uncompressed, expected {expected:,} "
            f"for {' x '.join(map(str, shape))}. Fetch the file again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def unzip(content: bytes) -> bytes:
    """Unpack gzipped content; anything else comes back as it is.

    Raises:
        OSError: the gzip stream is damaged or cut off.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged gzip ({error})") from error
