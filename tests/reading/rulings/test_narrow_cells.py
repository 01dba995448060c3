"""Cells that hold two digits are no boxes of a comb, however narrow they are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.rulings.narrow_cells import tables_of_narrow_cells
from inkdigit.types import Box

CELL, TALL, LEFT, TOP = 60, 40, 100, 100
COLUMNS, ROWS = 6, 3


def table() -> NDArray[np.bool_]:
    rulings = np.zeros((500, 600), np.bool_)
    for row in range(ROWS + 1):
        rulings[TOP + CELL * row, LEFT : LEFT + CELL * COLUMNS + 1] = True
    for column in range(COLUMNS + 1):
        rulings[TOP : TOP + CELL * ROWS + 1, LEFT + CELL * column] = True
    return rulings


def digits(pairs: int, *, aside: int = 0) -> NDArray[np.int64]:
    """One digit in every cell, but two of them in the first cells."""
    boxes = []
    for place in range(COLUMNS * ROWS):
        row, column = divmod(place, COLUMNS)
        left, top = LEFT + CELL * column + aside, TOP + CELL * row + 10
        boxes.append((left + 6, top, left + 26, top + TALL))
        if place < pairs:
            boxes.append((left + 32, top, left + 52, top + TALL))
    return np.array(boxes, np.int64)


def test_a_table_is_found_by_its_cells_of_two_digits_from_end_to_end() -> None:
    found = tables_of_narrow_cells(table(), digits(pairs=4), TALL)
    assert len(found) == 1
    assert (found[0].left, found[0].right) == (LEFT, LEFT + CELL * COLUMNS + 1)
    assert found[0].top <= TOP + 10
    assert found[0].bottom >= TOP + 10 + TALL


@pytest.mark.parametrize("pairs", [0, 2])
def test_boxes_of_one_digit_each_are_a_comb(pairs: int) -> None:
    assert tables_of_narrow_cells(table(), digits(pairs), TALL) == ()


def test_writing_that_lies_across_walls_is_on_squared_paper() -> None:
    assert tables_of_narrow_cells(table(), digits(pairs=6, aside=44), TALL) == ()


def test_two_tables_far_apart_are_two() -> None:
    below = np.vstack((table(), table()))
    lower = digits(pairs=4) + np.array([0, 500, 0, 500])
    both = np.concatenate((digits(pairs=4), lower))
    assert len(tables_of_narrow_cells(below, both, TALL)) == 2


def test_digits_without_walls_are_in_no_table() -> None:
    none = np.zeros((500, 600), np.bool_)
    assert tables_of_narrow_cells(none, digits(pairs=9), TALL) == ()
    assert tables_of_narrow_cells(none, np.zeros((0, 4), np.int64), 0.0) == ()
    assert isinstance(tables_of_narrow_cells(table(), digits(4), TALL)[0], Box)
