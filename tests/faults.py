"""Faults below inkdigit's own code: a disk that refuses, and a process that dies, at a chosen call.

`FaultyDisk` stands between inkdigit and the system calls that change a disk. `Victim` is a process
that runs `inkdigit` commands in children of its own, which may die: it has torch imported already,
so that a hundred commands do not take a hundred times two seconds.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import pytest

CALLS = ("write", "fsync", "rename", "replace", "ftruncate", "mkdir")  # of the module os
REFUSALS = (errno.ENOSPC, errno.EACCES, errno.EIO)


class FaultyDisk:
    """Counts the calls that change a disk, and does something else at one of them.

    Args:
        at: the number of the call, from 1; 0: none.
        fault: what happens then, after half of what a `write` should write.
    """

    def __init__(self, at: int, fault: Callable[[], NoReturn]) -> None:
        self.calls = 0
        self._at = at
        self._fault = fault

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Take the place of the system's calls, until `patch` is undone."""
        for name in CALLS:
            patch.setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if name == "write" and arguments[0] <= 2:  # the terminal is no disk
                return real(*arguments, **options)
            self.calls += 1
            if self.calls == self._at:
                if name == "write":
                    content = memoryview(arguments[1])
                    real(arguments[0], content[: len(content) // 2])
                self._fault()
            return real(*arguments, **options)

        return call


@contextmanager
def refusing(at: int, number: int = errno.ENOSPC) -> Iterator[FaultyDisk]:
    """Let the disk refuse one call of this process with an errno."""

    def refuse() -> NoReturn:
        raise OSError(number, os.strerror(number))

    disk = FaultyDisk(at, refuse)
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        yield disk


@contextmanager
def small_disk(place: Path, *, kilobytes: int) -> Iterator[Path]:
    """Mount a disk that is soon full; where that is not allowed, the test is skipped."""
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", *options],  # noqa: S607
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("this process may not mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607


@dataclass(frozen=True)
class Ended:
    """How a command of the victim ended."""

    code: int  # negative: the signal that killed it
    out: str
    err: str
    calls: int  # that changed a disk; 0 if it was killed


class Victim:
    """Runs commands that may die. Use it in a `with`.

    Args:
        folder: for its own files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Victim":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def run(
        self,
        *arguments: object,
        die_at: int = 0,
        die_after_s: float | None = None,
        refuse_at: int = 0,
        refusal: int = errno.ENOSPC,
    ) -> Ended:
        """Run one command to its end, which may come early.

        Args:
            arguments: of `inkdigit`.
            die_at: the call that changes a disk at which the process is killed.
            die_after_s: when it is killed instead.
            refuse_at: the call that the disk refuses instead.
            refusal: with which errno.
        """
        job = _Job(
            arguments=tuple(map(str, arguments)),
            folder=str(self._folder),
            die_at=die_at,
            die_after_s=die_after_s,
            refuse_at=refuse_at,
            refusal=refusal,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        calls = self._folder / "calls"
        ended = Ended(
            code=code,
            out=(self._folder / "out").read_text("utf-8"),
            err=(self._folder / "err").read_text("utf-8"),
            calls=int(calls.read_text()) if calls.exists() else 0,
        )
        calls.unlink(missing_ok=True)
        return ended


@dataclass(frozen=True)
class _Job:
    arguments: tuple[str, ...]
    folder: str
    die_at: int
    die_after_s: float | None
    refuse_at: int
    refusal: int


def _serve() -> None:
    """Be the victim: read jobs, fork a child for each, and tell how it ended."""
    import torch._dynamo
    import torch.onnx._internal.exporter._core  # noqa: F401

    import inkdigit.cli.display
    import inkdigit.training.run  # noqa: F401

    for line in sys.stdin:
        job = _Job(**json.loads(line))
        child = os.fork()  # safe: torch was imported here and never computed
        if child == 0:
            _be_killed(job)
        if job.die_after_s is not None:
            _kill_after(child, job.die_after_s)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _kill_after(child: int, seconds: float) -> None:
    pidfd = os.pidfd_open(child)
    import select

    if not select.select([pidfd], [], [], seconds)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(pidfd)


def _be_killed(job: _Job) -> NoReturn:
    """Run the command in this child process, with its faults."""
    from inkdigit.cli.app import main

    def die() -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def refuse() -> NoReturn:
        raise OSError(job.refusal, os.strerror(job.refusal))

    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(job.folder, name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    disk = FaultyDisk(job.die_at, die) if job.die_at else FaultyDisk(job.refuse_at, refuse)
    sys.argv = ["inkdigit", *job.arguments]
    code = 70
    try:
        with pytest.MonkeyPatch.context() as patch:
            disk.install(patch)
            main()
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    Path(job.folder, "calls").write_text(str(disk.calls))
    os._exit(code)


if __name__ == "__main__":
    _serve()
