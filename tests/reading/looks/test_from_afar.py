"""What is sure from afar counts where a closer look is in doubt."""

import numpy as np
import pytest

from inkdigit.reading.looks.found import FoundLines
from inkdigit.reading.looks.from_afar import from_afar, with_larger
from inkdigit.reading.reader import read_page
from tests.reading.handmade import found
from tests.reading.pages import bold_ink


def _said(lines: FoundLines) -> list[list[str]]:
    return [[each.number.text for each in line] for line in lines]


@pytest.mark.parametrize("shape", [(900, 1200, 3), (1200, 500, 1)])
def test_a_large_picture_is_made_small_and_the_scale_leads_back(shape: tuple[int, ...]) -> None:
    seen = from_afar(np.zeros(shape, np.uint8))
    assert seen is not None
    small, scale = seen
    assert max(small.shape[:2]) == 320
    assert small.shape[2] == shape[2]
    assert scale == pytest.approx(max(shape) / 320)


@pytest.mark.parametrize("shape", [(400, 300, 1), (12, 20_000, 3), (20_000, 1, 1)])
def test_a_small_picture_and_a_strip_are_not_made_smaller(shape: tuple[int, ...]) -> None:
    assert from_afar(np.zeros(shape, np.uint8)) is None


@pytest.mark.parametrize("shape", [(12, 20_000, 1), (20_000, 10, 1), (1, 5_000, 3)])
def test_strips_of_noise_are_read_to_an_end(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    assert not [number for number in read_page(noise).numbers if not number.rejected]


def test_pieces_give_way_to_the_number_that_they_make_from_afar() -> None:
    pieces = [[found("1", 0.5, 20, 50), found("7", 0.4, 30, 50)], [found("318", 0.9, 20, 100)]]
    assert _said(with_larger(pieces, [[found("42", 0.95, 22, 50)]])) == [["42"], ["318"]]


def test_what_is_sure_at_a_closer_look_stays() -> None:
    lines = [[found("318", 0.9, 20, 50)]]
    assert _said(with_larger(lines, [[found("42", 0.99, 22, 50)]])) == [["318"]]


def test_what_is_doubtful_from_afar_or_a_mere_stroke_adds_nothing() -> None:
    doubtful = [[found("42", 0.7, 20, 150)], [found("1", 0.99, 20, 200)]]
    assert with_larger([], doubtful) == []


def test_numbers_are_added_in_reading_order() -> None:
    lines = [[found("318", 0.9, 100, 50)], [found("6", 0.9, 20, 150)]]
    more = [[found("42", 0.95, 20, 52)], [found("57", 0.95, 20, 100)], [found("88", 0.95, 20, 300)]]
    assert _said(with_larger(lines, more)) == [["42", "318"], ["57"], ["6"], ["88"]]


def test_the_doubt_of_a_closer_look_at_the_same_number_remains() -> None:
    lines = [[found("43", 0.6, 20, 50)]]
    alike = with_larger(lines, [[found("43", 0.9, 20, 50)]])[0][0]
    other = with_larger(lines, [[found("42", 0.9, 20, 50)]])[0][0]
    assert alike.number.confidence == 0.9
    assert other.number.text == "42"
    assert other.number.confidence == pytest.approx(0.9 * 0.9 / 1.5)


@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_a_single_digit_among_sure_numbers_must_be_surer(confidence: float) -> None:
    single = [[found("8", confidence, 20, 150)]]
    assert _said(with_larger([], single)) == [["8"]]
    among = with_larger([[found("318", 0.9, 20, 50)]], single)
    assert _said(among) == [["318"]] + [["8"]] * (confidence > 0.95)


@pytest.mark.parametrize("step", [8, 12])
def test_large_digits_of_dots_are_read(step: int) -> None:
    ink = bold_ink("427", 0.16, 300)
    y, x = np.mgrid[: len(ink), : ink.shape[1]] % step - step / 2
    dots = x**2 + y**2 < (step / 3) ** 2
    picture = np.full((900, 1500), 240, np.uint8)
    picture[100 : 100 + len(ink), 50 : 50 + ink.shape[1]] = np.where((ink > 0.5) & dots, 40, 240)
    assert [number.text for number in read_page(picture).numbers] == ["427"]
