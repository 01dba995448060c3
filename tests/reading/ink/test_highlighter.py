"""Highlighter and coloured notes become paper; writing and other colours stay as they are."""

import cv2
import numpy as np
import pytest

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.highlighter import without_highlighter
from inkdigit.reading.reader import open_reader
from tests.reading.pages import Desk, written

BLUE = (25, 30, 90)


def page(*patches: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Pixels:
    """Three numbers in blue on white, with colour over some: left, top, right, bottom."""
    desk = Desk(np.zeros((400, 700), np.float32), np.random.default_rng(8))
    for row in range(3):
        desk.write(200, 100 + 110 * row, 44, 4)
    ink = (written(desk, [], ()).pixels < 140).astype(np.float32)
    paper = np.full((400, 700, 3), 246.0, np.float32)
    for left, top, right, bottom in patches:
        paper[top:bottom, left:right] *= np.array(colour, np.float32) / 255
    return np.asarray(paper * (1 - ink) + np.array(BLUE, np.float32) * ink, np.uint8)


def grey_of(pixels: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize(
    "colour",
    [(255, 240, 60), (255, 130, 190), (120, 235, 130), (255, 170, 60), (110, 190, 255)],
)
def test_numbers_under_a_highlighter_are_read_as_without_it(colour: tuple[int, int, int]) -> None:
    reader = open_reader(threads=1)
    plain = [number.text for number in reader.read(page(colour=colour)).numbers]
    marked = page((185, 46, 400, 112), (190, 265, 420, 330), colour=colour)
    assert len(plain) == 3
    assert [number.text for number in reader.read(marked).numbers] == plain


def test_a_patch_becomes_as_bright_as_the_paper_around_it() -> None:
    marked = page((185, 46, 400, 112), colour=(255, 130, 190))
    clean = without_highlighter(marked, grey_of(marked))
    assert grey_of(marked)[50, 190] < 190
    assert clean[50, 190] > 235
    assert (clean < 120).sum() == (grey_of(marked) < 120).sum()


def test_coloured_pens_stay_as_dark_as_they_are() -> None:
    pen = np.full((300, 500, 3), 250, np.uint8)
    cv2.putText(pen, "2750", (80, 180), 0, 3, (30, 110, 255), 12, cv2.LINE_AA)
    assert np.array_equal(without_highlighter(pen, grey_of(pen)), grey_of(pen))


def test_bold_print_is_no_patch() -> None:
    print_ = np.full((300, 500, 3), 250, np.uint8)
    cv2.putText(print_, "Total", (40, 120), 0, 2, (60, 40, 30), 14, cv2.LINE_AA)
    cv2.putText(print_, "Notes", (40, 250), 0, 2, (20, 60, 120), 14, cv2.LINE_AA)
    assert np.array_equal(without_highlighter(print_, grey_of(print_)), grey_of(print_))


def test_a_coloured_table_that_a_sheet_lies_on_stays() -> None:
    desk = np.full((400, 600, 3), (255, 150, 60), np.uint8)
    desk[::9] = (90, 40, 10)  # its grain
    desk[60:340, 90:510] = 250
    assert np.array_equal(without_highlighter(desk, grey_of(desk)), grey_of(desk))


def test_a_patch_without_writing_stays() -> None:
    bare = np.full((300, 500, 3), 250, np.uint8)
    bare[100:200, 100:300] = (255, 240, 60)
    assert np.array_equal(without_highlighter(bare, grey_of(bare)), grey_of(bare))
