"""A confidence means what it says, and a promise is given only where it can be kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkdigit.evaluation.metrics import calibration_error, cross_entropy, error_bound
from inkdigit.recognition.calibrate import PROMISES, calibrate, fit_temperature, promise, softmax
from inkdigit.types import Labels


def drawn(
    count: int, *, sharpness: float = 1.0, seed: int = 0
) -> tuple[NDArray[np.float32], Labels]:
    """Draw logits, and labels by the very probabilities that softmax(logits / sharpness) gives."""
    draws = np.random.default_rng(seed)
    true = draws.normal(0, 4, (count, 4))
    shares = softmax(true).astype(np.float64).cumsum(axis=1)
    labels = (draws.random((count, 1)) > shares).sum(axis=1).clip(0, 3)
    return (true * sharpness).astype(np.float32), labels


@pytest.mark.parametrize("sharpness", [0.25, 1.0, 4.0])
def test_the_temperature_undoes_what_made_the_logits_too_sharp(sharpness: float) -> None:
    logits, labels = drawn(20_000, sharpness=sharpness)
    temperature = fit_temperature(logits, labels)
    assert temperature == pytest.approx(sharpness, rel=0.05)
    probabilities = softmax(logits / temperature)
    right = probabilities.argmax(axis=1) == labels
    assert calibration_error(probabilities.max(axis=1), right) < 0.01


@given(seed=st.integers(0, 50), factor=st.floats(0.5, 2))
def test_no_other_temperature_has_a_smaller_loss(seed: int, factor: float) -> None:
    logits, labels = drawn(300, sharpness=2.0, seed=seed)
    best = fit_temperature(logits, labels)
    found = cross_entropy(softmax(logits / best), labels)
    assert found <= cross_entropy(softmax(logits / (best * factor)), labels) + 1e-6


def test_digits_that_are_all_right_and_none_at_all_give_a_finite_temperature() -> None:
    sure = np.eye(3, dtype=np.float32) * 9
    assert 0 < fit_temperature(sure, np.arange(3)) < 1
    assert fit_temperature(np.empty((0, 3), np.float32), np.empty(0, np.int64)) == 1.0


def answers(count: int, wrong: list[int]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Give falling confidences, wrong at some ranks."""
    right = np.ones(count, bool)
    right[wrong] = False
    return np.linspace(1, 0.5, count, dtype=np.float32), right


def test_a_promise_gives_as_many_answers_as_its_bound_allows() -> None:
    confidence, right = answers(10_000, [9_000, 9_500, 9_600, 9_700, 9_900])
    kept = promise(0.001, confidence, right, 10_000)
    assert kept.threshold == confidence[9_899]
    assert (kept.wrong, kept.accepted) == (4, 9_900)
    assert kept.upper == error_bound(4, 9_900) < 0.001 < error_bound(5, 10_000)


def test_a_promise_that_too_few_digits_cannot_support_is_refused_with_the_reason() -> None:
    confidence, right = answers(2_994, [])
    refused = promise(0.001, confidence, right, 2_994)
    assert refused.threshold is None
    assert refused.reason == "2,994 digits are too few: without any mistake it takes 2,995"
    confidence, right = answers(2_995, [])
    assert promise(0.001, confidence, right, 2_995).threshold == np.float32(0.5)


def test_a_promise_that_mistakes_forbid_is_refused_with_the_reason() -> None:
    confidence, right = answers(5_000, [0, 1, 2, 3, 4, 5])
    refused = promise(0.001, confidence, right, 5_000)
    assert refused.reason == "no threshold keeps the bound of the error on 5,000 digits below 0.10%"


def test_answers_of_one_confidence_are_taken_or_left_together() -> None:
    confidence = np.array([0.9] * 400 + [0.8] * 400, np.float32)
    right = np.ones(800, bool)
    right[400:420] = False
    kept = promise(0.01, confidence, right, 800)
    assert kept.threshold == np.float32(0.9)
    assert (kept.accepted, kept.wrong) == (400, 0)


@given(seed=st.integers(0, 30))
def test_what_is_promised_holds_on_the_digits_that_it_was_found_on(seed: int) -> None:
    logits, labels = drawn(4_000, seed=seed)
    calibration = calibrate(logits * 2, labels)
    assert [each.error for each in calibration.promises] == list(PROMISES)
    probabilities = softmax(logits * 2 / calibration.temperature)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    for each in calibration.promises:
        if each.threshold is None:
            assert each.reason
        else:
            taken = confidence >= each.threshold
            assert int(taken.sum()) == each.accepted
            assert int((~right[taken]).sum()) == each.wrong
            assert error_bound(each.wrong, each.accepted) <= each.error


def test_evidence_lets_nearly_all_digits_pass() -> None:
    logits, labels = drawn(5_000)
    evidence = np.random.default_rng(1).normal(3, 1, 5_000).astype(np.float32)
    calibration = calibrate(logits, labels, evidence=evidence)
    assert calibration.evidence is not None
    assert (evidence >= calibration.evidence.threshold).mean() == calibration.evidence.passed
    assert calibration.evidence.passed == pytest.approx(0.998, abs=0.0005)


def test_the_loosest_promise_that_is_strict_enough_is_used() -> None:
    calibration = calibrate(np.eye(3, dtype=np.float32)[[0] * 500], np.zeros(500, np.int64))
    assert calibration.promise(0.05) == calibration.promise(0.01)
    assert calibration.promise(0.001) is None
