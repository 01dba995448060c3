import numpy as np
import pytest

from inkdigit.reading.looks.clutter import odds_among
from inkdigit.types import Number
from tests.reading.handmade import number


def _numbers(*texts: str) -> list[Number]:
    """Numbers, doubtful where a question mark follows them."""
    return [
        number(text, shares=[0.4 if text != each else 0.99] * len(text))
        for each in texts
        for text in [each.rstrip("?")]
    ]


def test_a_stroke_is_doubted_among_what_is_doubtful() -> None:
    factors = odds_among(_numbers("1", "4?", "7?", "0", "5?"))
    assert factors[[1, 2, 4]].tolist() == [1, 1, 1]  # they are doubtful already
    assert 0 < factors[0] < 0.1
    assert 0 < factors[3] < 0.1


@pytest.mark.parametrize("texts", [["1"], ["1?"], ["1", "0"], ["1", "42", "100"]])
def test_a_stroke_is_believed_where_nothing_tells_against_it(texts: list[str]) -> None:
    assert odds_among(_numbers(*texts)).tolist() == [1] * len(texts)


def test_sure_numbers_of_other_digits_vouch_for_strokes_but_other_strokes_do_not() -> None:
    alone = odds_among(_numbers("1", "4?", "7?"))[0]
    among_strokes = odds_among(_numbers("1", "4?", "7?", "1", "0", "10"))[0]
    among_numbers = odds_among(_numbers("1", "4?", "7?", "25", "8", "93"))[0]
    assert among_strokes == alone < among_numbers < 1


def test_three_strokes_side_by_side_are_no_clutter() -> None:
    assert odds_among(_numbers("101", "4?", "7?", "000?")).tolist() == [1] * 4


def test_many_sure_numbers_leave_strokes_as_sure_as_they_were() -> None:
    assert odds_among(_numbers("1", "4?", *["25"] * 5)).tolist() == [1] * 7


def test_nothing_found_is_nothing_to_doubt() -> None:
    assert odds_among([]).shape == (0,)
    assert odds_among([]).dtype == np.float64
