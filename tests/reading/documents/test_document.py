"""Any file becomes its pages, upright and one by one, or one line that says why not."""

import csv
import os
import weakref
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.decode import Pixels, decode
from inkdigit.reading.documents.document import PageLimits, pages_of
from inkdigit.reading.documents.page_range import parse_pages
from tests.pictures.corpus import RAMP, encoded
from tests.reading.pdfs import pages, scan

SHADES = (250, 120, 0, 60, 30)


def tiff(**options: object) -> bytes:
    """Save a page of each shade."""
    frames = [Image.new("L", (8, 4 + number), shade) for number, shade in enumerate(SHADES)]
    return encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], **options)


def numbers(source: Path | bytes, text: str = "1-", **limits: float) -> list[int]:
    found = pages_of(source, pages=parse_pages(text), limits=PageLimits(**limits))  # type: ignore[arg-type]
    return [number for number, _ in found]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"])
def test_a_picture_is_one_page_with_the_pixels_that_decode_gives(kind: str) -> None:
    exif = Image.Exif()
    exif[274] = 6
    content = encoded(Image.fromarray(RAMP), kind, exif=exif)
    ((number, pixels),) = pages_of(content)
    assert number == 1
    assert (pixels == decode(content)).all()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "jpeg"])
def test_every_page_of_a_tiff_is_read(compression: str | None) -> None:
    found = list(pages_of(tiff(compression=compression)))
    assert [number for number, _ in found] == [1, 2, 3, 4, 5]
    for height, ((_, pixels), shade) in enumerate(zip(found, SHADES, strict=True), 4):
        assert pixels.shape == (height, 8, 1)
        assert abs(int(pixels[0, 0, 0]) - shade) <= 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "MPO"])
def test_of_what_moves_the_first_picture_is_the_only_page(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in SHADES]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    ((_, pixels),) = pages_of(content)
    assert pixels[0, 0, 0] > 240


def test_the_wanted_pages_are_read_in_the_order_of_the_document() -> None:
    assert numbers(tiff(), "4,2-3") == [2, 3, 4]
    assert numbers(tiff(), "4-9") == [4, 5]
    with pytest.raises(DataError, match=r"the document: no page 6-8, it has 5\. .*--pages"):
        numbers(tiff(), "6-8")


def test_too_many_pages_are_refused_before_the_first_unless_few_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(tiff())
    with pytest.raises(DataError, match=r"x\.tif: 5 pages, expected at most 3\. .*--pages 1-3"):
        next(pages_of(tmp_path / "x.tif", limits=PageLimits(pages=3)))
    assert numbers(tmp_path / "x.tif", "3-", pages=3) == [3, 4, 5]


def test_a_page_is_gone_once_the_next_one_is_asked_for() -> None:
    with closing(pages_of(tiff())) as found:
        _, first = next(found)
        gone = weakref.ref(first)
        del first
        assert gone() is not None  # the generator still has it, nothing else does
        next(found)
        assert gone() is None


def test_a_damaged_page_is_named_and_can_be_left_out() -> None:
    content = bytearray(tiff(compression="tiff_adobe_deflate"))
    start = content.index(b"\x78", 8 + content[8:].index(b"\x78") + 1)  # of the second page
    content[start : start + 8] = bytes(8)
    found = pages_of(bytes(content))
    assert next(found)[0] == 1
    with pytest.raises(DataError, match="the document, page 2: damaged picture"):
        next(found)
    assert numbers(bytes(content), "1,3-") == [1, 3, 4, 5]


def test_pages_that_take_too_long_together_are_not_gone_on_with() -> None:
    found = pages_of(tiff(), limits=PageLimits(seconds=1e-9))
    assert next(found)[0] == 1
    with pytest.raises(DataError, match=r"the pages before 2 took more than 1e-09 s.*--pages 2-"):
        next(found)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(encoded(Image.fromarray(RAMP), "PNG"))
    (tmp_path / "b.png").write_bytes(scan())
    assert [pixels.shape for _, pixels in pages_of(tmp_path / "a.pdf")] == [(8, 8, 1)]
    assert [pixels.shape for _, pixels in pages_of(tmp_path / "b.png", dpi=72)] == [(64, 64, 3)]


def test_a_picture_that_speaks_of_pdf_is_a_picture() -> None:
    content = encoded(Image.fromarray(RAMP), "GIF", comment=b"%PDF-1.7 in a picture")
    assert numbers(content) == [1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"numbers: 1 2 3", "neither a picture nor a PDF"),
        (b"\xef\xbb\xbf\n<!doctype html>", "an HTML, XML or SVG file"),
        (b"PK\x03\x04word/document.xml", "an office or ZIP file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office file"),
        (b"\0\0\0\x24ftypheic", "a HEIC photograph"),
        (b"\0\0\0\x24ftypavif", "an AVIF picture"),
        (b"\0\0\0\x24ftypmp42", "a film"),
        (b"%", "neither a picture nor a PDF"),
    ],
)
def test_what_is_neither_a_picture_nor_a_pdf_is_told_what_is_expected(
    content: bytes, said: str
) -> None:
    with pytest.raises(DataError, match=rf"{said} .*expected a PDF or one of PNG.*Save it as PDF"):
        numbers(content)


def test_what_cannot_be_opened_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "link.pdf").symlink_to("nowhere")
    (tmp_path / "large.pdf").write_bytes(bytes(100))
    os.mkfifo(tmp_path / "pipe.pdf")
    for name, said in (
        ("empty", "empty file, expected a picture or PDF"),
        ("folder", "is a directory, expected a picture or PDF"),
        ("link", "no such file or directory"),
        ("large", "100 bytes, expected at most 99"),
        ("pipe", "no regular file, expected a picture or PDF"),
        ("none", "no such file or directory"),
    ):
        with pytest.raises(DataError, match=rf"{name}\.pdf: {said}"):
            numbers(tmp_path / f"{name}.pdf", bytes=99)
    with pytest.raises(DataError, match="no regular file"):
        numbers(Path("/dev/zero"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(pages(1))
    (tmp_path / "x.pdf").chmod(0)
    with pytest.raises(DataError, match=r"x\.pdf: permission denied, expected a picture or PDF"):
        numbers(tmp_path / "x.pdf")


def test_a_page_of_too_many_pixels_is_refused_and_named() -> None:
    with pytest.raises(DataError, match=r"page 2: 8×5 = 40 pixels, expected at most 39"):
        numbers(tiff(), pixels=39)


@pytest.mark.parametrize("dpi", [0, 35, 1201, -200])
def test_a_resolution_without_sense_is_refused(dpi: int) -> None:
    with pytest.raises(ConfigError, match=f"{dpi} dpi, expected 36 to 1200"):
        next(pages_of(b"", dpi=dpi))


@pytest.mark.shared_data
def test_the_png_suite_is_read_where_it_should() -> None:
    if "INKDIGIT_DATA" not in os.environ:
        pytest.skip("INKDIGIT_DATA is not set")
    suite = Path(os.environ["INKDIGIT_DATA"]) / "pngsuite"
    seen = set()
    for row in csv.DictReader((suite / "labels.csv").read_text().splitlines()):
        seen.add(row["expected"])
        if row["expected"] == "decode":
            ((_, pixels),) = pages_of(suite / row["file"])
            assert upright(pixels)
        elif row["expected"] == "reject":
            with pytest.raises(DataError):
                numbers(suite / row["file"])
    assert {"decode", "reject"} <= seen


def upright(pixels: Pixels) -> bool:
    return pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] in (1, 3)
