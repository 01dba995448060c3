"""What people write for pages: understood, or answered with a line that shows how."""

import pytest

from inkdigit.errors import ConfigError
from inkdigit.reading.documents.page_range import EVERY_PAGE, parse_pages


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", [2]),
        ("1,3-5", [1, 3, 4, 5]),
        ("4-", [4, 5, 6]),
        ("5,2,2-3", [2, 3, 5]),
        (" 1 , 3 - 4 ", [1, 3, 4]),
        ("9", []),
    ],
)
def test_numbers_and_spans_choose_pages(text: str, chosen: list[int]) -> None:
    assert [number for number in range(1, 7) if number in parse_pages(text)] == chosen


def test_every_page_is_every_page() -> None:
    assert parse_pages("1-") == EVERY_PAGE
    assert 1_000_000 in EVERY_PAGE


@pytest.mark.parametrize("text", ["", ",", "1,", "a", "1-2-3", "-3", "1.5", "²", "9" * 5000, "+1"])
def test_what_is_no_page_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="is no page, expected numbers and spans such as 1,3-5"):
        parse_pages(text)


@pytest.mark.parametrize("text", ["0", "0-3", "1,5-3"])
def test_a_span_begins_at_one_and_ends_after_that(text: str) -> None:
    with pytest.raises(ConfigError, match="expected the first page to be at least 1"):
        parse_pages(text)


@pytest.mark.parametrize("text", ["3", "1,3-5", "2-", "1-1,7-9,4"])
def test_it_is_written_as_it_was_read(text: str) -> None:
    pages = parse_pages(text)
    assert parse_pages(str(pages)) == pages
