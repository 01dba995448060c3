"""What lies around a sheet is more of its writing, or a ground with a pattern of its own."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.ink.light import Grey
from inkdigit.reading.sheets.surroundings import Surroundings

SHEET = np.array([(150, 100), (450, 100), (450, 350), (150, 350)], np.float64)


def draw_rings(grey: Grey, where: NDArray[np.bool_], tall: int) -> None:
    """Draw upright rings at odd places, all over a part of a picture."""
    draws = np.random.default_rng(3)
    for top in range(10, len(grey) - tall - 8, round(1.6 * tall)):
        for left in range(10, grey.shape[1] - 20, 18):
            x, y = (np.array((left, top)) + draws.integers(0, 4, 2)).tolist()
            height = round(tall * draws.uniform(0.8, 1.1))
            if where[y : y + height, x : x + 8].all():
                middle = x + 4, y + height // 2
                cv2.ellipse(grey, middle, (3, height // 2 - 1), 0, 0, 360, 60, 1, cv2.LINE_AA)


@pytest.mark.parametrize(("outside", "goes_on"), [(14, True), (30, False)])
def test_writing_goes_on_if_it_is_of_one_size(outside: int, goes_on: bool) -> None:
    grey = np.full((450, 600), 190, np.uint8)
    within = np.zeros(grey.shape, bool)
    within[110:340, 160:440] = True
    around = np.ones(grey.shape, bool)
    around[85:365, 135:465] = False
    draw_rings(grey, within, 10)
    draw_rings(grey, around, outside)
    assert Surroundings(grey).hold_more_of(SHEET) == goes_on
