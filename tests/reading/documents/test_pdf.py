"""A PDF becomes pixels, or one line; whatever it does to PDFium, nothing else suffers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import DataError, MissingExtraError
from inkdigit.pictures.decode import Pixels
from inkdigit.reading.documents import pdf
from inkdigit.reading.documents.document import PageLimits, pages_of
from inkdigit.reading.documents.page_range import parse_pages
from inkdigit.reading.documents.render_pdf import scale_of
from tests.reading.pdfs import (
    bomb,
    encrypted,
    filled_form,
    locked_by_its_owner,
    page,
    pages,
    scan,
    tiled,
)


def drawn(content: bytes, dpi: int = 72) -> Pixels:
    """Render a PDF of one page, by default with a pixel for each unit."""
    ((number, pixels),) = pages_of(content, dpi=dpi)
    assert number == 1
    return pixels


def refusal(content: bytes, **limits: float) -> str:
    with pytest.raises(DataError) as caught:
        list(pages_of(content, limits=PageLimits(**limits)))  # type: ignore[arg-type]
    assert str(caught.value).isprintable()  # one line
    return str(caught.value)


def test_a_page_is_dark_where_it_is_drawn_and_white_elsewhere() -> None:
    pixels = drawn(page())
    assert pixels.shape == (100, 100, 3)
    assert (pixels[21:79, 21:79] == 0).all()
    assert (pixels[:19] == 255).all()
    pixels[0, 0] = 7  # and may be written to, as those of a picture


def test_colours_are_red_green_and_blue() -> None:
    assert tuple(drawn(page(b"1 0.2 0 rg 0 0 100 100 re f"))[50, 50]) == (255, 51, 0)


@pytest.mark.parametrize(("dpi", "side"), [(36, 50), (200, 278), (144, 200)])
def test_the_resolution_is_what_was_asked_for(dpi: int, side: int) -> None:
    assert drawn(page(), dpi=dpi).shape == (side, side, 3)


def test_a_turned_page_stands_upright() -> None:
    pixels = drawn(page(b"0 0 0 rg 0 80 20 20 re f", more=b"/Rotate 90"))
    assert pixels[:15, -15:].max() == 0  # the upper left corner is on the right
    assert pixels[:, :75].min() == 255


def test_notes_and_what_was_filled_in_are_drawn() -> None:
    pixels = drawn(filled_form())
    assert pixels[42:58, 12:28].max() == 0
    assert pixels[42:58, 72:88].max() == 0
    assert pixels[42:58, 32:68].min() == 255


def test_what_a_scanner_saved_is_read_page_by_page() -> None:
    found = list(pages_of(scan("L", count=3), dpi=72))
    assert [number for number, _ in found] == [1, 2, 3]
    assert (np.ptp(found[2][1].astype(int), axis=2) <= 2).all()


def test_of_many_pages_those_that_are_wanted_are_rendered() -> None:
    wanted = parse_pages("2,4-")
    found = [(n, p.shape[:2]) for n, p in pages_of(pages(5), pages=wanted, dpi=72)]
    assert found == [(2, (20, 20)), (4, (40, 40)), (5, (50, 50))]


def test_what_stands_before_a_pdf_does_not_matter() -> None:
    assert drawn(b"X-Mail: yes\r\n\r\n" + page()).shape == (100, 100, 3)


def test_a_pdf_whose_end_is_missing_is_mended() -> None:
    content = page()
    assert drawn(content[: content.index(b"startxref")]).shape == (100, 100, 3)


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert drawn(locked_by_its_owner()).shape == (100, 100, 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (encrypted(), "it needs a password, expected a PDF that opens without"),
        (encrypted(b"/Adobe.PubSec /V 4"), "encrypted in an unknown way"),
        (b"%PDF-1.7\nhello", "damaged PDF, expected a whole one"),
        (page()[:150], "damaged PDF, expected a whole one"),
        (pages(0), "a PDF without pages, expected at least one"),
        (pages(2000), r"2,000 pages, expected at most 1,000\. .*--pages 1-1000"),
        (pages(1).replace(b"[3 0 R]", b"[2 0 R]"), "page 1: damaged page, expected a whole one"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(content: bytes, said: str) -> None:
    assert re.search(f"the document(:|,) {said}", refusal(content))


@pytest.mark.parametrize("box", [b"[0 0 14400 14400]", b"[0 0 14400 1]", b"[0 0 1e30 1e30]"])
def test_a_giant_page_is_drawn_less_finely(box: bytes) -> None:
    ((_, pixels),) = pages_of(page(box=box), limits=PageLimits(pixels=10_000))
    assert 9_000 < pixels.shape[0] * pixels.shape[1] <= 10_000


@pytest.mark.parametrize("width", [1e-9, 1.0, 612.0, 1e9])
@pytest.mark.parametrize("height", [1e-9, 1.0, 792.0, 1e9])
@pytest.mark.parametrize("pixels", [1, 1000, 50_000_000])
def test_no_page_has_more_pixels_than_it_may(width: float, height: float, pixels: int) -> None:
    scale = scale_of(width, height, dpi=200, pixels=pixels)
    assert np.ceil(width * scale) * np.ceil(height * scale) <= pixels
    assert 0 < scale <= 200 / 72


def test_what_would_take_years_is_given_up() -> None:
    assert re.search("not rendered after 3 s.*--pages", refusal(tiled(b"0.0001"), page_seconds=3.0))


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_what_would_take_all_memory_ends_its_own_process_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "_MEMORY", 1 << 28)  # sooner
    content = bomb()
    assert len(content) < 2_000
    assert "page 1: PDFium crashed over it" in refusal(content, pixels=1_000_000)


def test_no_process_is_left_when_the_pages_are(tmp_path: Path) -> None:
    """Its Python counts its own children, of which there may be none."""
    code = """
import os, sys
from pathlib import Path
from inkdigit.reading.documents.document import pages_of
found = pages_of(Path(sys.argv[1]), dpi=72)
next(found)
found.close()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none")
"""
    (tmp_path / "x.pdf").write_bytes(pages(3))
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "x.pdf")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("none\n", "")


def test_a_module_beside_the_pdf_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pypdfium2", "math", "inkdigit"):
        Path(f"{name}.py").write_text("open('was-run', 'w')")
    assert drawn(page()).shape == (100, 100, 3)
    assert not Path("was-run").exists()


def test_without_pdfium_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(MissingExtraError, match=r"'pypdfium2'.*pip install 'inkdigit\[read\]'"):
        drawn(page())


def test_a_renderer_that_cannot_start_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setitem(os.environ, "PYTHONHOME", "/nowhere")
    assert "the document: PDFium crashed over it" in refusal(page())


@pytest.mark.parametrize("answer", ["pages many", "pages", "refused", "nonsense", r"\377", ""])
def test_a_renderer_that_answers_nonsense_is_not_believed(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nprintf '{answer}\\n'\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    assert "the document: PDFium crashed over it" in refusal(page())


def test_a_renderer_that_gives_too_many_pixels_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nprintf 'pages 1\\npage 100000 100000\\n'\nsleep 9\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    assert "page 1: PDFium crashed over it" in refusal(page())
