"""What a network says of a strip, and the numbers that it makes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.pictures.strip import to_strip
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.looks.views import views_of
from inkdigit.reading.reader import open_reader
from inkdigit.reading.sheets.sheet import lay_flat
from inkdigit.reading.spelling.numbers import numbers_in
from inkdigit.reading.spelling.signs import OTHER
from inkdigit.recognition.decode import LogProbabilities
from inkdigit.recognition.line_recognizer import LineCard

_HEIGHT = 48  # pixels of a digit
_LEFT, _STEP = 30, 46  # of the first sign, and from sign to sign


def _picture(*marks: tuple[int, int, int, int] | None) -> NDArray[np.uint8]:
    """Draw signs side by side: ones where None stands, else boxes of ink from the line's top."""
    picture = np.full((120, 2 * _LEFT + _STEP * len(marks), 1), 230, np.uint8)
    for place, mark in enumerate(marks):
        left, top, right, bottom = mark or (8, 0, 14, _HEIGHT)
        x, y = _LEFT + _STEP * place, 36
        cv2.rectangle(picture, (x + left, y + top), (x + right, y + bottom), 20, -1)
    return picture


def _said(
    card: LineCard, text: str, columns: list[float], width: int, *, other: float = 0.0
) -> LogProbabilities:
    """Let a network name a text whose signs stand at some columns of the strip.

    Each of them may as well be neither digit nor separator, with the probability `other`.
    """
    said = np.full((-(-width // card.stride), 1 + len(card.symbols)), 1e-6, np.float32)
    said[:, 0] = 1.0
    for sign, column in zip(text, columns, strict=True):
        row = said[int(column / card.stride)]
        row[[0, 1 + card.symbols.index(OTHER)]] = 1e-6, max(other, 1e-6)
        row[1 + card.symbols.index(sign)] = 1.0 - other
    logarithms: LogProbabilities = np.log(said / said.sum(axis=1, keepdims=True))
    return logarithms


@pytest.mark.parametrize(
    ("mark", "texts"),
    [
        ((8, 40, 16, 48), ["1718"]),  # a dot
        ((6, 38, 14, 58), ["1718"]),  # a comma
        ((4, 0, 30, 48), ["17", "18"]),  # as tall as a digit
        ((4, 2, 30, 12), ["17", "18"]),  # small, but high above the line
        ((0, 38, 44, 48), ["17", "18"]),  # low, but wide
    ],
)
def test_a_small_mark_at_the_foot_of_two_digits_parts_no_number_whatever_it_is_called(
    mark: tuple[int, int, int, int], texts: list[str]
) -> None:
    card = open_reader().card
    sheet = lay_flat(_picture(None, None, mark, None, None))
    (region,) = (each for line in find_lines(sheet) for each in line)
    strip = next(iter(views_of(sheet, region)))
    columns = [to_strip(_LEFT + 11.0 + _STEP * place, region.box) for place in range(5)]
    views = [_said(card, f"17{OTHER}18", columns, strip.shape[1])]
    found = [each.number for each in numbers_in(sheet, region, strip, views, card)]
    assert [number.text for number in found] == texts
    signs = [separator.text for number in found for separator in number.separators]
    assert signs == ["."] * (len(texts) == 1)
    assert all(number.confidence > 0.9 for number in found)


@pytest.mark.parametrize(
    ("sign", "other", "texts"),
    [
        ("7", 0.7, ["7"]),
        ("7", 0.95, []),  # hardly a digit
        ("1", 0.7, []),  # any stroke looks like a one
    ],
)
def test_a_sign_that_is_rather_none_is_a_doubtful_digit_where_no_other_stands(
    sign: str, other: float, texts: list[str]
) -> None:
    card = open_reader().card
    page = np.full((400, 300, 1), 230, np.uint8)
    page[:120, : 2 * _LEFT + _STEP] = _picture(None)
    sheet = lay_flat(page)
    ((region,),) = find_lines(sheet)
    strip = next(iter(views_of(sheet, region)))
    column = to_strip(_LEFT + 11.0, region.box)
    views = [_said(card, sign, [column], strip.shape[1], other=other)]
    found = [each.number for each in numbers_in(sheet, region, strip, views, card)]
    assert [number.text for number in found] == texts
    assert all(abs(number.confidence - (1 - other)) < 0.05 for number in found)
