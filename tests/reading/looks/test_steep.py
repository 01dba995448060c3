"""Numbers that are written uphill or downhill are seen along their own line."""

import numpy as np
import pytest
from PIL import Image

from inkdigit.reading.lines.region import Region
from inkdigit.reading.looks.steep import corners_along, is_in_the_middle
from inkdigit.reading.reader import read_page
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box
from tests.reading.pages import bold

SIZE = 400, 600
TALL, WIDE, STEP = 40, 24, 60


def _sheet(slope: float, *, digits: int = 6, stray: int = 0) -> Sheet:
    """Blocks as large as digits on a line that falls; every other one strays from it."""
    mask = np.zeros(SIZE, bool)
    for place in range(digits):
        left = 80 + STEP * place
        top = round(180 + slope * STEP * (place - digits / 2)) + stray * (place % 2)
        mask[top : top + TALL, left : left + WIDE] = True
    level = np.where(mask, 255, 0).astype(np.uint8)
    return Sheet(255 - level, level, mask, np.zeros(SIZE, bool), np.eye(3))


def _region(sheet: Sheet) -> Region:
    rows, columns = np.nonzero(sheet.mask)
    return Region(
        Box(*map(int, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))), 0.0
    )


@pytest.mark.parametrize("slope", [-0.4, -0.15, 0.15, 0.4])
def test_a_steep_line_gets_a_narrow_sheet_along_it(slope: float) -> None:
    sheet = _sheet(slope)
    corners = corners_along(sheet, _region(sheet))
    assert corners is not None
    top_left, top_right, bottom_right, bottom_left = corners
    run, fall = top_right - top_left
    assert fall / run == pytest.approx(slope, abs=0.03)
    assert (bottom_right - top_right) @ (top_right - top_left) == pytest.approx(0, abs=1e-6)
    assert np.hypot(*(bottom_left - top_left)) < 3 * TALL


def test_another_line_beside_it_does_not_matter() -> None:
    sheet = _sheet(0.4)
    region = _region(sheet)
    sheet.mask[region.box.bottom - 30 : region.box.bottom + 20, 100:124] = True
    corners = corners_along(sheet, region)
    assert corners is not None
    run, fall = corners[1] - corners[0]
    assert fall / run == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(
    "sheet",
    [_sheet(0.0), _sheet(0.4, digits=2), _sheet(0.3, stray=90), _sheet(0.3, digits=0)],
    ids=["level", "two digits", "scattered", "nothing"],
)
def test_what_makes_no_steep_line_gets_none(sheet: Sheet) -> None:
    region = _region(sheet) if sheet.mask.any() else Region(Box(0, 0, 100, 100), 0.0)
    assert corners_along(sheet, region) is None


def test_only_what_stands_on_the_line_itself_is_read() -> None:
    sheet = _sheet(0.0)
    assert is_in_the_middle(Box(0, 170, 50, 220), sheet)
    assert not is_in_the_middle(Box(0, 10, 50, 60), sheet)
    assert not is_in_the_middle(Box(0, 340, 50, 390), sheet)


@pytest.mark.parametrize("degrees", [-20, 20])
def test_two_numbers_on_a_page_each_in_its_own_direction_are_read(degrees: float) -> None:
    page = Image.new("L", (1100, 1000), 245)
    for text, turn, top in (("42754", degrees, 20), ("5247", -degrees, 520)):
        drawn = Image.fromarray(bold(text, 0.12, 90))
        page.paste(drawn.rotate(turn, expand=True, fillcolor=245), (120, top))
    numbers = read_page(page).numbers
    assert [number.text for number in numbers if not number.rejected] == ["42754", "5247"]
