"""Dashed and dotted rules are taken out of the ink, and no writing with them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.ink.dashes import without_dashes

TALL = 40  # pixels of what stands for a digit


def digits() -> NDArray[np.uint8]:
    """Rings in rows and columns, as tall as digits."""
    ink = np.zeros((400, 600), np.uint8)
    for row in range(60, 400, 80):
        for column in range(60, 600, 150):
            cv2.ellipse(ink, (column, row), (14, TALL // 2), 0, 0, 360, 1, 5)
    return ink


@pytest.mark.parametrize(("on", "off", "thick"), [(12, 10, 3), (18, 6, 5), (3, 5, 3), (6, 12, 6)])
def test_dashed_and_dotted_rules_go_and_digits_stay(on: int, off: int, thick: int) -> None:
    written, ruled = digits(), digits()
    for row in range(18, 400, 160):
        for start in range(0, 590, on + off):
            ruled[row : row + thick, start : start + on] = 1
    for column in range(135, 600, 150):
        for start in range(18, 390, on + off):
            ruled[start : start + on, column : column + thick] = 1
    clean = without_dashes(ruled.view(bool))
    assert clean[written > 0].all()
    assert clean[written == 0].sum() < 0.05 * ruled[written == 0].sum()


def test_ones_in_a_row_and_below_one_another_are_no_rule() -> None:
    ink = np.zeros((600, 600), np.uint8)
    for row in range(20, 580, 55):
        for column in range(20, 580, 40):
            ink[row : row + TALL, column : column + 5] = 1
    assert (without_dashes(ink.view(bool)) == ink.view(bool)).all()


def test_a_few_dashes_of_a_number_stay() -> None:
    ink = digits()
    for column in range(100, 550, 150):
        ink[58:62, column - 6 : column + 8] = 1
    assert (without_dashes(ink.view(bool)) == ink.view(bool)).all()


def test_a_blank_sheet_stays_blank() -> None:
    assert not without_dashes(np.zeros((50, 80), bool)).any()
