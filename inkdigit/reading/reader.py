"""Reading whole pages: what is found in them, how sure each number is, and which are given.

The stages are functions that can be looked at one by one: `looks.look.found_in` calls
`sheets.sheet.lay_flat`, `lines.find.find_lines`, `looks.views.views_of` and
`spelling.numbers.numbers_in`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ConfigError
from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.frame import SIDE, frame
from inkdigit.pictures.intake import Picture, pixels_of
from inkdigit.pictures.strip import strip
from inkdigit.reading.documents.document import DEFAULT_DPI, pages_of
from inkdigit.reading.documents.page_range import EVERY_PAGE, PageRange
from inkdigit.reading.fields.rules import Rule, applied
from inkdigit.reading.looks.clutter import without_clutter
from inkdigit.reading.looks.found import Found
from inkdigit.reading.looks.look import found_in
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.recognition.calibrate import loosest
from inkdigit.recognition.line_recognizer import LineCard, LineRecognizer, open_line_recognizer
from inkdigit.recognition.recognizer import DEFAULT_TARGET_ERROR
from inkdigit.types import Box, Document, Line, Number, Page

_TINY = 1e-9  # probability


@dataclass(frozen=True)
class ReadOptions:
    """What is asked of the numbers."""

    rule: Rule | None = None  # that every number must satisfy
    target_error: float | None = None  # of the numbers that are given; None: 1 %, if promised
    printed: bool = False  # whether printed numbers are given as well


@dataclass(frozen=True)
class Seen:
    """What was seen of one number."""

    strip: NDArray[np.uint8]  # (32, width), 0 paper to 255 ink: what the line network saw
    digits: NDArray[np.uint8]  # (digits, 28, 28): each of them framed as MNIST frames digits


ANY = ReadOptions()


class Reader:
    """Reads pages with a line network.

    Args:
        lines: the network.
    """

    def __init__(self, lines: LineRecognizer) -> None:
        self._lines = lines

    @property
    def card(self) -> LineCard:
        """What the network's file says of itself."""
        return self._lines.card

    def read(self, picture: Picture, *, options: ReadOptions = ANY, number: int = 1) -> Page:
        """Read the numbers in one picture.

        Args:
            picture: a path, bytes, a picture of Pillow's, or an array; see `pictures.intake`.
            options: what is asked of the numbers.
            number: of the page, from 1.

        Raises:
            DataError: the picture cannot be read.
            ConfigError: the network does not promise that error rate.
        """
        return self._page(pixels_of(picture), options, number)[0]

    def look(
        self, picture: Picture, *, options: ReadOptions = ANY, number: int = 1
    ) -> tuple[Page, tuple[Seen, ...]]:
        """Read as `read` does, and show what was seen of each number, in reading order."""
        page, found = self._page(pixels_of(picture), options, number)
        return page, tuple(map(_seen, found))

    def threshold(self, target_error: float | None) -> float:
        """Find the confidence from which on numbers are given.

        Raises:
            ConfigError: the network promises no error rate so low.
        """
        wanted = DEFAULT_TARGET_ERROR if target_error is None else target_error
        promise = loosest(self.card.promises, wanted)
        if promise is not None and promise.threshold is not None:
            return promise.threshold
        if target_error is None:
            return 0.0
        kept = [each for each in self.card.promises if each.threshold is not None]
        known = ", ".join(f"{each.error:g}" for each in kept) or "none"
        raise ConfigError(
            f"target error {target_error:g}: the network of lines does not promise that for "
            f"numbers, it promises {known}. Ask for one of those."
        )

    def _page(self, pixels: Pixels, options: ReadOptions, number: int) -> tuple[Page, list[Found]]:
        """Read a page, and tell where on its sheet each number was found."""
        threshold = self.threshold(options.target_error)
        found = without_clutter(
            [
                [each._replace(number=self._calibrated(each.number)) for each in line]
                for line in found_in(pixels, self._lines)
            ]
        )
        lines = [
            Line(tuple(_judged(each, pixels, options, threshold) for each in line))
            for line in found
        ]
        height, width = pixels.shape[:2]
        page = Page(number, width, height, tuple(lines))
        return page, [each for line in found for each in line]

    def _calibrated(self, number: Number) -> Number:
        confidence = self.card.certainty.confidence(number.confidence)
        # the other texts share what is left, as they shared what the network left them
        left = (1 - confidence) / max(1 - number.confidence, _TINY)
        best, *others = number.alternatives
        return replace(
            number,
            confidence=confidence,
            alternatives=(
                replace(best, confidence=confidence),
                *(replace(each, confidence=left * each.confidence) for each in others),
            ),
        )


def open_reader(model: Path | str = "default", *, threads: int = 0) -> Reader:
    """Open the network that comes with inkdigit, or a file.

    Args:
        model: `"default"`, or a line network's file.
        threads: for each call; 0: one per core.

    Raises:
        ModelError: there is none, or it is damaged or foreign.
    """
    return Reader(open_line_recognizer(model, threads=threads))


def read_page(
    picture: Picture, *, model: Path | str = "default", options: ReadOptions = ANY
) -> Page:
    """Read the handwritten numbers in one picture; see `Reader.read`."""
    return open_reader(model).read(picture, options=options)


def read_document(
    path: Path | str,
    *,
    model: Path | str = "default",
    options: ReadOptions = ANY,
    pages: PageRange = EVERY_PAGE,
    dpi: int = DEFAULT_DPI,
) -> Document:
    """Read all pages of a picture, a TIFF or a PDF.

    Raises:
        DataError: the file cannot be read.
        ModelError: there is no such network, or it is damaged.
    """
    reader = open_reader(model)
    read = [
        reader.read(pixels, options=options, number=number)
        for number, pixels in pages_of(Path(path), pages=pages, dpi=dpi)
    ]
    return Document(str(path), tuple(read))


def _judged(found: Found, pixels: Pixels, options: ReadOptions, threshold: float) -> Number:
    """Apply the rule, and reject what is printed or too unsure."""
    number = _moved(found.number, found.sheet, pixels)
    if found.is_printed and not options.printed:
        return replace(number, rejected=True, reason="printed")
    if options.rule is not None:
        number = applied(number, options.rule)
    if not number.rejected and number.confidence < threshold:
        number = replace(number, rejected=True, reason="unsure")
    return number


def _seen(found: Found) -> Seen:
    framed = [frame(_on_paper(ink))[..., 0] for ink in found.inks]
    return Seen(
        strip(found.sheet.ink, found.number.box, found.region.slope),
        np.stack(framed) if framed else np.zeros((0, SIDE, SIDE), np.uint8),
    )


def _on_paper(ink: NDArray[np.uint8]) -> Pixels:
    """Put paper around a digit's ink."""
    return np.pad(ink, max(2, len(ink) // 6))[..., None]


def _moved(number: Number, sheet: Sheet, pixels: Pixels) -> Number:
    """Give a number's boxes in pixels of the picture."""

    def moved(box: Box) -> Box:
        x, y = sheet.corners_in_picture(box).T
        height, width = pixels.shape[:2]
        left, right = np.clip((x.min(), x.max()), 0, width)
        top, bottom = np.clip((y.min(), y.max()), 0, height)
        return Box(int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom)))

    return replace(
        number,
        box=moved(number.box),
        digits=tuple(replace(each, box=moved(each.box)) for each in number.digits),
        separators=tuple(replace(each, box=moved(each.box)) for each in number.separators),
    )
