"""A flag or a bar is added to digits, with the pen that wrote them; the digit stays in it."""

import numpy as np

from inkdigit.data.other_hands import draw_other_hands
from inkdigit.pictures.frame import is_framed
from inkdigit.types import Images, Labels


def widths(images: Images) -> list[int]:
    return [int(image.any(axis=(0, 2)).sum()) for image in images]


def test_the_same_seed_draws_the_same_pictures(digits: tuple[Images, Labels]) -> None:
    (some, labels), (again, _) = (draw_other_hands(30, digits, seed=3) for _ in range(2))
    assert some.shape == (30, 28, 28, 1)
    assert some.dtype == np.uint8
    assert set(labels.tolist()) == {1, 9}
    assert np.array_equal(some, again)
    assert not np.array_equal(some, draw_other_hands(30, digits, seed=4)[0])


def test_a_flag_makes_a_one_wider_and_leaves_it_framed(digits: tuple[Images, Labels]) -> None:
    images, truth = digits
    upright = (truth != 1) | (np.array(widths(images)) <= 6)
    drawn, labels = draw_other_hands(80, (images[upright], truth[upright]), seed=0)
    assert np.median(widths(drawn[labels == 1])) >= 10
    assert np.mean([is_framed(picture[..., 0]) for picture in drawn]) > 0.85


def test_a_bar_lies_below_a_nine_and_to_its_left(digits: tuple[Images, Labels]) -> None:
    def lower_left(pictures: Images) -> float:
        return float((pictures[:, 19:, :14] > 127).mean())

    images, truth = digits
    drawn, labels = draw_other_hands(80, digits, seed=0)
    assert lower_left(drawn[labels == 9]) > 1.5 * lower_left(images[truth == 9])


def test_drawing_leaves_the_digits_as_they_are(digits: tuple[Images, Labels]) -> None:
    before = digits[0].copy()
    draw_other_hands(20, digits, seed=2)
    assert np.array_equal(digits[0], before)
