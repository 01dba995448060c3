"""Confident learning: which labels are probably wrong, by answers of networks that never saw them.

Nothing here trains; it takes probabilities out of fold. A picture counts for a class if that
class's probability reaches what the class's own pictures get in the mean; counted for another
class than its label's, its label is doubtful.

Source: Northcutt, Jiang and Chuang 2021, *Confident learning: estimating uncertainty in dataset
labels*, JAIR 70.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.types import Indices, Labels, Probabilities

Scores = NDArray[np.float64]  # (N,), the lower, the more doubtful
_ROUNDING = 1e-6  # float32 probabilities that should equal their mean miss it by less
_TINY = 1e-12


@dataclass(frozen=True)
class Doubt:
    """A label that is probably wrong."""

    place: int  # in the answers
    suggested: int  # the class that the networks take it for
    probability: float  # of that class
    given: float  # probability of the label's class
    sure: bool  # it counts for `suggested`; else it only looks more like it than like its label


def find_doubts(probabilities: Probabilities, labels: Labels) -> list[Doubt]:
    """Find the labels that another class contradicts, the most doubtful first.

    Args:
        probabilities: (N, classes) by networks that did not learn from these pictures.
        labels: (N,) as given.
    """
    counted = count_for(probabilities, labels)
    best = probabilities.argmax(axis=1)
    doubtful = (best != labels) | ((counted >= 0) & (counted != labels))
    order = np.argsort(ORDERS[CHOSEN](probabilities, labels), kind="stable")
    return [
        Doubt(
            place=place,
            suggested=suggested,
            probability=float(probabilities[place, suggested]),
            given=float(probabilities[place, labels[place]]),
            sure=bool(counted[place] == suggested),
        )
        for place in order[doubtful[order]].tolist()
        for suggested in [int(best[place] if best[place] != labels[place] else counted[place])]
    ]


def thresholds(probabilities: Probabilities, labels: Labels) -> NDArray[np.float64]:
    """Give (classes,) the mean probability of each class among its own pictures; 1 without any."""
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    totals = np.bincount(labels, own, classes)
    counts = np.bincount(labels, minlength=classes)
    return np.where(counts > 0, totals / np.maximum(counts, 1), 1.0)


def count_for(probabilities: Probabilities, labels: Labels) -> Indices:
    """Give (N,) the class that each picture counts for: the likeliest at or above its threshold.

    Returns:
        -1 where no class reaches its threshold.
    """
    reached = probabilities >= thresholds(probabilities, labels) - _ROUNDING
    best = np.where(reached, probabilities, -1).argmax(axis=1)
    return np.where(reached.any(axis=1), best, -1)


def confident_joint(probabilities: Probabilities, labels: Labels) -> NDArray[np.int64]:
    """Count pictures by their label (row) and the class that they count for (column)."""
    counted = count_for(probabilities, labels)
    joint = np.zeros((probabilities.shape[1],) * 2, np.int64)
    np.add.at(joint, (labels[counted >= 0], counted[counted >= 0]), 1)
    return joint


def estimated_errors(probabilities: Probabilities, labels: Labels) -> float:
    """Estimate how many labels are wrong: the joint's share off its diagonal, row by row."""
    joint = confident_joint(probabilities, labels).astype(np.float64)
    counts = np.bincount(labels, minlength=len(joint))
    rows = joint.sum(axis=1)
    share = 1 - np.divide(np.diag(joint), rows, out=np.ones_like(rows), where=rows > 0)
    return float(share @ counts)


def self_confidence(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score a label by its own probability."""
    return probabilities[np.arange(len(labels)), labels].astype(np.float64)


def normalized_margin(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score a label by how far its probability lies above the best other one, from 0 to 1."""
    others = probabilities.astype(np.float64)
    others[np.arange(len(labels)), labels] = -1
    margin: Scores = self_confidence(probabilities, labels) - others.max(axis=1)
    return (margin + 1) / 2


def weighted_entropy(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score a label by the answer's entropy over the label's probability, turned around."""
    shares = np.maximum(probabilities.astype(np.float64), _TINY)
    entropy = -(shares * np.log(shares)).sum(axis=1) / np.log(shares.shape[1])
    ratio = entropy / np.maximum(self_confidence(probabilities, labels), _TINY)
    ratio = np.maximum(ratio, _TINY)
    score: Scores = np.log1p(ratio) / ratio
    return score


def adjusted_confidence(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score a label by its own probability, after each class's mean is taken off."""
    return self_confidence(_adjusted(probabilities, labels), labels)


def adjusted_margin(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score a label by its margin, after each class's mean is taken off."""
    return normalized_margin(_adjusted(probabilities, labels), labels)


def contradiction(probabilities: Probabilities, labels: Labels) -> Scores:
    """Score by the best class's probability where that is another one; all other labels are 0."""
    contradicted = probabilities.argmax(axis=1) != labels
    return -np.where(contradicted, probabilities.max(axis=1), 0).astype(np.float64)


def _adjusted(probabilities: Probabilities, labels: Labels) -> Probabilities:
    means = thresholds(probabilities, labels)
    shifted = probabilities - means + means.max()
    adjusted: Probabilities = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
    return adjusted


ORDERS: Mapping[str, Callable[[Probabilities, Labels], Scores]] = {
    "self-confidence": self_confidence,
    "normalized margin": normalized_margin,
    "weighted entropy": weighted_entropy,
    "adjusted confidence": adjusted_confidence,
    "adjusted margin": adjusted_margin,
    "contradiction": contradiction,
}
CHOSEN = "self-confidence"  # as good as any on planted errors, and the simplest: RESULTS.md
