"""Paper, what is printed and stamped on it, and ink."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data.composing.paper import draw_paper, draw_stamp, photograph, write_on


@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 200))
def test_a_stamp_fits_any_picture_and_covers_no_more_than_ink_does(
    seed: int, height: int, width: int
) -> None:
    ink = draw_stamp(np.random.default_rng(seed), height, width, writing=30)
    assert ink.shape == (height, width)
    assert 0 <= ink.min() <= ink.max() <= 0.9


def test_most_stamps_lie_on_the_picture_and_leave_most_of_it_free() -> None:
    draws = np.random.default_rng(1)
    covered = np.array([(draw_stamp(draws, 60, 160, 40) > 0.15).mean() for _ in range(60)])
    assert (covered > 0.01).mean() > 0.7
    assert covered.max() < 0.7


def test_ink_is_darker_than_the_paper_that_it_lies_on() -> None:
    draws = np.random.default_rng(2)
    for _ in range(20):
        paper = draw_paper(draws, 40, 90)
        ink = np.zeros((40, 90), np.float32)
        ink[15:25, 20:60] = 1
        written = write_on(draws, paper, ink)
        assert written[15:25, 20:60].mean() < paper[15:25, 20:60].mean() - 10
        assert np.array_equal(written[ink == 0], paper[ink == 0])


def test_faint_ink_may_be_hardly_darker_than_the_paper() -> None:
    paper, ink = np.full((8, 8), 150, np.float32), np.ones((8, 8), np.float32)
    least = {}
    for faint in (False, True):
        draws = np.random.default_rng(3)
        left = [150 - write_on(draws, paper * 0.7, ink, faint=faint).min() for _ in range(300)]
        least[faint] = min(left) - 150 * 0.3
    assert 29 <= least[True] < 34 < 39 <= least[False]


def test_even_noise_is_as_strong_in_the_dark_as_in_the_light() -> None:
    halves = np.full((64, 128), 30, np.float32)
    halves[:, 64:] = 200

    def noise(*, even: bool) -> float:
        ratios = []
        for seed in range(80):
            taken = photograph(np.random.default_rng(seed), halves, even_noise=even).astype(float)
            dark, light = (
                np.diff(part, axis=1).std() for part in (taken[:, 8:56], taken[:, 72:120])
            )
            if light > 2:
                ratios.append(dark / light)
        return float(np.median(ratios))

    assert noise(even=False) < 0.6 < 0.85 < noise(even=True)
