"""Whatever becomes of the processes that share some work, the one that waits for them ends."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from inkdigit.errors import LostWorkerError
from inkdigit.processes import shared

LARGE = 2**22  # bytes: more than a pipe holds


def squared(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is below 0")
    return number * number


def large(number: int) -> bytes:
    return bytes([number]) * LARGE


def after_three(then: Callable[[], None], number: int) -> int:
    if number == 3:
        then()
    return number


class Inherited:
    """Garbage that only a collector finds, and that tells of it in another process."""

    def __init__(self, told: Path) -> None:
        self.itself, self.told, self.process = self, told, os.getpid()

    def __del__(self) -> None:
        if os.getpid() != self.process:
            self.told.touch()


def tidied(number: int) -> int:
    gc.collect()
    return number


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaves() -> None:
    os._exit(0)


def hangs() -> None:
    time.sleep(3600)


def answers(
    work: Callable[[int], object], tasks: range, processes: int = 2, patience_s: float = 60
) -> AbstractContextManager[Iterator[object]]:
    return shared(work, tasks, processes=processes, patience_s=patience_s, doing="counted")


@pytest.fixture(autouse=True)
def none_is_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("processes", [1, 2, 3, 50])
@pytest.mark.parametrize("count", [0, 1, 10])
def test_answers_come_in_the_order_of_the_tasks(count: int, processes: int) -> None:
    with answers(squared, range(count), processes) as squares:
        assert list(squares) == [number * number for number in range(count)]


def test_what_goes_wrong_is_raised_here_and_says_where() -> None:
    with answers(squared, range(2, -2, -1)) as squares:
        assert [next(squares) for _ in range(3)] == [4, 1, 0]
        with pytest.raises(ValueError, match="-1 is below 0") as raised:
            next(squares)
    assert "in squared" in "".join(raised.value.__notes__)


@pytest.mark.parametrize("then", [dies, leaves, hangs])
def test_one_that_dies_leaves_or_hangs_is_told_after_its_last_answer(
    then: Callable[[], None],
) -> None:
    patience_s = 1.0 if then is hangs else 60.0
    with answers(partial(after_three, then), range(10), patience_s=patience_s) as numbers:
        assert [next(numbers) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(LostWorkerError, match="a process that counted was killed or hangs"):
            next(numbers)


def test_one_that_is_killed_within_an_answer_is_told() -> None:
    with answers(large, range(4)) as many:
        time.sleep(0.5)  # until they wait for somebody to read
        for process in multiprocessing.active_children():
            process.kill()
        with pytest.raises(LostWorkerError):
            next(many)


def test_those_that_wait_are_ended_where_nobody_wants_more() -> None:
    with answers(large, range(100)) as many:
        assert next(many) == large(0)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
def test_those_whose_main_process_is_killed_end_too() -> None:
    code = """
import multiprocessing, sys, time
from tests.test_processes import answers, large
with answers(large, range(100), 3):
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)
    time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        pids = main.stdout.readline().split()
        main.kill()
    assert len(pids) == 3
    end = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < end, pids
        time.sleep(0.05)


def is_running(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody may have asked for its exit code


def test_what_the_parent_left_as_garbage_is_not_destroyed_in_another_process(
    tmp_path: Path,
) -> None:
    """An inherited session of ONNX Runtime would wait there without end for its threads."""
    told = tmp_path / "told"
    gc.disable()
    try:
        Inherited(told)
        with answers(tidied, range(3)) as found:
            assert list(found) == [0, 1, 2]
    finally:
        gc.enable()
    gc.collect()
    assert not told.exists()
