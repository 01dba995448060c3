"""Share work among processes, any of which may be killed at any moment.

Each has a pipe of its own that nothing else writes to: killed, even within an answer, it leaves an
end of file there. Queues and events that several processes share, as those of torch's `DataLoader`,
have locks, and a process that is killed while it holds one leaves all others waiting without end.
"""

import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from inkdigit.errors import LostWorkerError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)  # what ends a command in good order


@contextmanager
def shared(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    *,
    processes: int,
    patience_s: float,
    doing: str,
) -> Iterator[Iterator[Answer]]:
    """Answer all tasks in order, process k of n the tasks k, k + n, k + 2n, ...

    A process that is ahead waits as soon as its pipe is full. None outlives the block; where this
    process is killed, the others end with the next answer that they give.

    Args:
        work: answers one task; it, the tasks and the answers can be pickled.
        tasks: what there is to do.
        processes: how many beside this one, at least 1.
        patience_s: seconds to wait for an answer.
        doing: what the processes did, to say of one that is lost.

    Raises:
        LostWorkerError: when answers are taken: a process was killed, or gave none in time.
        Exception: when answers are taken: as `work` raised it, with a note that says where.
    """
    count = min(processes, len(tasks))
    with ExitStack() as ends:
        with _signals_waiting():  # one just forked would answer them as its parent does
            pipes = [ends.enter_context(_started(work, tasks[k::count])) for k in range(count)]
        yield (_received(pipes[k % count], patience_s, doing) for k in range(len(tasks)))


def _received(pipe: "Connection[Any, Any]", patience_s: float, doing: str) -> Any:
    try:
        said = pipe.recv() if pipe.poll(patience_s) else None
    except (EOFError, OSError):
        said = None
    if said is None:
        raise LostWorkerError(
            f"a process that {doing} was killed or hangs, perhaps for want of memory, expected it "
            "to finish. Run this again."
        )
    answer, error = said
    if error is not None:
        raise error
    return answer


@contextmanager
def _started(
    work: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Iterator["Connection[Any, Any]"]:
    """Start a process and give this end of its pipe; it does not outlive the block."""
    this_end, its_end = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(
        target=_answer, args=(this_end, its_end, work, tasks), daemon=True
    )
    with this_end:
        with its_end:
            process.start()
        try:
            yield this_end
        finally:
            process.kill()  # it holds nothing that others wait for
            process.join()


def _answer(
    other_end: "Connection[Any, Any]",
    pipe: "Connection[Any, Any]",
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
) -> None:
    """Be one of the processes."""
    keep_inherited()
    _stand_apart()
    other_end.close()  # or this process would wait for itself to read
    with pipe, suppress(BrokenPipeError):  # nobody waits any more
        for task in tasks:
            answer, error = None, None
            try:
                answer = work(task)
            except Exception as raised:
                raised.add_note(traceback.format_exc())
                error = raised
            pipe.send((answer, error))


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Hold back what would end this process, where that can be done."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def keep_inherited(_worker: int = 0) -> None:
    """Never destroy what a forked process inherits, even as garbage: it belongs to the parent.

    A session of ONNX Runtime waits at its end for threads that only the parent has.
    """
    gc.freeze()


def _stand_apart() -> None:
    """Leave the signals that a terminal sends to all to the main process.

    SIGTERM alone ends this process: Python's exit sends it to those that are left, and waits.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # one that is held back is forgotten too
    if hasattr(signal, "pthread_sigmask"):
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
