"""Which of several looks at a picture counts."""

import numpy as np
import pytest

from inkdigit.reading.lines.region import Region
from inkdigit.reading.looks import look
from inkdigit.reading.looks.found import Found, FoundLines
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.recognition.line_recognizer import LineRecognizer, open_line_recognizer
from inkdigit.types import Alternative, Box, Number

SIDE = 400
NOTE = np.array([(0, 0), (90, 0), (90, 40), (0, 40)], np.float64)


@pytest.fixture(scope="module")
def network() -> LineRecognizer:
    return open_line_recognizer("default")


def found(text: str, confidence: float, left: int, top: int) -> Found:
    """A number that was found somewhere on a sheet that is its picture."""
    level = np.zeros((SIDE, SIDE), np.uint8)
    sheet = Sheet(255 - level, level, level > 0, level > 0, np.eye(3))
    box = Box(left, top, left + 40, top + 20)
    best = (Alternative(text, confidence),)
    number = Number(text, confidence, box, False, None, best, (), ())
    return Found(number, (), sheet, Region(box, 0.0))


def test_one_sure_box_of_a_page_of_doubtful_numbers_is_no_note(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _texts(_looked(network, monkeypatch, beside="274")) == ["318"] + 9 * ["274"]


def test_strokes_beside_a_note_are_clutter(
    network: LineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _texts(_looked(network, monkeypatch, beside="1")) == ["318"]


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
