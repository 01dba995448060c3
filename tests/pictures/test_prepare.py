"""One picture becomes what the network sees, the same way everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigit.pictures.channels import is_grey, with_channels
from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.prepare import paper_is_bright, prepare
from inkdigit.types import Images, Labels, Preparation

ANY = st.tuples(st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 3])).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


def test_a_digit_that_fits_passes_bit_for_bit(digits: tuple[Images, Labels]) -> None:
    preparation = Preparation(28, 1, invert=False)
    for picture in digits[0][::500]:
        assert prepare(picture, preparation) is picture


@given(pixels=ANY, size=st.integers(20, 64), channels=st.sampled_from([1, 3]), invert=st.booleans())
def test_every_picture_gets_the_shape_that_was_asked_for(
    pixels: Pixels, size: int, channels: int, invert: bool
) -> None:
    prepared = prepare(pixels, Preparation(size, channels, invert))  # type: ignore[arg-type]
    assert prepared.shape == (size, size, channels)
    assert prepared.dtype == np.uint8


@pytest.mark.parametrize(("height", "width"), [(56, 28), (28, 56), (10, 5), (300, 2)])
def test_proportions_are_kept_and_the_rest_is_paper(height: int, width: int) -> None:
    prepared = prepare(np.full((height, width, 1), 200, np.uint8), Preparation(28, 1, False))
    ink = prepared[..., 0] > 0
    rows, columns = ink.any(axis=1).sum(), ink.any(axis=0).sum()
    assert max(rows, columns) == 28
    assert min(rows, columns) == max(1, round(28 * min(height, width) / max(height, width)))
    assert set(np.unique(prepared)) <= {0, 200}


def test_dark_on_light_is_padded_with_paper_too() -> None:
    page = np.full((20, 40, 1), 255, np.uint8)
    page[8:12, 10:30] = 0
    prepared = prepare(page, Preparation(28, 1, invert=True))
    assert (prepared[[0, -1]] == 0).all()
    assert prepared[14, 14, 0] == 255


@given(pixels=ANY)
def test_grey_repeated_in_three_channels_comes_back(pixels: Pixels) -> None:
    grey = pixels[..., :1]
    colour = with_channels(grey, 3)
    assert is_grey(colour)
    assert (with_channels(colour, 1) == grey).all()


def test_green_is_brighter_than_blue() -> None:
    colours = np.array([[[0, 255, 0], [255, 0, 0], [0, 0, 255]]], np.uint8)
    green, red, blue = with_channels(colours, 1)[0, :, 0]
    assert (green, red, blue) == (150, 76, 29)
    assert not is_grey(colours)


def test_the_border_tells_light_paper_from_dark(digits: tuple[Images, Labels]) -> None:
    for picture in digits[0][::250]:
        assert not paper_is_bright(picture)
        assert paper_is_bright(255 - picture)
        assert paper_is_bright(with_channels(255 - picture, 3))
    assert paper_is_bright(np.full((1, 1, 1), 255, np.uint8))
