import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigit.pictures.strip import HEIGHT, LONGEST, shown_by, strip, to_sheet, to_strip
from inkdigit.types import Box


def _sheet(scale: int = 1, slope: float = 0.0) -> tuple[NDArray[np.uint8], Box]:
    """Draw a zigzag of ink, 30 high and 90 wide, on a sheet; and give its box."""
    canvas = Image.new("L", (150 * scale, 90 * scale))
    middle = 75.0
    points = [
        (x * scale, (y + slope * (x - middle)) * scale)
        for x, y in [(30, 30), (50, 58), (70, 32), (90, 58), (120, 30)]
    ]
    ImageDraw.Draw(canvas).line(points, 200, 4 * scale)
    return np.asarray(canvas), Box(30 * scale, 30 * scale, 120 * scale, 60 * scale)


def test_a_strip_has_its_height_whatever_the_region() -> None:
    ink, _ = _sheet()
    for box in (Box(30, 30, 120, 60), Box(0, 0, 150, 90), Box(60, 40, 61, 41), Box(-9, -9, 9, 9)):
        assert strip(ink, box).shape[0] == HEIGHT


@given(st.integers(2, 4))
@settings(max_examples=3, deadline=None)
def test_larger_writing_gives_nearly_the_same_strip(scale: int) -> None:
    small, large = (strip(*_sheet(each)).astype(float) for each in (1, scale))
    assert small.shape == large.shape
    assert np.abs(small - large).mean() < 12


def test_the_slope_of_a_line_is_undone() -> None:
    level = strip(*_sheet()).astype(float)
    ink, box = _sheet(slope=0.15)
    assert np.abs(strip(ink, box, 0.15) - level).mean() < 8
    assert np.abs(strip(ink, box) - level).mean() > 12


def test_strong_ink_is_full_and_paper_is_nothing() -> None:
    ink, box = _sheet()
    made = strip(ink // 3 + 20, box)  # faint ink on grey paper
    assert made.max() == 255
    assert np.median(made) == 0


def test_no_ink_gives_an_empty_strip() -> None:
    assert not strip(np.zeros((50, 80), np.uint8), Box(10, 10, 70, 40)).any()


def test_a_column_of_the_strip_is_found_again_on_the_sheet() -> None:
    ink = np.zeros((60, 200), np.uint8)
    ink[15:45, 77:80] = 255
    box = Box(20, 15, 180, 45)
    made = strip(ink, box)
    column = float(np.average(np.arange(made.shape[1]) + 0.5, weights=made.sum(axis=0)))
    assert abs(to_sheet(column, box) - 78.5) < 1


@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.1])
def test_values_of_a_strip_are_found_again_on_the_sheet(slope: float) -> None:
    ink = np.zeros((90, 200), np.uint8)
    box = Box(20, 30, 180, 60)
    for x in (50, 110, 160):  # dots along the line
        y = round(45 + slope * (x - 100))
        ink[y - 2 : y + 3, x - 2 : x + 3] = 255
    values = (strip(ink, box, slope) > 100).astype(np.int64)
    shown = shown_by(values, box, slope, Box(0, 0, 200, 90))
    assert shown.shape == ink.shape
    assert (shown[ink > 0] == 1).mean() > 0.8
    assert (shown[:, 6:195][ink[:, 6:195] == 0] == 0).mean() > 0.98


def test_a_column_of_the_sheet_is_found_again_in_the_strip() -> None:
    box = Box(20, 15, 180, 45)
    for column in (20.0, 77.5, 179.0):
        assert to_sheet(to_strip(column, box), box) == pytest.approx(column)


def test_a_region_of_any_length_gives_a_strip_of_bounded_length() -> None:
    ink = np.zeros((10, 30_000), np.uint8)
    made = strip(ink, Box(0, 0, 30_000, 10))
    assert made.shape[1] <= LONGEST
