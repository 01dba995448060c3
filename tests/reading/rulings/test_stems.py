"""Stems that reach from rule to rule are told from walls by the fields above and below them."""

import pytest

from inkdigit.reading.rulings.ruling import Rulings
from inkdigit.reading.rulings.stems import without_stems
from tests.reading.rulings.test_rulings import DIGIT, places, straight

TOPS = (100, 200, 300, 400)  # of fields, 60 pixels tall


def fields(*stems: tuple[int, int], tops: tuple[int, ...] = TOPS) -> Rulings:
    """Fields from column 100 to 400, walls at their ends; of each stem its column and field."""
    across = tuple(straight(row, 100, 300) for top in tops for row in (top, top + 60))
    walls = tuple(straight(at, top, 60) for top in tops for at in (100, 399))
    return Rulings(across, (*walls, *(straight(at, top + 2, 56) for at, top in stems)))


def test_a_line_that_parts_one_of_several_fields_is_a_stem() -> None:
    kept = without_stems(fields((180, 200)), DIGIT)
    assert places(kept.down) == [100] * 4 + [399] * 4


def test_every_field_may_have_a_stem_of_its_own() -> None:
    kept = without_stems(fields((180, 200), (320, 300)), DIGIT)
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
    assert without_stems(form, DIGIT).down == form.down


def test_in_few_fields_every_wall_may_be_one() -> None:
    form = fields((180, 200), tops=TOPS[:3])
    assert without_stems(form, DIGIT).down == form.down


def test_a_wall_through_several_rows_is_no_stem() -> None:
    form = fields()
    long = Rulings(form.across, (*form.down, straight(180, 200, 160)))
    assert without_stems(long, DIGIT).down == long.down
