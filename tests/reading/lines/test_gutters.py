"""Columns part numbers that stand close, and part no number that has room in it."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.lines.gutters import across_gutters

HEIGHT = 20.0  # of digits

_Boxes = NDArray[np.int64]


def row(place: int, *digits: int) -> list[tuple[int, int, int, int]]:
    """Digits of a row: each 12 wide, from the columns that are given."""
    return [(left, 40 * place, left + 12, 40 * place + 20) for left in digits]


def parted(rows: list[list[tuple[int, int, int, int]]], tight: int) -> list[bool]:
    """Tell, gap by gap, where a row is parted whose digits are one number at first."""
    parts = np.array([each for digits in rows for each in digits], np.int64)
    start = sum(map(len, rows[:tight]))
    of_row = np.arange(start, start + len(rows[tight]))
    numbers = [_around(parts[of_row])]
    for place, digits in enumerate(rows):
        if place != tight:
            boxes = np.array(digits)
            left = boxes[:, 0] < 150
            numbers += [_around(boxes[side]) for side in (left, ~left) if side.any()]
    pairs = np.stack((of_row[:-1], of_row[1:]), axis=1)
    across = across_gutters(parts, pairs, np.array(numbers, np.int64), HEIGHT)
    return [bool(each) for each in across]


def _around(boxes: _Boxes) -> list[int]:
    return [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]


COLUMNS = [row(1, 100, 116, 160), row(2, 84, 160, 176), row(3, 100, 116, 160, 176)]
TIGHT = (84, 100, 116, 132, 158, 174)  # 14 pixels between the fourth and the fifth


def test_two_numbers_are_parted_where_other_rows_leave_a_gap() -> None:
    assert parted([row(0, *TIGHT), *COLUMNS], 0) == [False, False, False, True, False]


def test_one_other_row_makes_no_column() -> None:
    assert not any(parted([row(0, *TIGHT), COLUMNS[0]], 0))


def test_a_gap_that_is_no_wider_than_between_digits_parts_no_number() -> None:
    assert not any(parted([row(0, 84, 100, 116, 132, 148, 164), *COLUMNS], 0))


def test_a_gap_that_digits_of_other_rows_lie_across_is_no_gutter() -> None:
    across = [row(place, 112, 128, 144, 160) for place in (4, 5)]
    assert not any(parted([row(0, *TIGHT), *COLUMNS, *across], 0))


def test_a_gap_at_another_place_than_those_of_other_rows_parts_no_number() -> None:
    assert not any(parted([row(0, 84, 110, 126, 142, 158, 174), *COLUMNS], 0))


def test_rows_far_below_have_columns_of_their_own() -> None:
    far = [[(a, b + 400, c, d + 400) for a, b, c, d in digits] for digits in COLUMNS]
    assert not any(parted([row(0, *TIGHT), *far], 0))


def test_pages_without_numbers_have_no_gutters() -> None:
    none = np.zeros((0, 4), np.int64)
    assert not len(across_gutters(none, np.zeros((0, 2), np.int64), none, HEIGHT))
