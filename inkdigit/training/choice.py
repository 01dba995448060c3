"""Which epoch of a run is its best: the last one that validation cannot tell from its best."""

import math

from inkdigit.training.loop import Score


def rank(validation: Score) -> tuple[int, float]:
    """Order epochs: fewest wrong first, and of equals the smallest loss as it was minimised.

    The plain loss would prefer half-trained epochs where labels are smoothed: it rises while a
    network learns not to be sure. That cost 0.1 points on 500 validation digits (LOG.md).
    """
    return validation.wrong, validation.objective


def most_wrong(fewest: Score) -> float:
    """Tell how many an epoch may have wrong and be as good: one standard error more.

    With few validation pictures the epoch with the fewest wrong owes much of that to chance, and
    may be one that has learned half; training goes on to better ones (LOG.md). The rule of one
    standard error is that of Breiman et al. 1984, section 3.4.3; here it speaks for the later one.

    Args:
        fewest: of the epoch with the fewest wrong. None wrong is taken for a share that is small
            but not nought, as Laplace's rule of succession has it.
    """
    share = (fewest.wrong + 1) / (fewest.total + 2)
    return fewest.wrong + math.sqrt(fewest.total * share * (1 - share))
