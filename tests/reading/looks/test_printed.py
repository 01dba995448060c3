"""Numbers in print and numbers by hand on one page."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.data.sources.sample import read_sample
from inkdigit.reading.looks.printed import are_printed
from inkdigit.reading.reader import Reader, ReadOptions, open_reader
from inkdigit.reading.sheets.sheet import lay_flat
from inkdigit.types import Number
from tests.reading.handmade import number
from tests.reading.pages import Desk, written

_WORDS = (
    "The order of the last year was sent to this address",
    "Please write the whole amount into the first field",
    "All items have to be returned before the date above",
    "This page tells how the total has been counted",
)
_NUMBERS = ("2750", "2750", "36", "36")


@dataclass(frozen=True)
class _Form:
    """A page with printed lines above and numbers by hand below."""

    pixels: NDArray[np.uint8]
    printed_to: int  # row

    def is_printed(self, found: Number) -> bool:
        """Tell whether a number that was found is one of the printed ones."""
        return found.box.bottom <= self.printed_to


def _print(desk: Desk, text: str, left: float, base: float, size: int) -> None:
    """Set a text in the font that comes with Pillow."""
    canvas = Image.new("L", desk.ink.shape[::-1], 0)
    ImageDraw.Draw(canvas).text((left, base), text, 255, ImageFont.load_default(size), anchor="ls")
    desk.ink = np.maximum(desk.ink, np.asarray(canvas, np.float32) / 255)


def _print_above(desk: Desk, *, words: bool = True, numbers: bool = True) -> None:
    for row, (line, printed) in enumerate(zip(_WORDS, _NUMBERS, strict=True)):
        _print(desk, line if words else "", 60, 70 + 50 * row, 28)
        _print(desk, printed if numbers else "", 840, 70 + 50 * row, 28)


def _form(*, seed: int = 1, height: float = 40, words: bool = True) -> _Form:
    """A form: four numbers in print, six by hand.

    Args:
        seed: of the digits by hand.
        height: of the digits by hand; capitals in print are 20 pixels tall.
        words: whether there are printed words beside them.
    """
    desk = Desk(np.zeros((640, 980), np.float32), np.random.default_rng(seed))
    _print_above(desk, words=words)
    for row in range(3):
        base = 340 + 90 * row
        if words:
            _print(desk, "Total:", 60, base, 28)
        desk.write(190, base, height, 3)
        desk.write(480, base, height, 2)
    return _Form(written(desk, [], ()).pixels, 70 + 50 * 3 + 10)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader()


def test_printed_numbers_are_rejected_and_those_by_hand_are_not(reader: Reader) -> None:
    form = _form()
    found = reader.read(form.pixels).numbers
    printed = [each for each in found if form.is_printed(each)]
    by_hand = [each for each in found if not form.is_printed(each)]
    assert tuple(each.text for each in printed) == _NUMBERS
    assert {each.reason for each in printed} == {"printed"}
    assert len(by_hand) == 6
    assert "printed" not in {each.reason for each in by_hand}


def test_printed_numbers_are_given_if_that_is_asked_for(reader: Reader) -> None:
    form = _form()
    found = reader.read(form.pixels, options=ReadOptions(printed=True)).numbers
    printed = [each for each in found if form.is_printed(each)]
    assert tuple(each.text for each in printed) == _NUMBERS
    assert "printed" not in {each.reason for each in found}
    assert not all(each.rejected for each in printed)


def test_printed_digits_that_stand_alone_may_be_meant_to_be_read(reader: Reader) -> None:
    found = reader.read(_form(words=False).pixels).numbers
    assert "printed" not in {each.reason for each in found}
    assert tuple(each.text for each in found[:4]) == _NUMBERS


@pytest.mark.parametrize("height", [20, 28])  # as tall as capitals, and a little taller
def test_digits_by_hand_are_not_taken_for_print_whatever_their_size(
    reader: Reader, height: float
) -> None:
    for seed in range(5):
        form = _form(seed=seed, height=height)
        found = reader.read(form.pixels).numbers
        assert not [
            each.text for each in found if not form.is_printed(each) and each.reason == "printed"
        ]


def test_a_digit_by_hand_that_was_copied_is_not_printed_unless_drawn_like_the_words(
    reader: Reader,
) -> None:
    image = read_sample()[0][3, 2:26, 2:26, 0] / np.float32(255)
    desk = Desk(np.zeros((640, 980), np.float32), np.random.default_rng(1))
    _print_above(desk)
    for place in range(6):
        left, top = 100 + 120 * (place % 3), 320 + 120 * (place // 3)
        desk.ink[top : top + 48, left : left + 48] = np.kron(image, np.ones((2, 2)))
    form = _Form(written(desk, [], ()).pixels, 240)
    copies = [each for each in reader.read(form.pixels).numbers if not form.is_printed(each)]
    assert len(copies) == 6
    assert "printed" not in {each.reason for each in copies}


def test_where_nothing_was_found_nothing_is_printed() -> None:
    assert are_printed(lay_flat(_form().pixels), [], []).shape == (0,)


def test_a_digit_without_ink_of_its_own_is_not_printed() -> None:
    one = number("7", at=(400, 500))
    nothing = np.zeros((20, 10), np.uint8)
    assert not are_printed(lay_flat(_form().pixels), [one], [[nothing]]).any()


def _below_words(reader: Reader, draw: Callable[[Desk], None]) -> list[Number]:
    """Read what is drawn below printed words."""
    desk = Desk(np.zeros((640, 980), np.float32), np.random.default_rng(1))
    _print_above(desk, numbers=False)
    draw(desk)
    found = reader.read(written(desk, [], ()).pixels).numbers
    return [each for each in found if each.box.top > 240]


def test_leaning_strokes_are_alike_without_being_printed(reader: Reader) -> None:
    def draw(desk: Desk) -> None:
        for place in range(6):
            x, y = 120 + 130 * (place % 3), 320 + 90 * (place // 3)
            cv2.line(desk.ink, (x, y + 16), (x + 9, y), 1.0, 2, cv2.LINE_AA)

    found = _below_words(reader, draw)
    assert {each.text for each in found} == {"1"}
    assert "printed" not in {each.reason for each in found}


def test_a_digit_that_comes_again_in_its_own_number_alone_is_not_printed_for_that(
    reader: Reader,
) -> None:
    found = _below_words(reader, lambda desk: _print(desk, "2727", 120, 340, 28))
    assert [(each.text, each.reason) for each in found] == [("2727", None)]
    found = _below_words(reader, lambda desk: _print(desk, "2727        27", 120, 340, 28))
    assert {each.reason for each in found} == {"printed"}
