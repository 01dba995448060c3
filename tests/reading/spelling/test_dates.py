"""Slashes of a date that look like ones are slashes."""

import pytest

from inkdigit.reading.spelling.dates import with_dates
from inkdigit.recognition.decode import Spelling


def said(**shares: float) -> list[list[Spelling]]:
    """What one view says; `_` stands for a slash."""
    return [[Spelling(text[1:].replace("_", "/"), share) for text, share in shares.items()]]


def texts(views: list[list[Spelling]]) -> list[str]:
    return [spelling.text for view in views for spelling in view]


def test_a_date_is_read_where_slashes_are_as_likely_as_ones() -> None:
    views = said(t91412022=0.3, t9_4_2022=0.2, t9_412022=0.2, t914_2022=0.2, t91422=0.05)
    assert texts(with_dates(views)) == 4 * ["9/4/2022"] + ["91422"]


def test_probabilities_and_views_stay_as_they_are() -> None:
    one, other = said(t1815_2021=0.5, t18_5_2021=0.3), said(t181512021=0.6)
    found = with_dates([*one, *other])
    assert texts(found) == 3 * ["18/5/2021"]
    assert [each.probability for view in found for each in view] == [0.5, 0.3, 0.6]


@pytest.mark.parametrize(
    "views",
    [
        said(t91412022=0.9, t9_412022=0.05),  # nowhere are there two slashes
        said(t91412022=0.2, t9_4_2022=0.06, t81412022=0.6),  # most probably something else
        said(t99_4_2022=0.9),  # no day
        said(t13_14_2022=0.9),  # no month
        said(t0_4_2022=0.9),
        said(t9_4_3022=0.9),  # no year
        said(t9_4_20225=0.9),
    ],
)
def test_what_is_no_likely_date_stays(views: list[list[Spelling]]) -> None:
    assert with_dates(views) == views
