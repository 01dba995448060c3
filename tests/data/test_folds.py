"""Folds share nothing, hold every class alike, and are a function of seed and pictures."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.data.folds import deal
from inkdigit.errors import DataError
from tests.training.conftest import strokes_split


@pytest.mark.parametrize("folds", [2, 5, 7])
def test_folds_and_the_classes_in_them_differ_by_one_at_most(folds: int) -> None:
    split = strokes_split(100)
    dealt = deal(split, folds, seed=3)
    sizes = np.bincount(dealt, minlength=folds)
    assert sizes.sum() == 100
    assert np.ptp(sizes) <= 1
    for label in range(3):
        assert np.ptp(np.bincount(dealt[split.labels == label], minlength=folds)) <= 1


def test_seed_and_repeat_decide_and_nothing_else() -> None:
    split = strokes_split()
    first = deal(split, 4, seed=0)
    assert np.array_equal(first, deal(split, 4, seed=0))
    assert not np.array_equal(first, deal(split, 4, seed=1))
    assert not np.array_equal(first, deal(split, 4, seed=0, repeat=1))


def test_doubles_stay_together_whatever_their_labels() -> None:
    split = strokes_split(90)
    images, labels = split.images.copy(), split.labels.copy()
    for group in ((0, 3, 6, 9), (1, 40, 41)):
        images[list(group)] = images[group[0]]
    doubled = replace(split, images=images, labels=labels)
    for seed in range(5):
        dealt = deal(doubled, 5, seed)
        assert len(set(dealt[[0, 3, 6, 9]].tolist())) == 1
        assert len(set(dealt[[1, 40, 41]].tolist())) == 1


def test_a_class_with_too_few_pictures_is_named() -> None:
    split = strokes_split(96)
    few = replace(split, indices=split.indices[: 3 * 4])
    with pytest.raises(DataError, match=r"class 'bar' has 4 distinct .* at least 5.*fewer folds"):
        deal(few, 5, seed=0)
