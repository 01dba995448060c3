"""What a confidence means: a temperature, and thresholds that keep a promised error rate.

Everything is found on digits that the network did not learn from, and travels in the model file.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation import metrics
from inkdigit.types import Labels, Probabilities

PROMISES = (0.01, 0.001, 0.0001)  # error rates among the answers that are given
_PASSES = 0.998  # of true digits, that count as digits
_COLDEST, _HOTTEST = 0.05, 20.0  # temperatures that are looked for
_ROUNDS = 60  # halvings of that range; more than a double resolves


@dataclass(frozen=True)
class Promise:
    """An error rate, and from which confidence on it is kept; or why it cannot be promised."""

    error: float
    threshold: float | None  # None: not promised
    wrong: int = 0  # of the answers at or above the threshold
    accepted: int = 0
    total: int = 0
    upper: float = 1.0  # 95 % bound of the error among them
    reason: str | None = None


@dataclass(frozen=True)
class EvidenceRule:
    """From which evidence on a picture counts as a digit."""

    output: str  # of the graph
    threshold: float
    passed: float  # share of the true digits that do


@dataclass(frozen=True)
class Calibration:
    """How a network's answers become confidences, and which of them are rejected."""

    temperature: float
    source: str  # of the answers that it was found on, such as "validation"
    total: int  # digits
    promises: tuple[Promise, ...]
    evidence: EvidenceRule | None = None

    def promise(self, error: float) -> Promise | None:
        """Find the loosest promise that keeps this error rate; None if there is none."""
        return loosest(self.promises, error)


UNCALIBRATED = Calibration(temperature=1.0, source="nothing", total=0, promises=())


def calibrate(
    logits: NDArray[np.float32],
    labels: Labels,
    *,
    evidence: NDArray[np.float32] | None = None,
    source: str = "validation",
    temperature: float | None = None,
) -> Calibration:
    """Find temperature and thresholds on answers to digits that were not learned from.

    Args:
        logits: (N, classes).
        labels: (N,).
        evidence: (N,), higher for what looks more like a digit; None if the network has none.
        source: what these answers are, for the card.
        temperature: the one to use, if it stands already.

    Source: temperature scaling after Guo et al. 2017; thresholds after Geifman and El-Yaniv 2017.
    """
    if temperature is None:
        temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits / temperature)
    rule = None
    passed = np.ones(len(labels), bool)
    if evidence is not None and len(evidence):
        threshold = float(np.quantile(evidence, 1 - _PASSES))
        passed = evidence >= threshold
        rule = EvidenceRule("evidence", threshold, float(passed.mean()))
    confidence = probabilities.max(axis=1)[passed]
    right = (probabilities.argmax(axis=1) == labels)[passed]
    promises = tuple(promise(error, confidence, right, len(labels)) for error in PROMISES)
    return Calibration(temperature, source, len(labels), promises, rule)


def loosest(promises: tuple[Promise, ...], error: float) -> Promise | None:
    """Find the loosest of the promises that are kept and keep this error rate, if there is one."""
    kept = [each for each in promises if each.threshold is not None]
    return max(
        (each for each in kept if each.error <= error), key=lambda each: each.error, default=None
    )


def softmax(logits: NDArray[np.floating]) -> Probabilities:
    """Turn (N, classes) logits into probabilities."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def fit_temperature(logits: NDArray[np.float32], labels: Labels) -> float:
    """Find the temperature T that makes the loss of softmax(logits / T) least; 1 for no digits.

    The loss is convex in 1/T; its slope is the mean of what the answers expect of the logits,
    less the logit of the truth.
    """
    if not len(labels):
        return 1.0
    exact = logits.astype(np.float64)
    of_truth = exact[np.arange(len(labels)), labels].mean()
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        shares = np.exp(middle * (exact - exact.max(axis=1, keepdims=True)))
        shares /= shares.sum(axis=1, keepdims=True)
        if (shares * exact).sum(axis=1).mean() < of_truth:
            low = middle
        else:
            high = middle
    return 2 / (low + high)


def promise(
    error: float, confidence: NDArray[np.float32], right: NDArray[np.bool_], total: int
) -> Promise:
    """Find the confidence from which on most answers are given and the error rate is kept.

    Args:
        error: the rate to promise.
        confidence: (N,) of the answers that pass every other rule.
        right: (N,) whether they are.
        total: how many answers there were before those rules.

    Returns:
        The promise with its threshold if the 95 % upper bound of the observed error keeps it for
        some threshold, else with the reason why not.
    """
    order = np.argsort(-confidence, kind="stable")
    falling, wrongs = confidence[order], np.cumsum(~right[order])
    # an answer can only be told from the next one where their confidences differ
    ends = np.flatnonzero(np.append(np.diff(falling) < 0, len(order) > 0))
    # of the places with equally many wrong answers the last has the lowest bound
    last = np.append(np.diff(wrongs[ends]) > 0, len(ends) > 0)
    for end in ends[last][::-1].tolist():
        accepted, wrong = end + 1, int(wrongs[end])
        if wrong > error * accepted:
            continue  # not even what was observed keeps it
        upper = metrics.error_bound(wrong, accepted)
        if upper <= error:
            return Promise(error, float(falling[end]), wrong, accepted, total, upper)
    return Promise(error, None, total=total, reason=_why_not(error, len(order)))


def _why_not(error: float, answers: int) -> str:
    needed = metrics.digits_for_bound(error)
    if answers < needed:
        return f"{answers:,} digits are too few: without any mistake it takes {needed:,}"
    return f"no threshold keeps the bound of the error on {answers:,} digits below {error:.2%}"
