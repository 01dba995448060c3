import numpy as np
import pytest

from inkdigit.evaluation.confusion_chart import confusion_chart
from tests.evaluation.html_check import Page


def test_every_cell_tells_its_truth_answer_and_count() -> None:
    words = Page(confusion_chart(np.array([[5, 1], [0, 4]]), ["seven", "<one>"])).words
    assert "seven answered as <one>: 1" in words
    assert "<one> answered as <one>: 4" in words
    assert "1 of 10 answers are off the diagonal." in words


@pytest.mark.parametrize(("classes", "numbered"), [(2, True), (12, True), (13, False), (40, False)])
def test_counts_are_written_where_there_is_room(classes: int, numbered: bool) -> None:
    chart = confusion_chart(np.eye(classes, dtype=np.int64) * 7, [f"c{k}" for k in range(classes)])
    assert chart.count('class="count"') == (classes if numbered else 0)
    assert chart.count("<rect") == classes**2


def test_a_single_mistake_is_visible_among_thousands_of_right_answers() -> None:
    chart = confusion_chart(np.array([[9000, 1], [0, 9000]]), ["0", "1"])
    mistake = next(cell for cell in chart.split("<rect ") if "0 answered as 1" in cell)
    assert 'fill-opacity="0.75"' in mistake


def test_long_names_are_cut_in_the_middle_and_whole_in_the_cell() -> None:
    names = ["glyph number 17 of forty", "glyph number 18 of fifty"]
    words = Page(confusion_chart(np.zeros((2, 2), np.int64), names)).words
    assert "glyph n… fifty" in words
    assert "glyph number 17 of forty answered as glyph number 18 of fifty: 0" in words
