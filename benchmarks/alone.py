"""Measurements in processes of their own, so that neither memory nor warmth is another's."""

import json
import multiprocessing
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from benchmarks.results import ROOT

T = TypeVar("T")

# A process begins with the largest memory of the one that starts it. This one has less than
# anything that is measured: an interpreter without packages, 10 MB.
_WATCH = """
import json, os, sys, time
quiet = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[quiet])
private = done = 0
while True:
    with open(f"/proc/{child}/status") as status:
        found = [int(line.split()[1]) for line in status if line.startswith("RssAnon")]
    private = max(private, *found, 0)
    done, code, usage = os.wait4(child, os.WNOHANG)
    if done:
        break
    time.sleep(0.005)
print(json.dumps([os.waitstatus_to_exitcode(code), usage.ru_maxrss * 1024, private * 1024]))
"""


@dataclass(frozen=True)
class Cost:
    """What one measurement took."""

    seconds: float
    before_bytes: int  # largest memory when it began, libraries included
    peak_bytes: int
    worker_bytes: int  # the same of what it started, shared pages included; 0 if there was none


@dataclass(frozen=True)
class Peak:
    """The largest memory of one process."""

    resident_bytes: int
    private_bytes: int  # without files that are mapped; looked at 200 times a second


def alone(work: Callable[..., T], *arguments: object) -> T:
    """Compute in a new process."""
    usual = multiprocessing.get_start_method()
    with ProcessPoolExecutor(
        1,
        multiprocessing.get_context("spawn"),
        initializer=_start_workers_by,
        initargs=(usual,),
    ) as pool:
        return pool.submit(work, *arguments).result()


def _start_workers_by(method: str) -> None:
    """Start a loader's workers as usual: a process that was spawned itself would spawn them."""
    multiprocessing.set_start_method(method, force=True)


def cost_of(work: Callable[[], object]) -> Cost:
    """Do some work in this process, and tell what it took."""
    before, others = _largest(resource.RUSAGE_SELF), _largest(resource.RUSAGE_CHILDREN)
    started = perf_counter()
    work()
    seconds = perf_counter() - started
    peak, worker = _largest(resource.RUSAGE_SELF), _largest(resource.RUSAGE_CHILDREN)
    return Cost(seconds, before, peak, worker if worker > others else 0)


def _largest(whose: int) -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(whose).ru_maxrss * unit


def peak_of(command: Sequence[str]) -> Peak:
    """Run a command to its end in a process that a small one starts."""
    watching = [sys.executable, "-I", "-S", "-c", _WATCH, *command]
    done = subprocess.run(watching, cwd=ROOT, capture_output=True, text=True, check=True)
    code, resident, private = json.loads(done.stdout)
    if code:
        sys.exit(f"{' '.join(command)} left with {code}: {done.stderr}")
    return Peak(resident, private)
