"""Signs and letters that stand beside numbers, drawn stroke by stroke."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data.handwriting.signs import draw_letters, draw_sign, draw_word
from inkdigit.data.handwriting.strokes import Nib, Shape, draw_strokes

SEEDS = st.integers(0, 2**32 - 1)


def _ends(shape: Shape) -> tuple[float, float, float]:
    """Give the left, right and lower end of a shape."""
    points = np.concatenate([piece for stroke in shape for piece in stroke])
    return float(points[:, 0].min()), float(points[:, 0].max()), float(points[:, 1].max())


@given(SEEDS)
def test_signs_and_words_are_whole_in_their_pictures(seed: int) -> None:
    draws = np.random.default_rng(seed)
    for shape in (draw_sign(draws), draw_word(draws)):
        ink = draw_strokes(draws, shape, Nib(0.1, 0.2), size=40, form=(1.2, 0.4))
        assert ink.max() == 1
        assert max(ink[0].max(), ink[-1].max(), ink[:, 0].max(), ink[:, -1].max()) < 0.5


@given(SEEDS)
def test_every_piece_begins_where_the_last_one_ended(seed: int) -> None:
    draws = np.random.default_rng(seed)
    for shape in (draw_sign(draws), draw_word(draws)):
        for stroke in shape:
            assert all(np.array_equal(one[-1], other[0]) for one, other in pairwise(stroke))


@given(SEEDS)
def test_words_stand_on_the_line_or_hang_a_little_below_it(seed: int) -> None:
    points = np.concatenate(
        [p for stroke in draw_word(np.random.default_rng(seed)) for p in stroke]
    )
    assert 80 < points[:, 1].max() < 155
    assert points[:, 0].min() > -25


def test_the_letters_of_a_word_stand_side_by_side() -> None:
    draws = np.random.default_rng(0)
    widths = [
        max(float(piece[:, 0].max()) for stroke in draw_word(draws) for piece in stroke)
        for _ in range(200)
    ]
    assert min(widths) < 80  # one letter
    assert max(widths) > 220  # six


def test_many_signs_are_drawn_and_none_twice_alike() -> None:
    draws = np.random.default_rng(2)
    shapes = [draw_sign(draws) for _ in range(400)]
    forms = {tuple(len(piece) for stroke in shape for piece in stroke) for shape in shapes}
    assert len(forms) > 10
    corners = {tuple(shape[0][0][0].tolist()) for shape in shapes}
    assert len(corners) == len(shapes)


def test_letters_are_words_or_of_the_alphabet() -> None:
    draws = np.random.default_rng(1)
    drawn = [draw_letters(draws, "q") for _ in range(300)]
    assert {"kg", "Total"} <= set(drawn)
    own = [text for text in drawn if set(text) == {"q"}]
    assert 50 < len(own) < 140
    assert max(map(len, own)) == 6
