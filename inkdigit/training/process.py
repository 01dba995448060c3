"""What is changed of this process while it trains, since steps cannot be fast without it.

Memory that is freed is kept for the next step. glibc gives large blocks back to the system and gets
them again page by page, each one wiped and mapped anew: a quarter of the time of a step of small
networks (LOG.md, 2026-11-28).

Numbers too small to be normal (below 1.2e-38) are 0. The filters of a map that no picture wakes
shrink until they are such numbers, and a processor takes ten times as long for them.
"""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names that mallopt(3) gives to its parameters
_LARGEST_ON_HEAP = 32 << 20  # bytes; what glibc itself goes up to, block by block
_KEPT = (1 << 31) - 1  # bytes that may be free at the end of the heap: as many as it takes
_SUBNORMAL = 1e-39


@contextmanager
def tuned_for_training() -> Iterator[None]:
    """Change both, and change them back."""
    with freed_memory_kept(), subnormals_flushed():
        yield


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


@contextmanager
def subnormals_flushed() -> Iterator[None]:
    """Let this thread, and threads that are made meanwhile, take tiny numbers for 0."""
    before = float(torch.full((1,), _SUBNORMAL) * 0.5) == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
