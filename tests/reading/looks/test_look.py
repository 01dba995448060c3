"""Which of several looks at a picture counts."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from inkdigit.reading.looks import look
from inkdigit.reading.looks.found import FoundLines
from inkdigit.recognition.line_recognizer import LineRecognizer, open_line_recognizer
from tests.reading.handmade import SIDE, found

NOTE = np.array([(0, 0), (90, 0), (90, 40), (0, 40)], np.float64)


@pytest.fixture(scope="module")
def network() -> LineRecognizer:
    return open_line_recognizer("default")


def test_one_sure_box_of_a_page_of_doubtful_numbers_is_no_note(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _texts(_looked(network, monkeypatch, beside="274")) == ["318"] + 9 * ["274"]


def test_strokes_beside_a_note_are_clutter(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _texts(_looked(network, monkeypatch, beside="1")) == ["318"]


def test_a_likely_number_beside_a_note_is_kept_among_strokes(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = [[found(text, 0.6, 20, 60 + 30 * k)] for k, text in enumerate(("1", "274", "1", "1"))]
    looks: Iterator[FoundLines] = iter((page, [[found("318", 0.95, 20, 10)]]))
    monkeypatch.setattr(look, "_on", lambda sheet, network: next(looks))
    monkeypatch.setattr(look, "softened", lambda pixels: None)
    monkeypatch.setattr(look, "notes_in", lambda pixels: [NOTE])
    read = look.found_in(np.full((SIDE, SIDE, 1), 255, np.uint8), network)
    assert _texts(read) == ["318", "274"]


@pytest.mark.parametrize(("text", "confidence"), [("274", 0.6), ("274", 0.1), ("1", 0.6)])
def test_a_doubtful_number_on_one_of_two_notes_is_kept_if_it_is_likely(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch, text: str, confidence: float
) -> None:
    notes = [[[found("318", 0.95, 20, 10)]], [[found(text, confidence, 20, 60)]]]
    looks: Iterator[FoundLines] = iter(([], *notes))
    monkeypatch.setattr(look, "_on", lambda sheet, network: next(looks))
    monkeypatch.setattr(look, "softened", lambda pixels: None)
    monkeypatch.setattr(look, "close_up", lambda pixels: None)
    monkeypatch.setattr(look, "notes_in", lambda pixels: [NOTE, NOTE + 50])
    read = _texts(look.found_in(np.full((SIDE, SIDE, 1), 255, np.uint8), network))
    assert read == (["318", "274"] if (text, confidence) == ("274", 0.6) else ["318"])


@pytest.mark.parametrize(("doubts", "read"), [(1, ["5", "318", "274"]), (2, ["5"])])
def test_large_numbers_are_clumps_of_a_pattern_where_most_are_doubtful(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch, doubts: int, read: list[str]
) -> None:
    spelled = [found("5", 0.9, 20, 10), found("318", 0.9 if doubts == 1 else 0.2, 20, 40)]
    spelled.append(found("274", 0.2, 20, 70))
    regions = [replace(each.region, is_large=k > 0) for k, each in enumerate(spelled)]
    whole = {
        each.number.box: each._replace(region=region)
        for each, region in zip(spelled, regions, strict=True)
    }
    monkeypatch.setattr(look, "find_lines", lambda sheet: tuple((each,) for each in regions))
    monkeypatch.setattr(look, "_spell", lambda sheet, region, network: [whole[region.box]])
    monkeypatch.setattr(look, "notes_in", lambda pixels: [])
    monkeypatch.setattr(look, "softened", lambda pixels: None)
    assert _texts(look.found_in(np.full((SIDE, SIDE, 1), 255, np.uint8), network)) == read


def _looked(network: LineRecognizer, monkeypatch: pytest.MonkeyPatch, *, beside: str) -> FoundLines:
    """Look at a picture in which one of ten numbers is sure, and only if it is seen as a note."""
    page = [[found("318", 0.5, 20, 10)], *([found(beside, 0.6, 20, 60 + 30 * k)] for k in range(9))]
    note = [[found("318", 0.95, 20, 10)]]
    looks = iter((page, note))
    monkeypatch.setattr(look, "_on", lambda sheet, network: next(looks))
    monkeypatch.setattr(look, "softened", lambda pixels: None)
    monkeypatch.setattr(look, "notes_in", lambda pixels: [NOTE])
    return look.found_in(np.full((SIDE, SIDE, 1), 255, np.uint8), network)


def _texts(lines: FoundLines) -> list[str]:
    return [each.number.text for line in lines for each in line]
