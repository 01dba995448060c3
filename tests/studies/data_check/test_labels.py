"""Confident learning finds wrong labels, and agrees with cleanlab's own implementation."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.studies.data_check.labels import (
    CHOSEN,
    ORDERS,
    confident_joint,
    count_for,
    estimated_errors,
    find_doubts,
    thresholds,
)
from inkdigit.types import Labels, Probabilities

ERRORS = 40


@pytest.fixture
def answers() -> tuple[Probabilities, Labels, NDArray[np.bool_]]:
    """2,000 answers of a good, not perfect network, and labels of which forty are wrong."""
    draws = np.random.default_rng(3)
    truth = draws.integers(0, 10, 2000)
    logits = draws.normal(0, 1, (2000, 10))
    logits[np.arange(2000), truth] += draws.normal(6, 1.5, 2000)
    shares = np.exp(logits)
    labels = truth.copy()
    wrong = draws.choice(2000, ERRORS, replace=False)
    labels[wrong] = (truth[wrong] + draws.integers(1, 10, ERRORS)) % 10
    probabilities = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities, labels, labels != truth


def test_a_hand_made_case_is_counted_by_hand() -> None:
    probabilities = np.array(
        [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.25, 0.75], [0.65, 0.35]], np.float32
    )
    labels = np.array([0, 0, 0, 1, 1, 1])
    # class 0: (0.9 + 0.7 + 0.2) / 3, class 1: (0.9 + 0.75 + 0.35) / 3
    assert thresholds(probabilities, labels) == pytest.approx([0.6, 2 / 3])
    assert count_for(probabilities, labels).tolist() == [0, 0, 1, 1, 1, 0]
    assert confident_joint(probabilities, labels).tolist() == [[2, 1], [1, 2]]
    assert estimated_errors(probabilities, labels) == pytest.approx(2)
    doubts = find_doubts(probabilities, labels)
    assert [(doubt.place, doubt.suggested, doubt.sure) for doubt in doubts] == [
        (2, 1, True),
        (5, 0, True),
    ]


def test_planted_errors_come_first(
    answers: tuple[Probabilities, Labels, NDArray[np.bool_]],
) -> None:
    probabilities, labels, wrong = answers
    first = [doubt.place for doubt in find_doubts(probabilities, labels)][:ERRORS]
    assert wrong[first].mean() > 0.9
    assert estimated_errors(probabilities, labels) == pytest.approx(ERRORS, abs=10)


def test_right_labels_of_a_sure_network_are_not_doubted() -> None:
    labels = np.arange(100) % 4
    probabilities = np.full((100, 4), 0.01, np.float32)
    probabilities[np.arange(100), labels] = 0.97
    assert find_doubts(probabilities, labels) == []
    assert estimated_errors(probabilities, labels) == 0


def test_a_class_that_no_picture_has_is_counted_for_by_none() -> None:
    probabilities = np.array([[0.6, 0.0, 0.4], [0.2, 0.1, 0.7]], np.float32)
    assert count_for(probabilities, np.array([0, 2])).tolist() == [0, 2]


def test_pictures_that_reach_no_class_are_not_sure() -> None:
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.45, 0.55]], np.float32)
    (doubt,) = find_doubts(probabilities, np.array([0, 1, 0]))
    assert (doubt.place, doubt.suggested, doubt.sure) == (2, 1, False)


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_puts_planted_errors_before_others(
    name: str, answers: tuple[Probabilities, Labels, NDArray[np.bool_]]
) -> None:
    probabilities, labels, wrong = answers
    order = np.argsort(ORDERS[name](probabilities, labels), kind="stable")
    assert wrong[order[:ERRORS]].mean() > 0.8
    assert CHOSEN in ORDERS


def test_counts_and_thresholds_are_cleanlabs(
    answers: tuple[Probabilities, Labels, NDArray[np.bool_]],
) -> None:
    count = pytest.importorskip("cleanlab.count", reason="cleanlab is not installed")
    probabilities, labels, _ = answers
    theirs = count.get_confident_thresholds(labels, probabilities)
    assert thresholds(probabilities, labels) == pytest.approx(theirs, abs=1e-6)
    joint = count.compute_confident_joint(labels, probabilities, calibrate=False)
    # cleanlab never counts less than one on the diagonal; there is none such here
    assert confident_joint(probabilities, labels).tolist() == joint.tolist()


def test_sure_doubts_are_cleanlabs_confident_learning(
    answers: tuple[Probabilities, Labels, NDArray[np.bool_]],
) -> None:
    find = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    probabilities, labels, _ = answers
    theirs = find.find_label_issues(labels, probabilities, filter_by="confident_learning", n_jobs=1)
    ours = {doubt.place for doubt in find_doubts(probabilities, labels) if doubt.sure}
    assert ours == set(np.flatnonzero(theirs).tolist())


@pytest.mark.parametrize(
    ("ours", "theirs", "adjusted"),
    [
        ("self-confidence", "self_confidence", False),
        ("normalized margin", "normalized_margin", False),
        ("weighted entropy", "confidence_weighted_entropy", False),
        ("adjusted confidence", "self_confidence", True),
        ("adjusted margin", "normalized_margin", True),
    ],
)
def test_scores_are_cleanlabs(
    ours: str,
    theirs: str,
    adjusted: bool,
    answers: tuple[Probabilities, Labels, NDArray[np.bool_]],
) -> None:
    rank = pytest.importorskip("cleanlab.rank", reason="cleanlab is not installed")
    probabilities, labels, _ = answers
    scores = rank.get_label_quality_scores(
        labels, probabilities, method=theirs, adjust_pred_probs=adjusted
    )
    assert ORDERS[ours](probabilities, labels) == pytest.approx(scores, abs=1e-5)
