"""The structure of a TIFF: its directories, of which each is a page, and what stands in them.

Pillow decodes the pages; here is what must be known before it may.
"""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

DIRECTORIES = 100_000  # looked at in one file; six bytes are enough for one

_TIFF = re.compile(rb"II[*+]\0|II\0[*+]|MM\0[*+]|MM[*+]\0")
_KIND = 254  # the tag that says what a directory holds; in each it is the first, if it is there
_SMALLER, _MASK = 1, 4  # its bits: another page's thumbnail, what of another page is transparent

_Order: TypeAlias = Literal["little", "big"]


def is_tiff(content: bytes) -> bool:
    """Tell by its first bytes whether a file claims to be a TIFF that Pillow knows."""
    return _TIFF.match(content) is not None


def page_starts(content: bytes) -> list[int]:
    """Find the directories that are pages, and neither thumbnails nor masks of others.

    Returns:
        Where each one is, the first page first; none where the file is damaged. A chain that
        comes back to a directory ends there.
    """
    return [start for start in _directories(content) if not _is_of_another(content, start)]


def page(content: bytes, start: int) -> bytes:
    """Give a TIFF whose first page is the one at `start`, and is in all else the same."""
    order, word = _layout(content)
    return content[:word] + start.to_bytes(word, order) + content[2 * word :]


def entries(content: bytes, start: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Read a directory.

    Args:
        content: of a TIFF.
        start: where the directory is; the first one, if not given.

    Yields:
        A tag, how many values it has, and the value if it is one.
    """
    order, word = _layout(content)
    start = _number(content, word, word, order) if start is None else start
    first, end = _extent(content, start)
    for place in range(first, min(end, len(content)), 4 + 2 * word):
        short = _number(content, place + 2, 2, order) == 3
        count, value = _number(content, place + 4, word, order), place + 4 + word
        yield (
            _number(content, place, 2, order),
            count,
            _number(content, value, 2 if short else word, order),
        )


def _directories(content: bytes) -> Iterator[int]:
    """Follow the chain of directories."""
    order, word = _layout(content)
    start, seen = _number(content, word, word, order), set[int]()
    while 0 < start < len(content) and start not in seen and len(seen) < DIRECTORIES:
        seen.add(start)
        yield start
        _, end = _extent(content, start)
        start = _number(content, end, word, order)


def _is_of_another(content: bytes, start: int) -> bool:
    tag, _, value = next(entries(content, start), (0, 0, 0))
    return tag == _KIND and bool(value & (_SMALLER | _MASK))


def _extent(content: bytes, start: int) -> tuple[int, int]:
    """Tell where a directory's entries begin and end, as it says itself."""
    order, word = _layout(content)
    first = start + (8 if word == 8 else 2)
    return first, first + _number(content, start, first - start, order) * (4 + 2 * word)


def _layout(content: bytes) -> tuple[_Order, int]:
    """Tell the order of bytes, and how many an offset takes."""
    wide = content[2] == ord("+")  # BigTIFF, as far as Pillow knows it
    return "little" if content.startswith(b"II") else "big", 8 if wide else 4


def _number(content: bytes, start: int, size: int, order: _Order) -> int:
    return int.from_bytes(content[start : start + size], order)
