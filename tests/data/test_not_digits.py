"""Pictures of no digit are drawn by chance, framed as digits are, and the same each time."""

import numpy as np

from inkdigit.data.not_digits import draw_not_digits
from inkdigit.pictures.frame import is_framed
from inkdigit.types import Images, Labels


def test_the_same_seed_draws_the_same_pictures(digits: tuple[Images, Labels]) -> None:
    some = draw_not_digits(60, digits, seed=3)
    assert some.shape == (60, 28, 28, 1)
    assert some.dtype == np.uint8
    assert np.array_equal(some, draw_not_digits(60, digits, seed=3))
    assert not np.array_equal(some, draw_not_digits(60, digits, seed=4))


def test_none_is_blank_and_none_is_one_of_the_digits(digits: tuple[Images, Labels]) -> None:
    drawn = draw_not_digits(400, digits, seed=0)
    known = {picture.tobytes() for picture in digits[0]}
    assert all(picture.any() for picture in drawn)
    assert not any(picture.tobytes() in known for picture in drawn)
    assert len({picture.tobytes() for picture in drawn}) > 390  # chance may turn a digit twice


def test_they_are_framed_as_digits_are(digits: tuple[Images, Labels]) -> None:
    drawn = draw_not_digits(300, digits, seed=1)
    assert np.mean([is_framed(picture[..., 0]) for picture in drawn]) > 0.85


def test_drawing_leaves_the_digits_as_they_are(digits: tuple[Images, Labels]) -> None:
    before = digits[0].copy()
    draw_not_digits(100, digits, seed=2)
    assert np.array_equal(digits[0], before)
