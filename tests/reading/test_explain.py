"""The page that shows why: complete in itself, every digit on it, and bounded."""

from pathlib import Path

import numpy as np
import pytest

from inkdigit.pictures.flatten import Pixels
from inkdigit.reading import explain
from inkdigit.reading.explain import Explanation
from inkdigit.reading.reader import Seen
from inkdigit.types import Page, RuleOutcome, Separator
from tests.evaluation.html_check import Page as Html
from tests.evaluation.html_check import read_offline_page
from tests.reading.handmade import number, page


def paper(read: Page) -> Pixels:
    draws = np.random.default_rng(read.width)
    return draws.integers(180, 250, (read.height, read.width, 1), np.uint8)


def seen(*counts: int) -> list[Seen]:
    return [
        Seen(np.zeros((40, 30 * count), np.uint8), np.full((count, 28, 28), 9, np.uint8))
        for count in counts
    ]


def explained(folder: Path, explanation: Explanation) -> Html:
    explanation.write(folder / "why.html")
    return read_offline_page((folder / "why.html").read_text("utf-8"))


def test_every_number_and_digit_is_shown_with_what_was_seen(tmp_path: Path) -> None:
    unsure = number("34", at=(80, 10), shares=[0.9, 0.4], reason="unsure", second="84")
    read = page([number("12", at=(10, 10)), unsure])
    explanation = Explanation()
    explanation.add("a <scan>.png", read, paper(read), seen(2, 2))
    html = explained(tmp_path, explanation)
    assert html.tags.count("section") == 2
    assert html.tags.count("figure") == 4
    assert html.tags.count("img") == 1 + 2 * 2 + 4 * 2  # page; crop, strip; crop, 28×28
    assert "a <scan>.png" in html.words
    assert "3? rejected: unsure" in html.words
    assert "34 with 40.00 %" in html.words
    assert "84 30.00 %" in html.words


def test_it_does_without_what_the_networks_saw(tmp_path: Path) -> None:
    read = page([number("12", at=(10, 10))])
    explanation = Explanation()
    explanation.add("a.png", read, paper(read))
    assert explained(tmp_path, explanation).tags.count("img") == 1 + 1 + 2


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (RuleOutcome(satisfied=True, changed=False), "satisfies its rule"),
        (RuleOutcome(satisfied=True, changed=True), "the most probable text that satisfies"),
        (
            RuleOutcome(satisfied=False, changed=False),
            "none of its alternatives satisfies its rule",
        ),
    ],
)
def test_it_tells_what_a_rule_did(tmp_path: Path, outcome: RuleOutcome, words: str) -> None:
    read = page([number("12", rule=outcome)])
    explanation = Explanation()
    explanation.add("a.png", read, paper(read))
    assert words in explained(tmp_path, explanation).words


def test_separators_are_told(tmp_path: Path) -> None:
    found = number("1250", separators=(Separator(",", number("1").box, 2),))
    explanation = Explanation()
    explanation.add("a.png", page([found]), paper(page()))
    assert "with its separators: 12,50" in explained(tmp_path, explanation).words


def test_pages_of_a_file_are_told_apart_and_blank_ones_named(tmp_path: Path) -> None:
    explanation = Explanation()
    for place in (1, 2):
        read = page(place=place)
        explanation.add("a.pdf", read, paper(read))
    words = explained(tmp_path, explanation).words
    assert "a.pdf, page 2" in words
    assert words.count("No numbers were found on this page.") == 2


def test_too_many_numbers_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "MOST_NUMBERS", 3)
    explanation = Explanation()
    for place in (1, 2):
        read = page([number("1")], [number("2")], place=place)
        explanation.add("a.pdf", read, paper(read))
    explanation.add("b.png", page([number("3")]), paper(page()))
    html = explained(tmp_path, explanation)
    assert html.tags.count("section") == 3
    assert "Not shown: 2 more numbers and 1 more page." in html.words


def test_too_many_pages_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "MOST_PICTURES", 2)
    explanation = Explanation()
    for place in (1, 2, 3, 4):
        explanation.add("a.pdf", page(place=place), paper(page()))
    assert "Not shown: 2 more pages." in explained(tmp_path, explanation).words


def test_boxes_at_the_edge_are_no_trouble(tmp_path: Path) -> None:
    read = page([number("12345678901234567890", at=(0, 0))], [number("9", at=(190, 100))])
    explanation = Explanation()
    explanation.add("a.png", read, paper(read))
    assert explained(tmp_path, explanation).tags.count("figure") == 21
