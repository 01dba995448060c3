"""What a step frees is kept for the next one, instead of going to the system and back.

glibc gives large blocks back as they are freed, and gets them again page by page, each one wiped
and mapped anew: a quarter of the time of a step of small networks (LOG.md, 2026-11-28).
"""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names that mallopt(3) gives to its parameters
_LARGEST_ON_HEAP = 32 << 20  # bytes; what glibc itself goes up to, block by block
_KEPT = (1 << 31) - 1  # bytes that may be free at the end of the heap: as many as it takes


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep what is freed on the heap, then give it back. Without glibc nothing is changed."""
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_THRESHOLD, _LARGEST_ON_HEAP)
    libc.mallopt(_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        libc.mallopt(_TRIM_THRESHOLD, 2 * _LARGEST_ON_HEAP)  # what glibc itself goes up to
        libc.malloc_trim(0)
