from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.recognition.decode import LogProbabilities, align, spellings

SYMBOLS = "12"


def _answers(seed: int, steps: int) -> LogProbabilities:
    rows = np.random.default_rng(seed).dirichlet(np.full(1 + len(SYMBOLS), 0.6), steps)
    return np.log(np.maximum(rows, 1e-9)).astype(np.float32)


def _spelled(path: tuple[int, ...]) -> str:
    return "".join(SYMBOLS[sign - 1] for sign, _ in groupby(path) if sign)


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_a_texts_probability_is_that_of_all_paths_that_spell_it(seed: int, steps: int) -> None:
    answers = _answers(seed, steps)
    sums: dict[str, float] = {}
    for path in product(range(3), repeat=steps):
        probability = float(np.exp(sum(answers[step, sign] for step, sign in enumerate(path))))
        sums[_spelled(path)] = sums.get(_spelled(path), 0) + probability
    found = spellings(answers, SYMBOLS)
    # few texts are possible in so few steps: the beam loses the least probable ones at most
    assert found[0].probability == pytest.approx(max(sums.values()), abs=2e-3)
    for each in found:
        assert each.probability <= sums[each.text] + 1e-6
    assert [each.probability for each in found] == sorted(
        (each.probability for each in found), reverse=True
    )


@given(st.integers(0, 10_000), st.text(SYMBOLS, min_size=0, max_size=4))
@settings(max_examples=60, deadline=None)
def test_an_alignment_takes_steps_in_order_and_spells_the_text(seed: int, text: str) -> None:
    answers = _answers(seed, 9)
    spans = align(answers, SYMBOLS, text)
    assert "".join(span.sign for span in spans) == text
    for one, other in pairwise(spans):
        assert one.start < one.stop <= other.start
        if one.sign == other.sign:
            assert one.stop < other.start  # a blank stands between, or it would be one sign


def test_an_alignment_is_the_most_probable_path() -> None:
    answers = np.full((6, 3), np.log(0.01), np.float32)
    for step, sign in enumerate((0, 1, 1, 0, 2, 0)):
        answers[step, sign] = np.log(0.98)
    first, second = align(answers, SYMBOLS, "12")
    assert (first.start, first.stop, second.start, second.stop) == (1, 3, 4, 5)
