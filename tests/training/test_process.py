"""What is freed within a step is there for the next one, and tiny numbers are 0 meanwhile."""

import platform
import resource
import subprocess
import sys

import pytest
import torch

from inkdigit.config import TrainingConfig
from inkdigit.training.device import fix_arithmetic
from inkdigit.training.process import freed_memory_kept, subnormals_flushed

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
    assert sorted(kept)[-2] < 100  # a system short of memory may take pages back during one of them
    assert afterwards > 1000


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr("ctypes.CDLL", lambda _name: pytest.fail("it was asked for a C library"))
    with freed_memory_kept():
        pass


def _is_flushed() -> bool:
    return not (torch.full((4,), 1e-39) * 0.5).any()


@pytest.mark.skipif(not torch.set_flush_denormal(False), reason="this processor cannot flush")
def test_numbers_too_small_to_be_normal_are_zero_meanwhile_and_not_afterwards() -> None:
    with subnormals_flushed():
        assert _is_flushed()
        with subnormals_flushed():
            assert _is_flushed()
        assert _is_flushed()
    assert not _is_flushed()


@pytest.mark.skipif(not torch.set_flush_denormal(False), reason="this processor cannot flush")
def test_all_threads_of_a_fresh_process_take_them_for_zero_in_training() -> None:
    script = (
        "import torch; from inkdigit.config import TrainingConfig; "
        "from inkdigit.training.device import fix_arithmetic; "
        "from inkdigit.training.process import tuned_for_training; "
        "fix_arithmetic(TrainingConfig(threads=2)); tiny = torch.full((1 << 20,), 1e-39)\n"
        "with tuned_for_training(): print(int((tiny * 0.5).count_nonzero()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


def test_fixing_the_arithmetic_leaves_the_callers_own_numbers_alone() -> None:
    before = torch.get_num_threads()
    try:
        fix_arithmetic(TrainingConfig())
        assert not _is_flushed()
    finally:
        torch.set_num_threads(before)
