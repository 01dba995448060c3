"""The memory that may be used is no more than what the system or a limit leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from inkdigit.data import memory

CPU = torch.device("cpu")


def test_some_memory_is_free() -> None:
    assert 0 < memory.free_memory(CPU) < 2**50


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"memory.max": "5000000", "memory.current": "1000000"}, 4_000_000),
        (
            {"memory/memory.limit_in_bytes": "7000000", "memory/memory.usage_in_bytes": "1000000"},
            6_000_000,
        ),
    ],
)
def test_a_container_may_leave_less(
    files: dict[str, str], left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    assert memory.free_memory(CPU) == left


def test_a_container_without_a_limit_leaves_what_the_system_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert memory.free_memory(CPU) > 2**20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the use is read from /proc")
@pytest.mark.parametrize("limit", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_ulimit_may_leave_less(limit: str) -> None:
    code = f"""
import resource, torch
from inkdigit.data.memory import free_memory
allowed = 20 * 2**30
resource.setrlimit(resource.{limit}, (allowed, allowed))
free = free_memory(torch.device("cpu"))
assert 0 < free < allowed - 10**7, free
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.parametrize(
    ("megabytes", "how_far"),
    [(64, "batches"), pytest.param(128, "run", marks=pytest.mark.slow)],
)
def test_pictures_may_be_ten_times_as_much_as_the_memory(
    megabytes: int, how_far: str, tmp_path: Path
) -> None:
    # a thread's stack of 8 MiB counts as memory in use, and it is chance whether those of threads
    # that ended are kept for others
    small_stacks = ("sh", "-c", 'ulimit -S -s 2048 && exec "$@"', "sh")
    command = (sys.executable, "-m", "tests.larger_than_memory", tmp_path / "x", str(megabytes))
    done = subprocess.run(
        [*small_stacks, *command, how_far],
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},  # a thread's own arena counts as memory in use
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    if how_far == "batches":
        assert done.stdout.splitlines() == ["resident: True", "resident: False"]
