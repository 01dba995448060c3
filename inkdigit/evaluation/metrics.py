"""What is counted about answers: accuracy and its interval, loss, confusion, and a paired test.

Plain functions of arrays and counts; nothing here opens a split, a model or a file.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.types import Labels, Probabilities

Z_95 = 1.959963984540054  # the standard normal's 97.5 % point
_TAIL = 0.05  # what a one-sided 95 % bound leaves out
_HALVINGS = 60  # of an interval of rates: more than a double resolves
_SMALLEST_PROBABILITY = 1e-12  # float32 answers reach 0; the loss must stay finite


@dataclass(frozen=True)
class ClassScore:
    """How one class fared; a ratio without anything to divide by is None."""

    name: str
    precision: float | None  # of the pictures given this name, how many bear it
    recall: float | None  # of the pictures that bear this name, how many were given it
    f1: float | None  # harmonic mean of the two
    support: int  # pictures that bear this name


def accuracy(predicted: Labels, truth: Labels) -> float:
    """Give the share of right answers, in [0, 1]; there must be at least one answer."""
    return float((predicted == truth).mean())


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Bound the accuracy that `right` of `total` answers stand for, with 95 % confidence.

    Args:
        right: right answers, 0 to `total`.
        total: all answers, at least 1.

    Returns:
        (low, high) in [0, 1]; honest near 0 and 1, where the normal interval is not.

    Source: Wilson 1927, *Probable inference, the law of succession, and statistical inference*.
    """
    share = right / total
    spread = Z_95**2 / total
    centre = share + spread / 2
    half_width = math.sqrt(Z_95**2 * share * (1 - share) / total + spread**2 / 4)
    low = (centre - half_width) / (1 + spread)
    high = (centre + half_width) / (1 + spread)
    return (0.0 if right == 0 else low), (1.0 if right == total else high)


def error_bound(wrong: int, total: int) -> float:
    """Bound from above, with 95 % confidence, the error rate that `wrong` of `total` stand for.

    Args:
        wrong: 0 to `total`.
        total: at least 1.

    Returns:
        The rate at which so few wrong answers, or fewer, would have come with 5 % probability.

    Source: Clopper and Pearson 1934, the one-sided interval.
    """
    if wrong >= total:
        return 1.0
    low, high = wrong / total, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, total, middle) > _TAIL else (low, middle)
    return high


def digits_for_bound(error: float) -> int:
    """Say how many answers, all right, bound the error rate below `error` with 95 % confidence."""
    return math.ceil(math.log(_TAIL) / math.log1p(-error))


def _at_most(wrong: int, total: int, rate: float) -> float:
    """Give the probability of at most `wrong` errors in `total` answers at this error rate."""
    log_odds = math.log(rate) - math.log1p(-rate)
    term, terms = total * math.log1p(-rate), []
    for k in range(wrong + 1):
        terms.append(term)
        term += math.log((total - k) / (k + 1)) + log_odds if k < total else 0.0
    return math.fsum(map(math.exp, terms))


def calibration_error(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Average how far confidence and accuracy lie apart, over bins of equal width.

    Args:
        confidence: (N,) in [0, 1].
        right: (N,) whether the answer was.
        bins: how many.

    Returns:
        The expected calibration error, in [0, 1].

    Source: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017 with 15 bins.
    """
    places = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    surplus = np.bincount(places, confidence - right.astype(np.float64), minlength=bins)
    return float(np.abs(surplus).sum() / len(confidence))


def area_under_roc(inside: NDArray[np.floating], outside: NDArray[np.floating]) -> float:
    """Give the probability that a score of `inside` is above one of `outside`; ties count half.

    Source: Mann and Whitney 1947; the area under the receiver operating characteristic.
    """
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, side="left")
    not_above = np.searchsorted(ordered, outside, side="right")
    higher = len(ordered) - (below + not_above) / 2
    return float(higher.mean() / len(ordered))


def cross_entropy(probabilities: Probabilities, truth: Labels, *, smoothing: float = 0) -> float:
    """Average −ln of the probability given to the truth, in nats.

    Probabilities below 1e-12 count as 1e-12, so the loss is at most 27.6 and always finite.

    Args:
        probabilities: (N, classes).
        truth: (N,).
        smoothing: the share of the truth that is spread evenly over all classes, as in training
            with smoothed labels (Szegedy et al. 2016).
    """
    losses = -np.log(np.clip(probabilities.astype(np.float64), _SMALLEST_PROBABILITY, 1.0))
    of_truth = losses[np.arange(len(truth)), truth].mean()
    return float((1 - smoothing) * of_truth + smoothing * losses.mean())


def confusion_matrix(predicted: Labels, truth: Labels, classes: int) -> NDArray[np.int64]:
    """Count answers: (classes, classes), a row for each truth, a column for each answer."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes**2)
    return pairs.reshape(classes, classes).astype(np.int64)


def class_scores(
    confusion: NDArray[np.int64], class_names: tuple[str, ...]
) -> tuple[ClassScore, ...]:
    """Give precision, recall, F1 and support of every class, from rows of truth."""
    right = confusion.diagonal()
    answered, present = confusion.sum(axis=0), confusion.sum(axis=1)
    return tuple(
        ClassScore(
            name=name,
            precision=_ratio(right[k], answered[k]),
            recall=_ratio(right[k], present[k]),
            f1=_ratio(2 * right[k], answered[k] + present[k]),
            support=int(present[k]),
        )
        for k, name in enumerate(class_names)
    )


def mcnemar(only_a_wrong: int, only_b_wrong: int) -> float:
    """Test whether two recognizers that answered the same pictures err equally often.

    The exact, two-sided form: under equality each picture that just one of them got wrong is
    a fair coin. Pictures that both got right, or both wrong, say nothing about the difference.

    Args:
        only_a_wrong: pictures that a got wrong and b right.
        only_b_wrong: pictures that b got wrong and a right.

    Returns:
        p in (0, 1], or 0 where it is too small for a float; 1 if the two never disagreed.

    Source: McNemar 1947; the exact form is the sign test.
    """
    fewer, coins = min(only_a_wrong, only_b_wrong), only_a_wrong + only_b_wrong
    # the largest term through logarithms, the rest relative to it: no count overflows
    largest = math.exp(
        math.lgamma(coins + 1)
        - math.lgamma(fewer + 1)
        - math.lgamma(coins - fewer + 1)
        - coins * math.log(2)
    )
    term, relative = 1.0, 0.0
    for heads in range(fewer, -1, -1):
        relative += term
        term *= heads / (coins - heads + 1)
        if term < relative * 1e-17:  # below a double's resolution, and falling
            break
    return min(1.0, 2 * largest * relative)


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
