import numpy as np
import pytest

from inkdigit.evaluation.corruptions.affine import (
    Placement,
    moved,
    place,
    sized,
    slanted,
    turned,
)
from inkdigit.evaluation.corruptions.smoothing import Shares


def dot(row: int, column: int) -> Shares:
    shares = np.zeros((1, 9, 9))
    shares[0, row, column] = 1.0
    return shares


def where(shares: Shares) -> tuple[int, int]:
    row, column = np.unravel_index(int(shares[0].argmax()), shares[0].shape)
    return int(row), int(column)


def test_nothing_changes_where_nothing_is_asked_for() -> None:
    shares = np.random.default_rng(0).random((3, 9, 9))
    assert np.array_equal(place(shares, Placement()), shares)


def test_turning_by_a_right_angle_goes_counter_clockwise() -> None:
    assert where(place(dot(4, 7), turned(90))) == (1, 4)  # from the right to the top


def test_moving_goes_to_the_right_and_down() -> None:
    assert where(place(dot(4, 4), moved(2, 1))) == (5, 6)


def test_what_leaves_the_picture_is_lost_and_paper_comes_in() -> None:
    full = np.ones((1, 9, 9))
    assert place(full, moved(3, 0)).sum() == 54


def test_half_a_pixel_is_shared_by_two() -> None:
    halves = place(dot(4, 4), moved(0.5, 0))[0]
    assert (halves[4, 4], halves[4, 5]) == (0.5, 0.5)


@pytest.mark.parametrize(("factor", "column"), [(2.0, 8), (0.5, 5)])
def test_sizing_keeps_the_centre(factor: float, column: int) -> None:
    assert where(place(dot(4, 4), sized(factor))) == (4, 4)
    assert where(place(dot(4, 6), sized(factor))) == (4, column)


def test_slanting_moves_the_top_to_the_right() -> None:
    assert where(place(dot(2, 4), slanted(1.0))) == (2, 6)
    assert where(place(dot(6, 4), slanted(1.0))) == (6, 2)
