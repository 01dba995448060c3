"""The program that `reading.pdf` runs: PDFium, with nothing beside it that a crash could harm.

Its arguments are those of `_main`. It reads the PDF and then the number of a page a line; it
writes `pages N`, then for each number `page HEIGHT WIDTH` and as many RGB pixels; or in the place
of either `refused WORD`, with a word of `reading.pdf.REFUSALS`.
"""

import math
import os
import sys
import time
from contextlib import suppress
from typing import BinaryIO

import pypdfium2
from pypdfium2 import raw

_INCH = 72  # of the units in which PDF measures
_ERRORS = {
    raw.FPDF_ERR_SUCCESS: "empty",
    raw.FPDF_ERR_PASSWORD: "password",
    raw.FPDF_ERR_SECURITY: "security",
}


def _main(length: int, dpi: int, pixels: int, seconds: int, memory: int) -> None:
    """Answer for one PDF of so many bytes until there are no more questions."""
    _limit_memory(memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is said does not get among the pixels
    _limit_time(seconds)
    document = _open(sys.stdin.buffer.read(length))
    if isinstance(document, str):
        _say(answers, f"refused {document}")
        return
    _say(answers, f"pages {len(document)}")
    for line in sys.stdin.buffer:
        _limit_time(seconds)
        try:
            page = document[int(line) - 1]
            scale = scale_of(*page.get_size(), dpi=dpi, pixels=pixels)
            bitmap = page.render(scale=scale, rev_byteorder=True)  # annotations and forms, too
        except (pypdfium2.PdfiumError, MemoryError, ValueError, OverflowError):
            _say(answers, "refused page")
            continue
        _say(answers, f"page {bitmap.height} {bitmap.width}", bitmap.buffer)
        bitmap.close()
        page.close()


def _open(content: bytes) -> "pypdfium2.PdfDocument | str":
    """Open a PDF, or say in a word why not."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return _ERRORS.get(raw.FPDF_GetLastError(), "damaged")
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()  # before any page, or what was filled in is not drawn
    return document


def scale_of(width: float, height: float, *, dpi: int, pixels: int) -> float:
    """Choose how many pixels a unit of the page gets: as `dpi` says, or as `pixels` allow."""
    scale = dpi / _INCH
    # both sides are rounded up, so a long and narrow page takes more than one step
    while (found := math.ceil(width * scale) * math.ceil(height * scale)) > pixels:
        scale *= 0.999 * math.sqrt(pixels / found)
    return scale


def _say(answers: BinaryIO, line: str, pixels: bytes = b"") -> None:
    answers.write(line.encode() + b"\n")
    answers.write(pixels)
    answers.flush()


def _limit_memory(most: int) -> None:
    """Let a bomb end this process and no other, and a crash leave no dump of it."""
    with suppress(ImportError, ValueError, OSError):  # Windows has none of it, macOS not all
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: int) -> None:
    """End this process if nobody does: whoever asks may have been killed."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        most = math.ceil(time.process_time()) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
