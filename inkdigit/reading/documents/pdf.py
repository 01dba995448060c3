"""The pages of a PDF as pixels, rendered in a process of its own: see `render_pdf`.

A PDF of a kilobyte can keep PDFium busy for years (forms that hold forms that hold forms, fine
tilings, endless functions), and nothing can interrupt it but ending its process; others make it
crash, or want more memory than there is. The process takes 0.06 s to start, render a simple page
and end (two busy cores, pypdfium2 5.15).
"""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from threading import Timer
from typing import IO

import numpy as np

from inkdigit.errors import DataError, MissingExtraError
from inkdigit.pictures.flatten import Pixels

REFUSALS = {
    "password": "it needs a password, expected a PDF that opens without. Save it without one.",
    "security": "encrypted in an unknown way, expected a PDF that opens. Print it to a new PDF.",
    "empty": "a PDF without pages, expected at least one. Save it again.",
    "damaged": "damaged PDF, expected a whole one. Replace or remove the file.",
    "page": "damaged page, expected a whole one. Replace the file, or leave it out with --pages.",
}
_MEMORY = 1 << 29  # bytes for Python, PDFium and its fonts, which take half of it
_MEMORY_OF_PIXEL = 16  # bytes, as `pictures.decode`: the page, and a picture of its size on it
_CHANNELS = 3
_LINE = 100  # bytes; an answer is shorter


def is_pdf(content: bytes) -> bool:
    """Tell whether a file claims to be a PDF; as PDFium does, even after some other bytes."""
    return b"%PDF-" in content[:1024]


@contextmanager
def open_pdf(
    content: bytes, name: str, *, dpi: int, pixels: int, seconds: float
) -> Iterator["PdfPages"]:
    """Open a PDF; its process ends with the block.

    Args:
        content: of the file.
        name: what errors call it.
        dpi: pixels an inch; fewer where a page would have more than `pixels`.
        pixels: of one page at most.
        seconds: for opening, and for each page.

    Raises:
        DataError: it is encrypted, damaged, without pages, or takes too long.
        MissingExtraError: pypdfium2 is not installed.
    """
    if find_spec("pypdfium2") is None:
        raise MissingExtraError(
            "reading a PDF needs the package 'pypdfium2', which is not installed. "
            "Install it with: pip install 'inkdigit[read]'"
        )
    memory = _MEMORY + _MEMORY_OF_PIXEL * pixels + 2 * len(content)
    numbers = (len(content), dpi, pixels, math.ceil(seconds) + 1, memory)
    # -P and not the folder it runs in, where a user's file may have a module's name
    module = "inkdigit.reading.documents.render_pdf"
    command = (sys.executable, "-P", "-m", module, *map(str, numbers))
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(  # noqa: S603 (this Python, this package, and numbers)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        process_group=0,  # Ctrl-C is for this process, which then ends that one
    )
    try:
        yield PdfPages(process, content, name=name, pixels=pixels, seconds=seconds)
    finally:
        process.kill()
        with suppress(OSError):  # what it had not yet read is lost
            _pipe(process.stdin).close()
        _pipe(process.stdout).close()
        process.wait()


class PdfPages:
    """The pages of an open PDF."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        content: bytes,
        *,
        name: str,
        pixels: int,
        seconds: float,
    ) -> None:
        """Hand a fresh `render_pdf` its PDF, and count the pages; see `open_pdf`."""
        self._process, self._name = process, name
        self._pixels, self._seconds = pixels, seconds
        self._late = False
        with self._time_limit(name):
            (self.count,) = self._ask(content, "pages", name)

    def page(self, number: int) -> Pixels:
        """Render one page.

        Args:
            number: from 1 to `count`.

        Returns:
            (height, width, 3), turned as the PDF says, annotations and filled forms drawn.

        Raises:
            DataError: the page is damaged, takes too long, or makes PDFium crash. After the last
                two, no other page can be had.
        """
        name = f"{self._name}, page {number}"
        with self._time_limit(name):
            height, width = self._ask(b"%d\n" % number, "page", name)
            if height * width > self._pixels:
                raise EOFError
            pixels = np.empty((height, width, _CHANNELS), np.uint8)
            left = pixels.reshape(-1).data
            while left:
                count = _pipe(self._process.stdout).readinto(left)  # type: ignore[attr-defined]
                if not count:
                    raise EOFError
                left = left[count:]
        return pixels

    def _ask(self, question: bytes, answer: str, name: str) -> list[int]:
        """Send a question, and give the numbers of an answer of this kind."""
        questions = _pipe(self._process.stdin)
        questions.write(question)
        questions.flush()
        word, *rest = _pipe(self._process.stdout).readline(_LINE).decode("ascii").split() or [""]
        if word == "refused" and rest[0] in REFUSALS:
            raise DataError(f"{name}: {REFUSALS[rest[0]]}")
        if word != answer:
            raise EOFError
        return [int(number) for number in rest]

    @contextmanager
    def _time_limit(self, name: str) -> Iterator[None]:
        """End the process if the block takes too long, and tell why it gave no answer."""
        timer = Timer(self._seconds, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except DataError:
            raise
        except (EOFError, OSError, ValueError, IndexError) as error:  # gone, or not itself
            self._process.kill()
            raise self._fault(name) from error
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _fault(self, name: str) -> DataError:
        """Say why there is no process any more."""
        if self._late:
            return DataError(
                f"{name}: not rendered after {self._seconds:g} s, expected a page that takes "
                "less. Print it to a new PDF, lower --dpi, or leave it out with --pages."
            )
        return DataError(
            f"{name}: PDFium crashed over it (code {self._process.wait()}), expected a sound PDF. "
            "Print it to a new PDF; if all PDFs crash, repair PDFium with: "
            "pip install --force-reinstall pypdfium2"
        )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 (both were asked for)
    return pipe
