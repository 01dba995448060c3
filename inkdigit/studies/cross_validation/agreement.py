"""Which pictures the networks of a cross-validation agree on, and which answers flip.

Every network answers every picture: those of its own fold, which it never saw, and the others,
which it learned from. So a picture can be wrong only while it is not learned (it is unlike the
others), or also where it was learned (its label deserves a look).

Source: Feldman and Zhang 2020, *What neural networks memorize and why*, for the comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.studies.cross_validation.fold_answers import Answers, FoldAnswers
from inkdigit.types import Indices, Labels


@dataclass(frozen=True)
class Agreement:
    """Counts for each of N pictures; "unseen" is by a network that did not learn from it."""

    unseen: Answers  # (repeats, N) the answer of each repeat
    unseen_wrong: NDArray[np.int64]  # (N,) in how many repeats
    seen_wrong: NDArray[np.int64]  # (N,) by how many of the networks that learned from it
    networks_that_saw: int  # it: the same number for each picture
    right: NDArray[np.int64]  # (N,) networks of all that answer as the label says
    flips: NDArray[np.bool_]  # (N,) whether any two of all networks differ
    flips_unseen: NDArray[np.bool_]  # (N,) whether two repeats differ

    def hardest(self, most: int) -> Indices:
        """Choose the pictures that most networks get wrong, those that learned from them first."""
        order = np.lexsort((-self.unseen_wrong, -self.seen_wrong))
        wrong = (self.unseen_wrong + self.seen_wrong)[order] > 0
        return order[wrong][:most]


def agree(folds: Sequence[FoldAnswers], labels: Labels, repeats: int) -> Agreement:
    """Compare the answers of all networks.

    Args:
        folds: of all repeats, each repeat's together.
        labels: (N,).
        repeats: how many.
    """
    predicted = np.stack([answers.predicted for answers in folds])  # (networks, N)
    unseen = np.empty((repeats, len(labels)), np.int32)
    for answers in folds:
        unseen[answers.score.repeat - 1, answers.held] = answers.predicted[answers.held]
    unseen_wrong = (unseen != labels).sum(axis=0)
    wrong = (predicted != labels).sum(axis=0)
    return Agreement(
        unseen=unseen,
        unseen_wrong=unseen_wrong,
        seen_wrong=wrong - unseen_wrong,
        networks_that_saw=len(folds) - repeats,
        right=len(folds) - wrong,
        flips=(predicted != predicted[0]).any(axis=0),
        flips_unseen=(unseen != unseen[0]).any(axis=0),
    )
