from math import comb, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.evaluation.metrics import (
    ClassScore,
    accuracy,
    class_scores,
    confusion_matrix,
    cross_entropy,
    mcnemar,
    wilson_interval,
)

counts = st.integers(0, 2000)
answers = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=200)


def test_the_wilson_interval_is_the_published_one() -> None:
    # Newcombe 1998, table I, method 3
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(counts, counts)
def test_the_wilson_interval_holds_the_accuracy_and_stays_a_share(right: int, wrong: int) -> None:
    total = right + wrong + 1
    low, high = wilson_interval(right, total)
    assert 0 <= low <= right / total <= high <= 1
    assert wilson_interval(total - right, total) == pytest.approx((1 - high, 1 - low))


def test_the_wilson_interval_narrows_with_more_pictures() -> None:
    widths = [high - low for low, high in (wilson_interval(99 * n, 100 * n) for n in (1, 10, 100))]
    assert widths == sorted(widths, reverse=True)


def test_the_loss_is_the_mean_of_minus_ln() -> None:
    probabilities = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    expected = (log(2) + log(4)) / 2
    assert cross_entropy(probabilities, np.array([0, 0])) == pytest.approx(expected)


def test_the_loss_stays_finite_where_the_truth_was_given_no_chance() -> None:
    probabilities = np.array([[1.0, 0.0]], np.float32)
    assert cross_entropy(probabilities, np.array([1])) == pytest.approx(-log(1e-12))
    assert cross_entropy(probabilities, np.array([0])) == 0


@given(answers)
def test_the_confusion_matrix_counts_every_answer_once(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    confusion = confusion_matrix(predicted, truth, 5)
    assert confusion.sum() == len(pairs)
    assert confusion.trace() / len(pairs) == pytest.approx(accuracy(predicted, truth))
    assert confusion.sum(axis=1).tolist() == np.bincount(truth, minlength=5).tolist()


def test_rows_of_the_confusion_matrix_are_truth() -> None:
    assert confusion_matrix(np.array([1]), np.array([0]), 2).tolist() == [[0, 1], [0, 0]]


def test_precision_recall_and_f1_follow_their_definitions() -> None:
    seven, one = class_scores(np.array([[6, 2], [1, 1]]), ("7", "1"))
    assert (seven.precision, seven.recall, seven.f1) == pytest.approx((6 / 7, 0.75, 0.8))
    assert (one.precision, one.recall, one.f1) == pytest.approx((1 / 3, 0.5, 0.4))
    assert (seven.name, seven.support, one.name, one.support) == ("7", 8, "1", 2)


def test_a_ratio_without_anything_to_divide_by_is_none() -> None:
    absent = class_scores(np.array([[3, 0], [0, 0]]), ("a", "b"))[1]
    assert absent == ClassScore("b", None, None, None, 0)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_two_sided_sign_test(a: int, b: int) -> None:
    coins = a + b
    tail = sum(comb(coins, k) for k in range(min(a, b) + 1)) / 2**coins
    assert mcnemar(a, b) == pytest.approx(min(1.0, 2 * tail), rel=1e-9)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_mcnemar_is_symmetric_and_a_probability_however_large_the_counts(a: int, b: int) -> None:
    assert 0 <= mcnemar(a, b) <= 1
    assert mcnemar(a, b) == mcnemar(b, a)
    assert mcnemar(a, a) == 1


def test_mcnemar_agrees_with_the_normal_limit_for_large_counts() -> None:
    # two-sided p of 1.96 standard deviations, with continuity correction
    assert mcnemar(500_000 - 980, 500_000 + 980) == pytest.approx(0.05, abs=2e-4)


def test_smoothed_cross_entropy_is_the_loss_that_torch_minimises() -> None:
    import torch
    from torch.nn.functional import cross_entropy as torch_loss

    logits = torch.randn(20, 5, generator=torch.Generator().manual_seed(0))
    truth = torch.arange(20) % 5
    for smoothing in (0.0, 0.1, 0.5):
        expected = float(torch_loss(logits, truth, label_smoothing=smoothing))
        found = cross_entropy(logits.softmax(1).numpy(), truth.numpy(), smoothing=smoothing)
        assert found == pytest.approx(expected, rel=1e-5)
