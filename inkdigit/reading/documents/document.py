"""A file that holds writing as its upright pages: a picture, a TIFF of many pages, a PDF.

Its content decides what it is, not its name. Whatever it is, the answer is pages or a `DataError`.
Pictures are `pictures.decode`; here they get numbers.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures import tiff
from inkdigit.pictures.decode import DEFAULT_LIMITS, FORMATS, Limits, claimed_format, decode
from inkdigit.pictures.decode import SUFFIXES as PICTURE_SUFFIXES
from inkdigit.pictures.file import name_of, read
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.documents.page_range import EVERY_PAGE, PageRange
from inkdigit.reading.documents.pdf import is_pdf, open_pdf

SUFFIXES = (*PICTURE_SUFFIXES, ".pdf")  # of the files that hold such pages
DPI = range(36, 1201)  # of a PDF's pages: a digit of 3 mm is 4 pixels high, or 140
DEFAULT_DPI = 200

_WANTED = "picture or PDF"
_PIXEL_OPTION, _BYTE_OPTION = "--pixel-limit", "--byte-limit"
_KNOWN = (  # what people take for a picture or a PDF: where it says so, how, and what it is
    (0, b"PK\x03\x04", "an office or ZIP file"),
    (0, b"\xd0\xcf\x11\xe0", "an old office file"),
    (0, b"{\\rtf", "an RTF file"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"<", "an HTML, XML or SVG file"),
    (4, b"ftyphei", "a HEIC photograph"),
    (4, b"ftypmif1", "a HEIC photograph"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a film"),
)


@dataclass(frozen=True)
class PageLimits:
    """What a document may cost at most; errors name the options of `inkdigit read`."""

    pixels: int = DEFAULT_LIMITS.pixels  # of a page
    bytes: int = 1 << 28  # of the file: a colour scan of 100 pages in good quality
    pages: int = 1_000  # that are read of one file, however many it has
    page_seconds: float = 30.0  # to render a page of a PDF; an A4 scan takes a tenth of one
    seconds: float = 600.0  # for all pages of a file, what is done with them not counted


DEFAULT_PAGE_LIMITS = PageLimits()


def pages_of(
    source: Path | bytes,
    *,
    pages: PageRange | None = None,
    dpi: int = DEFAULT_DPI,
    limits: PageLimits = DEFAULT_PAGE_LIMITS,
) -> Generator[tuple[int, Pixels], None, None]:
    """Read the pages of a document one by one, when they are asked for.

    Whoever does not want them all closes this, so that what renders a PDF ends at once.

    A TIFF has as many pages as it holds pictures, its thumbnails and masks not counted; of other
    pictures that move or hold several (GIF, PNG, WebP, MPO), the first one is the only page.

    Args:
        source: a file, or a file's content.
        pages: those that are wanted; all, if not given. It does not matter that a document ends
            before they do, if it has one of them.
        dpi: how finely the pages of a PDF are drawn, 36 to 1200; less finely where a page would
            have more pixels than `limits` allow. Other files have their own pixels.
        limits: what is refused, before it costs anything.

    Yields:
        The number of a page, from 1, and its pixels: (height, width, 1 or 3), upright and opaque.
        None is held here once the next one is asked for.

    Raises:
        ConfigError: `dpi` is out of its range.
        DataError: no such file, neither a picture nor a PDF, damaged, encrypted, beyond `limits`,
            or without the wanted pages; of a page, once it is its turn.
        MissingExtraError: a PDF, and pypdfium2 is not installed.
    """
    if dpi not in DPI:
        raise ConfigError(f"{dpi} dpi, expected {DPI[0]} to {DPI[-1]}. 200 is right for most.")
    name = name_of(source, "document")
    left_s = limits.seconds
    content = read(source, limits.bytes, wanted=_WANTED, setting=_BYTE_OPTION)
    with _opened(content, name, dpi, limits) as (count, page):
        for number in _chosen(count, pages or EVERY_PAGE, limits, name):
            if left_s < 0:
                raise DataError(
                    f"{name}: the pages before {number} took more than {limits.seconds:g} s, "
                    f"expected less for a file. Read it in parts: --pages {number}- is the next."
                )
            start = time.monotonic()
            pixels = page(number)
            left_s -= time.monotonic() - start
            yield number, pixels
            del pixels  # before there is another


@contextmanager
def _opened(
    content: bytes, name: str, dpi: int, limits: PageLimits
) -> Iterator[tuple[int, Callable[[int], Pixels]]]:
    """Give the number of pages, and what makes pixels of the one of a number."""
    for_picture = Limits(
        pixels=limits.pixels,
        bytes=limits.bytes,
        pixel_setting=_PIXEL_OPTION,
        byte_setting=_BYTE_OPTION,
    )
    kind = claimed_format(content)
    if kind is None and is_pdf(content):
        with open_pdf(
            content, name, dpi=dpi, pixels=limits.pixels, seconds=limits.page_seconds
        ) as pdf:
            yield pdf.count, pdf.page
    elif kind is None:
        raise DataError(_unknown(content, name))
    elif tiff.is_tiff(content) and (starts := tiff.page_starts(content)):

        def page(number: int) -> Pixels:
            one = tiff.page(content, starts[number - 1])
            return decode(one, for_picture, name=_name_of_page(name, number, len(starts)))

        yield len(starts), page
    else:
        yield 1, lambda _: decode(content, for_picture, name=name)


def _chosen(count: int, pages: PageRange, limits: PageLimits, name: str) -> list[int]:
    """Choose the pages that are read.

    Raises:
        DataError: there are none, or too many.
    """
    numbers = [number for number in range(1, count + 1) if number in pages]
    if not numbers:
        raise DataError(f"{name}: no page {pages}, it has {count:,}. Choose others with --pages.")
    if len(numbers) > limits.pages:
        first, last = numbers[0], numbers[limits.pages - 1]
        raise DataError(
            f"{name}: {len(numbers):,} pages, expected at most {limits.pages:,}. "
            f"Read it in parts, beginning with --pages {first}-{last}."
        )
    return numbers


def _name_of_page(name: str, number: int, count: int) -> str:
    return f"{name}, page {number}" if count > 1 else name


def _unknown(content: bytes, name: str) -> str:
    begins = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = (what for place, mark, what in _KNOWN if begins.startswith(mark, place))
    what = next(found, "neither a picture nor a PDF")
    return (
        f"{name}: {what} (it begins with {content[:8]!r}), expected a PDF or one of "
        f"{', '.join(FORMATS)}. Save it as PDF or PNG."
    )
