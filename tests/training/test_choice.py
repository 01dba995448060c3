"""How many an epoch may have wrong on validation and still be as good as the best."""

import pytest

from inkdigit.training.choice import most_wrong, rank
from inkdigit.training.loop import Score


def score(wrong: int, total: int = 500, objective: float = 1.0) -> Score:
    return Score(1 - wrong / total, objective, objective, wrong, total)


def test_fewer_wrong_come_first_and_of_equals_the_smaller_loss() -> None:
    scores = [score(3, objective=0.2), score(2, objective=0.9), score(3, objective=0.1)]
    assert sorted(scores, key=rank) == [scores[1], scores[2], scores[0]]


@pytest.mark.parametrize(
    ("wrong", "total", "most"),
    [(3, 500, 4), (25, 5000, 30), (4, 10, 5), (0, 1000, 0), (10, 10, 10), (1, 1, 1)],
)
def test_one_standard_error_more_is_as_good(wrong: int, total: int, most: int) -> None:
    """The deviation of a binomial share: √(n · p · (1 − p))."""
    assert int(most_wrong(score(wrong, total))) == most


def test_the_share_that_is_allowed_shrinks_with_more_pictures() -> None:
    allowed = [most_wrong(score(n // 100, n)) / n for n in (100, 1_000, 10_000, 100_000)]
    assert allowed == sorted(allowed, reverse=True)
    assert allowed[-1] == pytest.approx(0.01, rel=0.05)
