"""Each sign of a strip gets its own ink, also where signs lean, overlap or touch."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.spelling.cuts import owners

Strip = NDArray[np.uint8]


@pytest.fixture
def strip() -> Strip:
    return np.zeros((32, 80), np.uint8)


def ring(strip: Strip, middle: int, radius: int = 9) -> NDArray[np.bool_]:
    """Draw a nought, and tell where its ink is."""
    alone = np.zeros_like(strip)
    cv2.circle(alone, (middle, 16), radius, 255, 2)
    np.maximum(strip, alone, out=strip)
    return alone > 0


def slant(strip: Strip, foot: int, head: int) -> NDArray[np.bool_]:
    """Draw a leaning one, and tell where its ink is."""
    alone = np.zeros_like(strip)
    cv2.line(alone, (foot, 28), (head, 4), 255, 2)
    np.maximum(strip, alone, out=strip)
    return alone > 0


def test_one_sign_owns_everything(strip: Strip) -> None:
    ring(strip, 20)
    assert (owners(strip, [20.0], []) == 0).all()


def test_signs_apart_are_parted_between_them(strip: Strip) -> None:
    one, other = ring(strip, 15), ring(strip, 55)
    found = owners(strip, [15.0, 55.0], [None])
    assert (found[one] == 0).all()
    assert (found[other] == 1).all()
    assert (np.diff(found, axis=1) >= 0).all(), "from left to right"


def test_leaning_strokes_that_share_columns_stay_whole(strip: Strip) -> None:
    one, other = slant(strip, 10, 34), slant(strip, 24, 48)
    found = owners(strip, [22.0, 36.0], [None])
    assert (found[one] == 0).all()
    assert (found[other] == 1).all()


def test_the_grey_edge_of_a_stroke_is_its_own(strip: Strip) -> None:
    slant(strip, 10, 34)
    slant(strip, 24, 48)
    soft = np.asarray(cv2.GaussianBlur(strip, (0, 0), 0.8), np.uint8)
    found = owners(soft, [22.0, 36.0], [None])
    inked = (soft > 40) & (strip == 0)
    distance = [np.abs(np.arange(80) - x) for x in (22, 36)]
    assert inked.any()
    middle = found[16][inked[16]]
    nearer = np.argmin(np.stack(distance)[:, inked[16]], axis=0)
    assert (middle == nearer).all()


def test_touching_noughts_are_cut_where_they_touch(strip: Strip) -> None:
    one, other = ring(strip, 20), ring(strip, 40)
    assert cv2.connectedComponents(strip)[0] == 2, "the paper and what touches"
    found = owners(strip, [20.0, 40.0], [None])
    assert (found[one] == 0).mean() > 0.9
    assert (found[other] == 1).mean() > 0.9


def test_a_broken_off_piece_belongs_to_the_sign_on_whose_side_it_is(strip: Strip) -> None:
    ring(strip, 15)
    ring(strip, 55)
    piece = np.s_[2:5, 62:70]  # the bar of a five
    strip[piece] = 255
    assert (owners(strip, [15.0, 55.0], [None])[piece] == 1).all()


def test_a_known_cut_is_kept(strip: Strip) -> None:
    found = owners(strip, [10.0, 60.0], [45.0])
    assert (found[:, :45] == 0).all()
    assert (found[:, 45:] == 1).all()


@pytest.mark.parametrize("middles", [[0.0, 0.0, 0.0], [79.0, 79.0], [-3.0, 200.0], [5.0, 5.2, 5.4]])
def test_crowded_middles_and_those_outside_still_part_the_strip(
    strip: Strip, middles: list[float]
) -> None:
    ring(strip, 40)
    found = owners(strip, middles, [None] * (len(middles) - 1))
    assert found.shape == strip.shape
    assert found.min() >= 0
    assert found.max() < len(middles)
