"""Tables of squares end on all sides; squared paper goes on, and combs have one row."""

import pytest

from inkdigit.reading.rulings.ruling import Ruling, Rulings
from inkdigit.reading.rulings.tables import tables_of_squares
from inkdigit.types import Box
from tests.reading.rulings.test_rulings import straight

CELL = 60


def table(rows: int, columns: int, *, at: int = 100, past: int = 0, tall: int = CELL) -> Rulings:
    """Rulings from wall to wall, and so many pixels past the last ones on all sides."""
    width, height = columns * CELL, rows * tall

    def side_by_side(count: int, step: int, length: int) -> tuple[Ruling, ...]:
        first = at - past
        return tuple(
            straight(at + step * each, first, length + 2 * past) for each in range(count + 1)
        )

    return Rulings(side_by_side(rows, tall, width), side_by_side(columns, CELL, height))


def both(one: Rulings, other: Rulings) -> Rulings:
    return Rulings(one.across + other.across, one.down + other.down)


@pytest.mark.parametrize(("rows", "columns"), [(9, 9), (3, 3), (5, 8)])
def test_a_table_of_squares_is_found(rows: int, columns: int) -> None:
    box = Box(100, 100, 100 + CELL * columns, 100 + CELL * rows)
    assert tables_of_squares(table(rows, columns)) == (box,)


def test_two_puzzles_of_one_page_are_two_tables() -> None:
    assert len(tables_of_squares(both(table(4, 4), table(5, 5, at=500)))) == 2


@pytest.mark.parametrize(
    "other",
    [
        table(1, 9),  # a comb
        table(9, 9, past=CELL // 2),  # squared paper that goes on to its edge
        table(20, 20),
        table(5, 5, tall=2 * CELL),
    ],
    ids=["one row", "no end", "many", "tall cells"],
)
def test_what_is_no_table_of_squares_is_none(other: Rulings) -> None:
    assert tables_of_squares(other) == ()
