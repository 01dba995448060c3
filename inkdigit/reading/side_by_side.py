"""Files read by several processes side by side: most of reading is Python, which threads share."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

import cv2

from inkdigit.pictures.flatten import Pixels
from inkdigit.pictures.inputs import Input
from inkdigit.processes import shared
from inkdigit.reading.documents.document import (
    DEFAULT_DPI,
    DEFAULT_PAGE_LIMITS,
    PageLimits,
    pages_of,
)
from inkdigit.reading.documents.page_range import EVERY_PAGE, PageRange
from inkdigit.reading.fields.template import Template
from inkdigit.reading.reader import ANY, Reader, ReadOptions, open_reader
from inkdigit.reading.stream import Pages, Reading, read_files
from inkdigit.types import Page

MANY = 8  # files that are worth other processes: each takes a tenth of a second to begin
MOST_PROCESSES = 8  # unless more are asked for: each may take .3 GB

_TOGETHER = 512  # files that are shared out at once: their names are held
_PATIENCE_S = 7_200.0  # for one file: a thousand large pages, twice as long as they take


@dataclass(frozen=True)
class FileReader:
    """How files are read; another process can have it."""

    model: Path | str = "default"
    options: ReadOptions = ANY
    pages: PageRange = EVERY_PAGE
    dpi: int = DEFAULT_DPI
    limits: PageLimits = DEFAULT_PAGE_LIMITS
    form: Template | None = None

    def __call__(self, given: Input) -> Reading:
        """Read a file, or say why it cannot be read."""
        return next(self.read_all([given], _read_alone(self.model), _not_watched))

    def read_all(
        self,
        inputs: Iterable[Input],
        read: Callable[[Pixels, ReadOptions], Page],
        watch: Callable[[str, Page, Pixels], None],
    ) -> Iterator[Reading]:
        """Read files one after another; see `stream.read_files`.

        Args:
            inputs: the files.
            read: finds the numbers of one page, or of one field of a form.
            watch: is shown each page.
        """

        def page_of(pixels: Pixels) -> Page:
            if self.form is None:
                return read(pixels, self.options)
            return self.form.read(
                pixels, lambda field, rule: read(field, replace(self.options, rule=rule))
            )

        return read_files(inputs, self._open, page_of, watch)

    def _open(self, source: Path | bytes) -> Pages:
        return pages_of(source, pages=self.pages, dpi=self.dpi, limits=self.limits)


def read_side_by_side(
    inputs: Iterable[Input], read: FileReader, *, processes: int
) -> Generator[Reading, None, None]:
    """Read files in processes of their own, and give what stands in them in order.

    Args:
        inputs: the files.
        read: reads one.
        processes: how many, at most.

    Raises:
        LostWorkerError: a process was killed.
    """
    files = iter(inputs)
    while some := list(islice(files, _TOGETHER)):
        with (
            _without_threads_of_opencv(),
            shared(
                read, some, processes=processes, patience_s=_PATIENCE_S, doing="read pictures"
            ) as readings,
        ):
            yield from readings


@contextmanager
def _without_threads_of_opencv() -> Iterator[None]:
    """End OpenCV's threads for a while: a forked process would wait for them without end."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _read_alone(model: Path | str) -> Callable[[Pixels, ReadOptions], Page]:
    """Give what reads a page with this process's own network, opened with the first page."""
    return lambda pixels, options: _reader_of_this_process(model).read(pixels, options=options)


@cache
def _reader_of_this_process(model: Path | str) -> Reader:
    """Open the network once in each process; one core is enough, for the others have processes."""
    if cv2.getNumThreads() != 1:  # a process that was not forked
        cv2.setNumThreads(1)
    return open_reader(model, threads=1)


def _not_watched(_name: str, _page: Page, _pixels: Pixels) -> None:
    return None
