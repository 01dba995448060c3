import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.sheets.notes import notes_in
from tests.reading.pages import clutter, page, with_note

_CORNERS = [(560, 300), (810, 280), (822, 440), (570, 470)]


def _notes(pixels: Pixels) -> list[NDArray[np.float64]]:
    return notes_in(pixels)


def _note(seed: int = 1) -> tuple[Pixels, NDArray[np.float64]]:
    """A note on a crowded desk, and its corners."""
    note = page(seed)
    return with_note(clutter(seed), note, _CORNERS), np.array(_CORNERS, float)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_note_that_takes_a_small_part_of_a_crowded_picture_is_found(seed: int) -> None:
    pixels, corners = _note(seed)
    found = _notes(pixels)
    assert len(found) == 1
    assert np.abs(found[0] - corners).max() < 8


@pytest.mark.parametrize("aside", [0, 180, 520])
def test_notes_are_found_in_reading_order(aside: int) -> None:
    """One stands higher, and further and further to the right of the other."""
    others = [
        (120 + x, 60 + y)
        for x, y in ((aside, 20), (aside + 260, 0), (aside + 255, 170), (aside + 5, 190))
    ]
    lower = [(60, 360), (330, 340), (340, 500), (70, 530)]
    pixels = with_note(clutter(1), page(4), others)
    found = _notes(with_note(pixels, page(1), lower))
    assert np.abs(np.array(found) - [others, lower]).max() < 8


def test_notes_side_by_side_are_found_from_left_to_right() -> None:
    lower_left = [(60, 120), (330, 100), (340, 260), (70, 290)]
    pixels = with_note(clutter(1), page(4), [(560, 60), (820, 40), (815, 210), (565, 230)])
    found = _notes(with_note(pixels, page(1), lower_left))
    assert [corners[0, 0] < 500 for corners in found] == [True, False]


def test_six_notes_are_found() -> None:
    pixels = clutter(1)
    for row in (40, 290, 540):
        for column in (60, 560):
            box = [(column, row), (column + 240, row + 8), (column + 236, row + 160)]
            pixels = with_note(pixels, page(4), [*box, (column - 4, row + 152)])
    assert len(_notes(pixels)) == 6


def test_a_note_on_the_border_of_something_brighter_and_something_darker_is_found() -> None:
    ground = np.full((750, 1000, 1), 208, np.uint8)
    ground[:, :690] = 246
    laid = with_note(ground, page(1), _CORNERS)
    assert any(np.abs(found - _CORNERS).max() < 8 for found in _notes(laid))


def test_a_note_as_bright_as_its_ground_is_found_by_its_colour() -> None:
    draws = np.random.default_rng(2)
    pixels = with_note(np.full((750, 1000, 1), 228, np.uint8), page(1), _CORNERS)
    cover = np.zeros((750, 1000, 1), np.uint8)
    cv2.fillConvexPoly(cover, np.array(_CORNERS, np.int32), 1)
    light = np.where(cover, np.array([250, 232, 120]) / 228, 1.0)
    coloured = pixels * light + draws.normal(0, 2, (750, 1000, 1))
    found = _notes(np.clip(coloured, 0, 255).astype(np.uint8))
    assert any(np.abs(each - _CORNERS).max() < 8 for each in found)


def test_what_nothing_is_written_on_is_no_note() -> None:
    pixels = clutter(1)
    cv2.fillConvexPoly(pixels[..., 0], np.array(_CORNERS, np.int32), 230)
    assert _notes(pixels) == []


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_holds_no_note(grey: int) -> None:
    assert _notes(np.full((300, 400, 1), grey, np.uint8)) == []


def test_a_picture_too_small_to_show_what_is_around_a_sheet_holds_no_note() -> None:
    pixels, _ = _note()
    small = cv2.resize(pixels, (250, 188), interpolation=cv2.INTER_AREA)
    assert _notes(np.asarray(small, np.uint8)[..., None]) == []
