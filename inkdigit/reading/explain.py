"""Why numbers were read as they were: what the networks saw, and what each may be instead."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit import durable
from inkdigit.evaluation.page import render
from inkdigit.pictures.decode import as_picture
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.overlay import draw_overlay
from inkdigit.reading.reader import Seen
from inkdigit.reading.records import marked, written
from inkdigit.types import Box, Digit, Number, Page

MOST_NUMBERS = 200  # on one page: some 20 KB each
MOST_PICTURES = 20  # of whole pages: some 300 KB each

_WHOLE = 1400  # pixels that the longer side of a page's picture has at most
_CROP = 320  # the same, of a number's or a digit's
_AROUND = 0.15  # of a box's height: what a crop shows around it
_QUALITY = 80  # of JPEG


class Explanation:
    """A self-contained page that grows while pages are read; large documents are cut short."""

    def __init__(self) -> None:
        self._pages: list[dict[str, object]] = []
        self._numbers = 0
        self._left_out = {"numbers": 0, "pages": 0}

    def add(
        self, name: str, page: Page, pixels: Pixels, seen: Sequence[Seen] | None = None
    ) -> None:
        """Add what was read on a page, unless there is too much already.

        Args:
            name: of the file.
            page: what was read.
            pixels: (height, width, 1 or 3), the upright picture it was read from.
            seen: what the networks saw of each number of the page, in reading order.
        """
        if len(self._pages) == MOST_PICTURES or self._numbers >= MOST_NUMBERS:
            self._left_out["pages"] += 1
            self._left_out["numbers"] += len(page.numbers)
            return
        shown = page.numbers[: MOST_NUMBERS - self._numbers]
        self._numbers += len(shown)
        self._left_out["numbers"] += len(page.numbers) - len(shown)
        rows = [
            _number_row(number, pixels, None if seen is None else seen[place])
            for place, number in enumerate(shown)
        ]
        picture = _small(draw_overlay(pixels, page), _WHOLE)
        self._pages.append({"name": name, "page": page, "picture": _jpeg(picture), "rows": rows})

    def write(self, path: Path) -> None:
        """Write the page as HTML."""
        values = {
            "title": "Why these numbers · inkdigit",
            "pages": self._pages,
            "left_out": self._left_out,
        }
        durable.write_text(path, render("reading.html.j2", values))


def _number_row(number: Number, pixels: Pixels, seen: Seen | None) -> dict[str, object]:
    return {
        "number": number,
        "marked": marked(number),
        "written": written(number),
        "crop": _crop(pixels, number.box),
        "strip": None if seen is None else _png(Image.fromarray(seen.strip)),
        "digits": [
            _digit_row(digit, pixels, None if seen is None else seen.digits[place])
            for place, digit in enumerate(number.digits)
        ],
    }


def _digit_row(digit: Digit, pixels: Pixels, seen: NDArray[np.uint8] | None) -> dict[str, object]:
    return {
        "digit": digit,
        "crop": _crop(pixels, digit.box),
        "seen": None if seen is None else _png(Image.fromarray(seen)),
    }


def _crop(pixels: Pixels, box: Box) -> str:
    """Cut a box out of the picture, with a little around it."""
    around = round(_AROUND * (box.bottom - box.top)) + 1
    top, left = max(box.top - around, 0), max(box.left - around, 0)
    part = pixels[top : box.bottom + around, left : box.right + around]
    return _jpeg(_small(as_picture(part), _CROP))


def _small(picture: Image.Image, longest: int) -> Image.Image:
    picture.thumbnail((longest, longest))
    return picture


def _jpeg(picture: Image.Image) -> str:
    return _encoded(picture, "JPEG", quality=_QUALITY, subsampling=0)


def _png(picture: Image.Image) -> str:
    return _encoded(picture, "PNG")


def _encoded(picture: Image.Image, kind: str, **options: int) -> str:
    """Give a picture as it stands in a `src` of HTML."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    content = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/{kind.lower()};base64,{content}"
