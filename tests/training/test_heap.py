"""What is freed within a step is there for the next one."""

import platform
import resource

import pytest
import torch

from inkdigit.training.heap import freed_memory_kept

_BLOCK = 16 << 20  # bytes


def _pages_of_a_step() -> int:
    """Fill eight blocks that lie side by side, free them, and count the pages that were new."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.ones(_BLOCK, dtype=torch.uint8) for _ in range(8)]
    assert sum(int(block[-1]) for block in blocks) == 8
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heap")
def test_steps_get_the_memory_that_the_one_before_freed_and_the_system_gets_it_at_the_end() -> None:
    with freed_memory_kept():
        for _ in range(3):
            _pages_of_a_step()
        kept = [_pages_of_a_step() for _ in range(5)]
    afterwards = _pages_of_a_step()
    assert max(kept) < 100
    assert afterwards > 1000


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr("ctypes.CDLL", lambda _name: pytest.fail("it was asked for a C library"))
    with freed_memory_kept():
        pass
