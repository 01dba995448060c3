import re

import numpy as np
import pytest

from inkdigit.config import DataConfig
from inkdigit.data.composing.line import compose_line, compose_without_number
from inkdigit.data.composing.texts import OTHER, SEPARATORS, draw_two_numbers
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.source import open_source


@pytest.fixture(scope="module")
def pen() -> Pen:
    return Pen(open_source(DataConfig(source="mnist-5k")).train.read())


def test_the_same_seed_composes_the_same_line(pen: Pen) -> None:
    one, other = (compose_line(np.random.default_rng(7), pen) for _ in range(2))
    assert one.text == other.text
    assert np.array_equal(one.picture, other.picture)
    assert not np.array_equal(one.picture, compose_line(np.random.default_rng(8), pen).picture)


def test_a_line_says_what_was_asked_for(pen: Pen) -> None:
    draws = np.random.default_rng(0)
    for text in ("0", "12", "1.234,50", "01/02/2003", "9" * 12):
        line = compose_line(draws, pen, text, plain=True)
        assert line.text == text
        assert line.digits == "".join(sign for sign in text if sign.isdigit())


def test_two_numbers_have_a_sign_between_them(pen: Pen) -> None:
    draws = np.random.default_rng(5)
    for _ in range(30):
        text = draw_two_numbers(draws)
        assert re.fullmatch(rf"\d{{1,3}}\{OTHER}\d{{1,3}}", text)
        assert compose_line(draws, pen, text, plain=True).text == text


def test_signs_by_chance_are_digits_separators_or_others(pen: Pen) -> None:
    draws = np.random.default_rng(1)
    texts = [compose_line(draws, pen).text for _ in range(400)]
    assert set("".join(texts)) == set("0123456789" + SEPARATORS + OTHER)
    lengths = {sum(sign.isdigit() for sign in text) for text in texts}
    assert lengths >= set(range(1, 9))


def test_the_marks_lie_on_the_picture_from_left_to_right_and_hold_dark_ink(pen: Pen) -> None:
    draws = np.random.default_rng(2)
    for _ in range(60):
        line = compose_line(draws, pen, "31415", plain=True)
        height, width = line.picture.shape
        middles = [(mark.box.left + mark.box.right) / 2 for mark in line.marks]
        assert middles == sorted(middles)
        for mark in line.marks:
            left, top, right, bottom = mark.box
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            inside = line.picture[top:bottom, left:right]
            assert inside.min() < np.median(line.picture)


def test_some_neighbours_touch_and_some_do_not(pen: Pen) -> None:
    draws = np.random.default_rng(3)
    gaps = []
    for _ in range(100):
        marks = compose_line(draws, pen, "88", plain=True).marks
        gaps.append(marks[1].box.left - marks[0].box.right)
    assert 0.1 < np.mean(np.array(gaps) <= 0) < 0.6


def test_a_picture_without_a_number_has_no_digit_in_its_truth(pen: Pen) -> None:
    draws = np.random.default_rng(4)
    lines = [compose_without_number(draws, pen) for _ in range(40)]
    assert not any(line.digits for line in lines)
    assert any(not line.marks for line in lines)
    assert any(line.marks for line in lines)


def test_a_rough_line_says_the_same_and_its_digits_stand_closer(pen: Pen) -> None:
    widths = {}
    for rough in (False, True):
        lines = [
            compose_line(np.random.default_rng(k), pen, "4071", rough=rough) for k in range(150)
        ]
        assert all("4071" in line.digits for line in lines)
        widths[rough] = np.mean(
            [line.marks[-1].box.right - line.marks[0].box.left for line in lines]
        )
    assert widths[True] < widths[False]
