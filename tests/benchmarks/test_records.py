"""The page of records says what the kept runs say."""

from benchmarks.records import PAGE, page


def test_the_page_is_what_the_kept_runs_say() -> None:
    assert PAGE.read_text("utf-8") == page()
