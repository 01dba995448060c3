import pytest
from jinja2 import UndefinedError

from inkdigit.evaluation.page import duration, percent, render, thousands


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4.21, "4.2 s"),
        (59.9, "59.9 s"),
        (126, "2 min 6 s"),
        (3599.7, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_written_as_they_are_said(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_share_is_a_percentage_and_nothing_is_a_dash() -> None:
    assert percent(0.9943) == "99.43\u00a0%"
    assert percent(0.5, 0) == "50\u00a0%"
    assert percent(None) == "–"


def test_thousands_are_set_apart() -> None:
    assert thousands(1234567) == "1\u202f234\u202f567"


def test_a_value_that_the_template_misses_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="title"):
        render("base.html.j2", {})
