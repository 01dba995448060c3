import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.looks import clutter
from inkdigit.types import Number
from tests.reading.handmade import number


def _numbers(*texts: str) -> list[Number]:
    """Numbers, doubtful where a question mark follows them."""
    return [
        number(text, shares=[0.4 if text != each else 0.99] * len(text))
        for each in texts
        for text in [each.rstrip("?")]
    ]


def _odds(*texts: str, places: float = 20.0) -> NDArray[np.float64]:
    return clutter.odds_among(_numbers(*texts), [places] * len(texts))


def test_a_stroke_is_doubted_among_what_is_doubtful() -> None:
    factors = _odds("1", "4?", "7?", "0", "5?")
    assert factors[[1, 2, 4]].tolist() == [1, 1, 1]  # they are doubtful already
    assert 0 < factors[0] < 0.1
    assert 0 < factors[3] < 0.1


@pytest.mark.parametrize("texts", [["1"], ["1?"], ["1", "0"], ["1", "42", "100"]])
def test_a_stroke_is_believed_where_nothing_tells_against_it(texts: list[str]) -> None:
    assert _odds(*texts).tolist() == [1] * len(texts)


def test_sure_numbers_of_other_digits_vouch_for_strokes_but_other_strokes_do_not() -> None:
    alone = _odds("1", "4?", "7?")[0]
    among_strokes = _odds("1", "4?", "7?", "1", "0", "10")[0]
    among_numbers = _odds("1", "4?", "7?", "25", "8", "93")[0]
    assert among_strokes == alone < among_numbers < 1


def test_three_strokes_side_by_side_are_no_clutter() -> None:
    assert _odds("101", "4?", "7?", "000?").tolist() == [1] * 4


def test_many_sure_numbers_leave_strokes_as_sure_as_they_were() -> None:
    assert _odds("1", "4?", *["25"] * 5).tolist() == [1] * 7


def test_nothing_found_is_nothing_to_doubt() -> None:
    assert clutter.odds_among([], []).shape == (0,)
    assert clutter.odds_among([], []).dtype == np.float64


@pytest.mark.parametrize("text", ["0", "1"])
def test_a_single_stroke_is_doubted_where_a_large_picture_shows_nothing_else(text: str) -> None:
    small, large, larger = (_odds(text, places=places)[0] for places in (20, 200, 2_000))
    assert small == 1
    assert larger < large < 0.5


def test_two_strokes_side_by_side_and_strokes_beside_a_sure_number_are_believed_anywhere() -> None:
    assert _odds("10", places=2_000).tolist() == [1]
    assert _odds("1", "42", places=2_000).tolist() == [1, 1]


def test_single_digits_of_any_shape_are_doubted_where_nearly_all_else_is_doubtful() -> None:
    crowd = ["3?", "6?", "2?", "9?", "7?"] * 6
    among_clutter = _odds("4", "7", *crowd)
    assert (among_clutter[:2] < 0.5).all()
    assert _odds("1", *crowd)[0] < among_clutter[0] / 3
    assert _odds("4", "7", *crowd[:4])[:2].tolist() == [1, 1]
    assert _odds("47", *crowd)[0] == 1
