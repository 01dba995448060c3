"""Files, bytes, arrays and Pillow's pictures become the same pixels."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.pictures.intake import Picture, each_picture, pixels_of
from inkdigit.types import Images, Labels


@pytest.fixture
def grey(digits: tuple[Images, Labels]) -> NDArray[np.uint8]:
    return digits[0][1234, ..., 0]


def png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_every_way_to_give_a_picture_gives_the_same_pixels(
    tmp_path: Path, grey: NDArray[np.uint8]
) -> None:
    file = tmp_path / "one.png"
    file.write_bytes(png(grey))
    ways: list[Picture] = [
        *(file, str(file), file.read_bytes(), Image.fromarray(grey), grey, grey[..., None]),
        *(grey.astype(np.uint16) * 257, grey / 255, (grey / 255).astype(np.float32)),
    ]
    for way in ways:
        assert np.array_equal(pixels_of(way), grey[..., None])


def test_true_is_white(grey: NDArray[np.uint8]) -> None:
    assert np.array_equal(pixels_of(grey > 9)[..., 0], np.where(grey > 9, 255, 0))


def test_alpha_lies_over_white(grey: NDArray[np.uint8]) -> None:
    black = np.zeros((*grey.shape, 4), np.uint8)
    black[..., 3] = grey
    assert np.array_equal(pixels_of(black), np.repeat(255 - grey[..., None], 3, axis=2))


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        *(((28, 28), 1), ((28, 28, 1), 1), ((28, 28, 3), 1), ((28, 28, 4), 1), ((5, 28, 28), 5)),
        *(((2, 28, 28, 3), 2), ((0, 28, 28), 0), ((3, 28, 2), 3)),
    ],
)
def test_one_array_is_told_from_many(shape: tuple[int, ...], count: int) -> None:
    assert len(list(each_picture(np.zeros(shape, np.uint8)))) == count


def test_one_path_is_one_picture_and_a_list_is_many() -> None:
    assert list(each_picture("one.png")) == ["one.png"]
    assert list(each_picture(["one.png", Path("two.png")])) == ["one.png", Path("two.png")]
    assert list(each_picture(b"bytes")) == [b"bytes"]


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((3, 3, 2), np.uint8), r"shape \(3, 3, 2\), expected \(H, W\)"),
        (np.zeros((0, 3), np.uint8), r"shape \(0, 3\)"),
        (np.zeros(9, np.uint8), r"shape \(9,\)"),
        (np.zeros((3, 3), np.int32), "array of int32, expected uint8"),
        (np.full((3, 3), 255.0), r"values from 255 to 255, expected them in \[0, 1\]"),
        (np.full((3, 3), np.nan), r"expected them in \[0, 1\]"),
        (np.array([["a"]]), "array of <U1"),
        (17, "a int in the place of a picture"),
        (Path("none.png"), "none.png: no such file"),
    ],
)
def test_what_is_no_picture_is_named(picture: Picture, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pixels_of(picture)
