"""Ink is what differs from the paper, whichever of the two is the darker."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.ink import ink_of


def stroke(paper: int, ink: int, *, side: int = 40) -> Pixels:
    picture = np.full((side, side, 1), paper, np.uint8)
    picture[side // 5 : -side // 5, side // 2 - 2 : side // 2 + 2] = ink
    return picture


@given(paper=st.integers(0, 255), ink=st.integers(0, 255))
def test_a_stroke_is_full_ink_and_its_paper_none(paper: int, ink: int) -> None:
    measured = ink_of(stroke(paper, ink))
    if abs(paper - ink) < 12:
        assert not measured.any()
    else:
        assert np.allclose(measured, stroke(0, 1)[..., 0], atol=0.02)


def test_ink_that_reaches_three_borders_is_still_ink() -> None:
    picture = np.full((30, 30, 1), 220, np.uint8)
    picture[:, 13:17] = picture[12:16, :20] = 30
    measured = ink_of(picture)
    assert measured[13, 14] > 0.9
    assert measured[25, 25] < 0.1


@pytest.mark.parametrize("dark", [False, True])
def test_a_shadow_over_half_of_the_paper_is_paper(dark: bool) -> None:
    picture = stroke(230, 20, side=80).astype(float)
    picture *= np.linspace(1, 0.55, 80)[None, :, None]
    pixels = picture.astype(np.uint8)
    measured = ink_of(255 - pixels if dark else pixels)
    assert np.array_equal(measured > 0.5, stroke(0, 1, side=80)[..., 0] > 0)
