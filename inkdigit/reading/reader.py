"""Reading whole pages: the ink, its lines, what a line network makes of each, and how sure it is.

The stages are functions that can be looked at one by one: `sheet.lay_flat`, `lines.find_lines`,
`pictures.strip`, `recognition.decode`, `numbers.numbers_in`. Here they only follow each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ConfigError
from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.frame import SIDE, frame
from inkdigit.pictures.intake import Picture, pixels_of
from inkdigit.pictures.line_ink import line_ink
from inkdigit.pictures.strip import strip
from inkdigit.reading.close_up import as_one_line, close_up, softened
from inkdigit.reading.clutter import LEAST, odds_among
from inkdigit.reading.documents.document import DEFAULT_DPI, pages_of
from inkdigit.reading.documents.page_range import EVERY_PAGE, PageRange
from inkdigit.reading.fields.rules import Rule, applied
from inkdigit.reading.lines import Region, find_lines
from inkdigit.reading.numbers import numbers_in
from inkdigit.reading.printed import are_printed
from inkdigit.reading.sheets.notes import notes_in
from inkdigit.reading.sheets.perspective import Corners
from inkdigit.reading.sheets.sheet import Sheet, lay_flat
from inkdigit.recognition.calibrate import loosest
from inkdigit.recognition.line_recognizer import LineCard, LineRecognizer, open_line_recognizer
from inkdigit.recognition.recognizer import DEFAULT_TARGET_ERROR
from inkdigit.types import Box, Document, Line, Number, Page

_VIEWS = ((0.0, 0.0), (0.12, 0.12))  # of the height: how far the cut reaches up and down
_OTHER_VIEWS = ((-0.06, 0.02), (0.02, -0.06))  # the same, where ink is found as in training
_AROUND = 0.3  # of the height, that is looked at to find ink so

_SURE = 0.8  # probability of a text, below which a line is looked at again
_DOUBTS = 0.5  # share of the numbers on a note that are doubtful, at most
_SEVERAL = 3  # numbers that are not all by chance: fewer may be a part of what is there
_BESIDE_NOTES = 0.1  # times as many sure ones, less than that, beside notes as on them, or in all
_IN_PIECES = 0.5  # the same, below which digits one above the other may be pieces of one

_TINY = 1e-9  # probability
_STROKES = 3  # ones that may be the pattern of a paper


class _Found(NamedTuple):
    """A number, the ink of each of its digits, and where it stands on which sheet."""

    number: Number
    inks: tuple[NDArray[np.uint8], ...]
    sheet: Sheet
    region: Region
    is_printed: bool = False


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

    def _page(self, pixels: Pixels, options: ReadOptions, number: int) -> tuple[Page, list[_Found]]:
        """Read a page, and tell where on its sheet each number was found."""
        threshold = self.threshold(options.target_error)
        found = _without_clutter(
            [
                [each._replace(number=self._calibrated(each.number)) for each in line]
                for line in self._found(pixels)
            ]
        )
        lines = [
            Line(tuple(_judged(each, pixels, options, threshold) for each in line))
            for line in found
        ]
        height, width = pixels.shape[:2]
        page = Page(number, width, height, tuple(lines))
        return page, [each for line in found for each in line]

    def _found(self, pixels: Pixels) -> list[list[_Found]]:
        """Find the numbers of a page, line by line; look again at a line that is doubtful."""
        lines = self._on(lay_flat(pixels))
        if _surety(lines) < _SURE and (softer := softened(pixels)) is not None:
            lines = self._or_softer(lines, lay_flat(softer))
        if _may_be_one_digit(lines) and (closer := close_up(pixels)):
            sheet, region = closer
            line = self._spell(sheet, region)
            if line and (_are_in(region.box, lines) or _are_strokes(lines)):
                lines = _surer(lines, [line])
        is_clear = _surety(lines) >= _SURE and sum(map(len, lines)) >= _SEVERAL
        return lines if is_clear else self._on_notes(pixels, lines)

    def _on_notes(self, pixels: Pixels, lines: list[list[_Found]]) -> list[list[_Found]]:
        """Read small sheets by themselves; what lies beside them is clutter, if hardly sure."""
        notes, on_notes = [], []
        for corners in notes_in(pixels):
            found = self._on(lay_flat(pixels, corners))
            if _doubtful(found) <= _DOUBTS:
                notes.append(corners)
                on_notes += found
        beside = [
            [each for each in line if not any(_is_on(corners, each) for corners in notes)]
            for line in lines
        ]
        sure, before, sure_beside = map(_count_sure, (on_notes, lines, beside))
        around = sum(map(len, beside))
        if not notes or sure_beside >= _BESIDE_NOTES * max(sure, around):
            return lines
        lost = before - sure_beside - sure
        return on_notes if lost < 0 or (around and lost <= _BESIDE_NOTES * around) else lines

    def _or_softer(self, lines: list[list[_Found]], sheet: Sheet) -> list[list[_Found]]:
        """Look at a softened picture; what is in several parts there may be one line for all."""
        found = self._on(sheet)
        if len(lines) <= 1:
            lines = _surer(lines, found)
        elif _is_all_there_is(found, lines):
            lines = found
        if len(_texts_in(lines)) == 1 or (region := as_one_line(sheet)) is None:
            return lines
        line = self._spell(sheet, region)
        return _surer(lines, [line]) if len(line) == 1 and _holds_all(line, lines) else lines

    def _on(self, sheet: Sheet) -> list[list[_Found]]:
        """Find the numbers that stand on a sheet, line by line."""
        lines = [
            [each for region in regions for each in self._spell(sheet, region)]
            for regions in find_lines(sheet)
        ]
        return _without_words(sheet, [line for line in lines if line])

    def _spell(self, sheet: Sheet, region: Region) -> list[_Found]:
        strips = list(views_of(sheet, region))
        views = [self._lines.answers(each) for each in strips]
        spelled = numbers_in(sheet, region, strips[0], views, self.card)
        return [_Found(each.number, each.inks, sheet, region) for each in spelled]

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


def _judged(found: _Found, pixels: Pixels, options: ReadOptions, threshold: float) -> Number:
    """Apply the rule, and reject what is printed or too unsure."""
    number = _moved(found.number, found.sheet, pixels)
    if found.is_printed and not options.printed:
        return replace(number, rejected=True, reason="printed")
    if options.rule is not None:
        number = applied(number, options.rule)
    if not number.rejected and number.confidence < threshold:
        number = replace(number, rejected=True, reason="unsure")
    return number


def _surety(lines: list[list[_Found]]) -> float:
    """Tell how probable the least probable number is; 0 where there is none."""
    return min((each.number.confidence for line in lines for each in line), default=0.0)


def _doubtful(lines: list[list[_Found]]) -> float:
    """Tell which share of the numbers is doubtful; all, where there are none."""
    doubts = [each.number.confidence < _SURE for line in lines for each in line]
    return sum(doubts) / len(doubts) if doubts else 1.0


def _is_sure(found: _Found) -> bool:
    """Tell whether a number is sure, and no mere stroke."""
    return found.number.confidence >= _SURE and set(found.number.text) != {"1"}


def _count_sure(lines: list[list[_Found]]) -> int:
    return sum(map(_is_sure, chain.from_iterable(lines)))


def _is_on(corners: Corners, found: _Found) -> bool:
    """Tell whether the middle of a number lies on a note."""
    outline = np.rint(corners).astype(np.int32)
    return cv2.pointPolygonTest(outline, _middle_of(found), measureDist=False) >= 0


def _surer(one: list[list[_Found]], other: list[list[_Found]]) -> list[list[_Found]]:
    """Take the surer of two looks; where they differ, the other one leaves its share of doubt."""
    best, rest = (one, other) if _surety(one) >= _surety(other) else (other, one)
    if not rest or _texts(best) == _texts(rest):
        return best
    share = _surety(best) / (_surety(best) + _surety(rest))
    return [[each._replace(number=_doubted(each.number, share)) for each in line] for line in best]


def _texts(lines: list[list[_Found]]) -> list[list[str]]:
    return [[each.number.text for each in line] for line in lines]


def _texts_in(lines: list[list[_Found]]) -> list[str]:
    return [text for line in _texts(lines) for text in line]


def _without_words(sheet: Sheet, lines: list[list[_Found]]) -> list[list[_Found]]:
    """Mark what is printed, and leave out what is doubtful there: words, not numbers."""
    found = [each for line in lines for each in line]
    printed = are_printed(sheet, [each.number for each in found], [each.inks for each in found])
    marks = iter(printed.tolist())
    marked = [[each._replace(is_printed=next(marks)) for each in line] for line in lines]
    kept = [
        [each for each in line if not each.is_printed or each.number.confidence >= _SURE]
        for line in marked
    ]
    return [line for line in kept if line]


def _without_clutter(lines: list[list[_Found]]) -> list[list[_Found]]:
    """Doubt strokes and rings where most of a picture is no writing, and leave out hopeless ones.

    Args:
        lines: their confidences are calibrated.
    """
    factors = iter(odds_among([each.number for line in lines for each in line]).tolist())
    kept = []
    for line in lines:
        left = []
        for each, factor in zip(line, factors, strict=False):
            share = factor / (1 + (factor - 1) * each.number.confidence)
            number = each.number if factor == 1 else _doubted(each.number, share)
            if factor == 1 or number.confidence >= LEAST:
                left.append(each._replace(number=number))
        if left:
            kept.append(left)
    return kept


def _doubted(number: Number, share: float) -> Number:
    alternatives = (
        replace(each, confidence=each.confidence * share) for each in number.alternatives
    )
    return replace(number, confidence=number.confidence * share, alternatives=tuple(alternatives))


def _is_all_there_is(line: list[list[_Found]], lines: list[list[_Found]]) -> bool:
    """Tell whether a softer look found one sure line, and the first look none beside it.

    A patterned paper leaves doubtful ones and noughts all over the picture, and writing in parts.
    """
    return len(line) == 1 and _surety(line) >= _SURE and _holds_all(line[0], lines)


def _holds_all(line: list[_Found], lines: list[list[_Found]]) -> bool:
    """Tell whether all that another look is sure of, but strokes, lies where a line does."""
    corners = np.concatenate([each.sheet.corners_in_picture(each.number.box) for each in line])
    left, top, right, bottom = np.rint((*corners.min(axis=0), *corners.max(axis=0))).astype(int)
    around = Box(left, top, right, bottom)
    return all(_is_in(around, each) for found in lines for each in found if _is_sure(each))


def _may_be_one_digit(lines: list[list[_Found]]) -> bool:
    """Tell whether nothing was found, or one digit, or what may be pieces of one or a pattern."""
    texts = _texts_in(lines)
    are_digits = all(len(text) == 1 or set(text) == {"1"} for text in texts)
    if len(lines) <= 1:
        return len(texts) != 1 or are_digits
    return are_digits and (_surety(lines) < _IN_PIECES or _are_strokes(lines))


def _are_in(box: Box, lines: list[list[_Found]]) -> bool:
    """Tell whether the middles of all numbers lie in a box; doubtful ones may be anywhere."""
    found = [each for line in lines for each in line]
    return all(_is_in(box, each) for each in found if not _are_strokes([[each]]))


def _is_in(box: Box, found: _Found) -> bool:
    x, y = _middle_of(found)
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _middle_of(found: _Found) -> tuple[float, float]:
    """Tell where in the picture the middle of a number is."""
    left, top, right, bottom = found.number.box
    middle = np.array([[((left + right) / 2, (top + bottom) / 2)]])
    x, y = cv2.perspectiveTransform(middle, found.sheet.to_picture)[0, 0].tolist()
    return x, y


def _are_strokes(lines: list[list[_Found]]) -> bool:
    """Tell whether all that was found are ones, many or doubtful, as a hatched paper shows."""
    ones = "".join(_texts_in(lines))
    return set(ones) == {"1"} and (len(ones) >= _STROKES or _surety(lines) < _IN_PIECES)


def views_of(sheet: Sheet, region: Region) -> Iterator[NDArray[np.uint8]]:
    """Cut a region out several times, a little higher or lower, and of ink found in two ways."""
    for up, down in _VIEWS:
        yield strip(sheet.ink, _higher(region.box, up, down), region.slope)
    ink, left, top = _ink_around(sheet, region)
    for up, down in _OTHER_VIEWS:
        box = _higher(region.box, up, down)
        box = Box(box.left - left, box.top - top, box.right - left, box.bottom - top)
        yield strip(ink, box, region.slope)


def _higher(box: Box, up: float, down: float) -> Box:
    height = box.bottom - box.top
    top = box.top - round(up * height)
    return Box(box.left, top, box.right, max(box.bottom + round(down * height), top + 1))


def _ink_around(sheet: Sheet, region: Region) -> tuple[NDArray[np.uint8], int, int]:
    """Find ink by the region alone; under rulings it is the sheet's, where strokes are filled.

    Returns:
        The ink, and the sheet's column and row of its corner.
    """
    box = region.box
    tilt = abs(region.slope) * (box.right - box.left) / 2
    reach = round(_AROUND * (box.bottom - box.top) + tilt)
    left, top = max(0, box.left - reach), max(0, box.top - reach)
    place = np.s_[top : box.bottom + reach, left : box.right + reach]
    ink = line_ink(sheet.grey[place])
    return np.where(sheet.rulings[place], sheet.ink[place], ink), left, top


def _seen(found: _Found) -> Seen:
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
