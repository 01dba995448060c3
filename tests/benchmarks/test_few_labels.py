"""Subsets have as many digits of every class, and a seed that decides them."""

import numpy as np

from benchmarks.few_labels import subset
from inkdigit.config import DataConfig
from inkdigit.data.source import open_source


def test_a_subset_is_balanced_and_drawn_by_its_seed() -> None:
    train = open_source(DataConfig(source="mnist-5k")).train
    first, again, other = (subset(train, 100, seed) for seed in (3, 3, 4))
    assert np.bincount(train.labels[first.indices]).tolist() == [10] * 10
    assert np.array_equal(first.indices, again.indices)
    assert not np.array_equal(np.sort(first.indices), np.sort(other.indices))
    assert set(first.indices) <= set(train.indices)
