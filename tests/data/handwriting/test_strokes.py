"""Digits drawn stroke by stroke."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.data.handwriting.strokes import Hand, draw_hand, draw_strokes


def _hand_with(digit: int) -> Hand:
    """Draw hands until one has its own shape of this digit."""
    return next(
        hand
        for hand in (draw_hand(np.random.default_rng(k)) for k in range(99))
        if digit in hand.shapes
    )


def _write(
    hand: Hand, digit: int, seed: int, size: float, form: tuple[float, float] = (1.0, 0.0)
) -> NDArray[np.float32]:
    draws = np.random.default_rng(seed)
    return draw_strokes(draws, hand.shapes[digit], hand.nib, size=size, form=form)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_of_strokes_has_the_height_that_is_asked_for(digit: int) -> None:
    hand = _hand_with(digit)
    ink = _write(hand, digit, 1, size=60)
    rows = np.flatnonzero(ink.max(axis=1) > 0.5)
    assert 50 <= rows[-1] - rows[0] <= 80
    assert ink.min() == 0
    assert ink.max() == 1


@pytest.mark.parametrize("digit", range(10))
def test_no_stroke_leaves_its_picture(digit: int) -> None:
    hand = _hand_with(digit)
    for seed in range(20):
        ink = _write(hand, digit, seed, size=40, form=(1.3, 0.5))
        rim = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert rim.max() < 0.5


def test_a_hand_keeps_to_its_own_shape_more_than_to_others() -> None:
    hands = [draw_hand(np.random.default_rng(k)) for k in range(40)]
    own = [hand.shapes[2] for hand in hands if 2 in hand.shapes]
    lengths = [sum(len(piece) for piece in stroke) for shape in own for stroke in shape]
    assert len(set(lengths)) > 2  # shapes differ from hand to hand
    hand = _hand_with(2)
    sizes = [_write(hand, 2, k, size=60).shape for k in range(9)]
    assert np.ptp(np.array(sizes), axis=0).max() <= 16  # and hardly from time to time


def test_the_same_draws_write_the_same() -> None:
    hand = _hand_with(5)
    one, again = (_write(hand, 5, 3, size=40, form=(1.0, 0.1)) for _ in range(2))
    assert np.array_equal(one, again)


def test_strokes_slant_to_the_right() -> None:
    hand = _hand_with(1)
    upright, slanted = (_write(hand, 1, 3, size=60, form=(1.0, slant)) for slant in (0.0, 0.6))
    assert slanted.shape[1] > upright.shape[1] + 15
