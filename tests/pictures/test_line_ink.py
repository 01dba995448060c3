"""The ink of one line's picture is found whatever its light and its size."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkdigit.pictures.line_ink import line_ink


def _line(height: int, light: float = 1.0) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A 7 and a 1 on paper whose light falls off to the right by a share, and where they are."""
    drawn = np.zeros((height, 3 * height), np.uint8)
    top, foot = height // 5, 4 * height // 5
    corners = [(height // 2, top), (height, top), (3 * height // 4, foot)]
    cv2.polylines(drawn, [np.array(corners)], False, 255, max(1, height // 12))
    cv2.line(drawn, (2 * height, top), (2 * height, foot), 255, height // 12)
    shade = 1 - light * np.linspace(0, 1, 3 * height)
    return ((220 - 130 * (drawn / 255)) * shade).astype(np.uint8), drawn > 0


@pytest.mark.parametrize("falls_off", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("height", [30, 60, 200])
def test_ink_is_full_and_paper_empty_in_uneven_light(height: int, falls_off: float) -> None:
    picture, written = _line(height, falls_off)
    ink = line_ink(picture)
    assert np.percentile(ink[written], 10) > 200
    assert np.percentile(ink[~written], 95) < 30


def test_the_floor_tells_how_much_of_the_paper_is_left() -> None:
    picture, written = _line(60, 0.2)
    noise = np.random.default_rng(1).normal(0, 6, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    left = [float(line_ink(noisy, floor)[~written].mean()) for floor in (-0.5, 0.5, 1.5)]
    assert left[0] > left[1] > left[2]


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 255), st.integers(0, 40))
def test_any_picture_has_an_answer_of_its_shape(
    height: int, width: int, level: int, noise: int
) -> None:
    draws = np.random.default_rng(height * 61 + width)
    strays = draws.integers(-noise, noise + 1, (height, width))
    picture = np.clip(level + strays, 0, 255).astype(np.uint8)
    ink = line_ink(picture)
    assert ink.shape == picture.shape
    assert ink.dtype == np.uint8
