"""Several worker processes of one search on one machine, and who looks after them."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path

from inkdigit.errors import InkdigitError, LostWorkerError
from inkdigit.studies.search.study import Event, Search, read, work

_LOOK_S = 0.5


def work_together(search: Search, workers: int, look: Callable[[], None]) -> None:
    """Run trials in several processes until none is left.

    A worker that dies is not replaced: the others take up its trial.

    Args:
        search: what is searched.
        workers: how many processes, each with the threads of the search.
        look: is called again and again while they work.

    Raises:
        LostWorkerError: all are gone, and trials are left.
    """
    with _started(search, workers) as processes:
        while any(process.is_alive() for process in processes):
            time.sleep(_LOOK_S)
            look()
        codes = [process.exitcode for process in processes]
    with search.store() as store:
        left = store.left(search.plan.trials)
    if left:
        raise LostWorkerError(
            f"all {workers} workers ended (exit codes {', '.join(map(str, codes))}) and {left} "
            "trials are left. What is finished is kept. Go on with: "
            f"inkdigit search --resume {search.folder}"
        )


@contextmanager
def _started(search: Search, workers: int) -> Iterator[list[SpawnProcess]]:
    """Start the workers; none of them outlives the block."""
    spawn = multiprocessing.get_context("spawn")  # torch does not survive a fork
    place, url = str(search.folder), search.url if search.plan.secret else None
    processes = [spawn.Process(target=_serve, args=(place, url)) for _ in range(workers)]
    try:
        for process in processes:
            process.start()
        yield processes
    finally:
        for process in processes:
            if process.pid is not None and process.is_alive():
                process.terminate()
        for process in processes:
            if process.pid is not None:
                process.join()


def _serve(folder: str, storage: str | None) -> None:
    """Be a worker: it ends when it is told to, and when the one that began it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; one decides
    signal.signal(signal.SIGTERM, lambda number, _frame: os._exit(128 + number))
    parent = multiprocessing.parent_process()

    def watch(_event: Event) -> None:
        if parent is not None and not parent.is_alive():
            os._exit(1)

    try:
        work(read(Path(folder), storage=storage), watch)
    except InkdigitError as error:
        sys.stderr.write(f"inkdigit: a worker ended: {error}\n")
        sys.exit(error.exit_code)
