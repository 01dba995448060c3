"""Whatever a document holds: pages or a line that says why not, in bounded time and memory."""

import resource
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.reading.documents.document import PageLimits, pages_of
from tests.fuzzing import damaged, decimal, fuzz
from tests.pictures.corpus import RAMP, encoded
from tests.reading import pdfs

LIMITS = PageLimits(pixels=4_000_000, pages=20, page_seconds=10.0)
PEAK = 16 * LIMITS.pixels + (64 << 20)  # bytes in this process, beyond what the libraries take
CHILD = 1 << 30  # bytes in the one that renders a PDF

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")


@cache
def documents() -> tuple[list[bytes], list[bytes]]:
    """Sound PDFs, and sound TIFFs of three pages."""
    wide = np.kron(RAMP, np.ones((4, 4), np.uint8))
    frames = [Image.fromarray(np.roll(wide, shift)) for shift in range(3)]
    tiffs = [
        encoded(frames[0].convert(mode), "TIFF", save_all=True, append_images=frames[1:], **options)
        for mode in ("1", "L", "P", "RGB", "I;16")
        for options in ({}, {"compression": "tiff_lzw"}, {"big_tiff": True})
    ]
    return pdfs.corpus(), tiffs


def check(index: int) -> str:
    """Read a damaged PDF, or a TIFF if the number is odd."""
    content = damaged(documents()[index % 2], index, more=(decimal,))
    kind = ("PDF", "TIFF")[index % 2]
    count, refusal = 0, None
    try:
        for number, pixels in pages_of(content, limits=LIMITS):
            count += 1
            assert number == count
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] in (1, 3)
            assert 0 < pixels.shape[0] * pixels.shape[1] <= LIMITS.pixels
    except DataError as error:
        refusal = error
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < CHILD
    if refusal is None:
        return f"{kind}-read"
    assert not isinstance(refusal.__cause__, MemoryError)
    assert str(refusal).isprintable()  # one line
    words = {"not rendered after": "slow", "crashed": "crashed"}
    return f"{kind}-" + next((words[part] for part in words if part in str(refusal)), "refused")


@pytest.mark.fuzz
def test_all_documents_of_the_corpus_are_sound_but_the_locked_one() -> None:
    some_pdfs, tiffs = documents()
    locked = pdfs.encrypted()
    assert locked in some_pdfs
    for content in [each for each in some_pdfs if each != locked] + tiffs:
        assert next(pages_of(content, limits=LIMITS))[0] == 1


def test_fifty_damaged_documents_are_read_or_refused() -> None:
    outcome = fuzz(__name__, first=0, count=50)
    assert {"PDF-read", "PDF-refused", "TIFF-read", "TIFF-refused"} <= set(outcome.words)
    assert outcome.peak_bytes < PEAK


@pytest.mark.fuzz
@pytest.mark.parametrize("first", range(0, 6_000, 1_500))
def test_six_thousand_damaged_documents_are_read_or_refused(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    outcome = fuzz(__name__, first=first, count=1_500)
    record_property("outcome", outcome)
    assert sum(outcome.words.values()) == 1_500
    # PDFium may crash or hang over a few, which then are refused; over many, it is something else
    assert sum(outcome.words.get(f"PDF-{word}", 0) for word in ("slow", "crashed")) < 15
    assert outcome.peak_bytes < PEAK
