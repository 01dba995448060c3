"""Ctrl-C and SIGTERM: leave at once, or after the step where a run can be saved.

The first signal is an exception wherever nothing is lost by leaving. While `deferring`, it is
only noted, for the work to end in good order; a second one then leaves at once.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Somebody asked the command to end; no error, so nothing on the way up handles it as one."""

    def __init__(self, exit_code: int, message: str | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.message = message


class Deferral:
    """While it is `active`, the first signal is noted here and nothing else happens."""

    def __init__(self) -> None:
        self.active = False
        self.exit_code = 0  # of the signal that came, if one did

    def __bool__(self) -> bool:
        """Whether a signal came."""
        return self.exit_code > 0


@contextmanager
def deferring() -> Iterator[Deferral]:
    """Let the work inside the block say when a signal must wait.

    Yields:
        The deferral; not active yet.
    """
    deferral = Deferral()

    def handle(number: int, _frame: FrameType | None) -> None:
        if deferral:
            _leave_at_once(128 + number)
        deferral.exit_code = 128 + number
        if not deferral.active:
            raise stopped_by(number)
        # no print: the signal may have come in the middle of one
        os.write(2, b"inkdigit: stopping after this step; once more to leave at once.\n")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield deferral
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stopped_by(number: int) -> Stopped:
    """Say how a command ends that was stopped by a signal."""
    return Stopped(128 + number, "interrupted." if number == signal.SIGINT else "terminated.")


def _leave_at_once(exit_code: int) -> None:
    if sys.stderr.isatty():
        os.write(2, b"\x1b[?25h")  # a progress bar may have hidden the cursor
    os._exit(exit_code)
