"""Stems that reach from rule to rule are told from walls by the fields above and below them."""

import numpy as np
import pytest

from inkdigit.reading.rulings.ruling import Grey, Rulings
from inkdigit.reading.rulings.stems import without_stems
from tests.reading.rulings.test_rulings import DIGIT, places, straight

TOPS = (100, 200, 300, 400)  # of fields, 60 pixels tall


def fields(*stems: tuple[int, int], tops: tuple[int, ...] = TOPS) -> Rulings:
    """Fields from column 100 to 400, walls at their ends; of each stem its column and field."""
    across = tuple(straight(row, 100, 300) for top in tops for row in (top, top + 60))
    walls = tuple(straight(at, top, 60) for top in tops for at in (100, 399))
    return Rulings(across, (*walls, *(straight(at, top + 2, 56) for at, top in stems)))


def ink_of(form: Rulings) -> Grey:
    """Draw them, three pixels thick."""
    level = np.zeros((600, 600), np.uint8)
    for rulings, drawn in ((form.across, level), (form.down, level.T)):
        for ruling in rulings:
            row = round(float(ruling.middle[0]))
            drawn[row - 1 : row + 2, ruling.start : ruling.start + ruling.length] = 150
    return level


def test_a_line_that_parts_one_of_several_fields_is_a_stem() -> None:
    form = fields((180, 200))
    kept = without_stems(ink_of(form), form, DIGIT)
    assert places(kept.down) == [100] * 4 + [399] * 4


def test_every_field_may_have_a_stem_of_its_own() -> None:
    form = fields((180, 200), (320, 300))
    kept = without_stems(ink_of(form), form, DIGIT)
    assert places(kept.down) == [100] * 4 + [399] * 4


@pytest.mark.parametrize(
    "stems",
    [
        ((200, 200), (200, 300)),  # a column of a table
        ((160, 200), (220, 200), (280, 200)),  # boxes for single digits
    ],
)
def test_walls_that_have_company_stay(stems: tuple[tuple[int, int], ...]) -> None:
    form = fields(*stems)
    assert without_stems(ink_of(form), form, DIGIT).down == form.down


def test_in_few_fields_every_wall_may_be_one() -> None:
    form = fields((180, 200), tops=TOPS[:3])
    assert without_stems(ink_of(form), form, DIGIT).down == form.down


def test_a_wall_through_several_rows_is_no_stem() -> None:
    form = fields()
    long = Rulings(form.across, (*form.down, straight(180, 200, 160)))
    assert without_stems(ink_of(long), long, DIGIT).down == long.down


def one_row(*strokes: tuple[int, int, int]) -> Rulings:
    """A row between two rules, walls at its ends; of each stroke its column, start and length."""
    across = (straight(100, 100, 300), straight(160, 100, 300))
    walls = tuple(straight(at, 100, 60) for at in (100, 399))
    return Rulings(across, (*walls, *(straight(*stroke) for stroke in strokes)))


def test_strokes_that_end_before_a_rule_are_stems_however_many() -> None:
    form = one_row((150, 102, 50), (190, 108, 50), (250, 106, 48))
    assert places(without_stems(ink_of(form), form, DIGIT).down) == [100, 399]


def test_what_reaches_both_rules_is_a_wall() -> None:
    form = one_row((200, 101, 58), (300, 102, 57))
    assert without_stems(ink_of(form), form, DIGIT).down == form.down


def test_a_wall_at_the_end_of_its_rules_may_end_before_them() -> None:
    form = one_row((101, 108, 45))
    assert without_stems(ink_of(form), form, DIGIT).down == form.down


@pytest.mark.parametrize(("aside", "stays"), [(0, True), (2, True), (9, False)])
def test_a_faded_wall_is_known_by_one_in_line_in_the_next_row(aside: int, stays: bool) -> None:
    faded = straight(200, 108, 45)
    row = one_row()
    across = (*row.across, straight(220, 100, 300))
    form = Rulings(across, (*row.down, straight(200 + aside, 160, 60), faded))
    kept = without_stems(ink_of(form), form, DIGIT).down
    assert any(wall is faded for wall in kept) == stays
