"""Figures from several seeds."""

import math

import pytest

from inkdigit.studies.poster import overall
from inkdigit.studies.spread import Spread, above, curve


def test_a_difference_counts_only_where_every_seed_lies_beyond_every_other() -> None:
    low, high = Spread((0.1, 0.2)), Spread((0.3, 0.4))
    assert above(high, low)
    assert not above(low, high)
    assert not above(Spread((0.2, 0.9)), low), "a tie is no difference"
    assert not above(high, low, by=0.5)
    assert not above(Spread((0.9,)), low), "one seed shows nothing"


def test_a_blown_up_seed_lies_above_every_number_and_below_none() -> None:
    blown = Spread((math.inf, math.inf))
    assert above(blown, Spread((5.0, 6.0)), by=0.5)
    assert not above(Spread((5.0, 6.0)), blown)
    assert not above(blown, blown)
    assert blown.in_words() == "no number"


def test_words_give_mean_and_deviation_and_no_deviation_of_one_seed() -> None:
    assert Spread((0.5,)).in_words(".0f", percent=True) == "50\u00a0%"
    assert Spread((0.4, 0.6)).in_words(".1f", percent=True) == "50.0\u00a0±\u00a014.1\u00a0%"


def test_a_curve_of_seeds_that_ended_early_goes_on_with_the_others() -> None:
    middle, low, high = curve([[1.0, 4.0], [4.0], [None, 16.0]], logarithmic=True)
    assert middle == pytest.approx([2.0, 8.0])
    assert low == [1.0, 4.0]
    assert high == [4.0, 16.0]


def test_a_place_without_a_number_has_none_in_the_curve() -> None:
    middle, _, _ = curve([[None, -1.0]], logarithmic=True)
    assert all(map(math.isnan, middle))
    assert curve([[None, -1.0]], logarithmic=False)[0][1] == -1.0


def test_circumstances_that_show_nothing_do_not_weaken_a_verdict() -> None:
    assert overall(["holds", "not shown"]) == "holds"
    assert overall(["holds", "does not hold"]) == "holds in part"
    assert overall(["not shown"]) == "not shown"
