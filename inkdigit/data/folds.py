"""Folds: all but the test part, dealt into shares of equal size with the classes alike in each.

Identical pictures go into one fold, so that no network is asked about a picture it learned from.
"""

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.source import Source
from inkdigit.data.split import Pool, joined
from inkdigit.errors import DataError
from inkdigit.types import Split


def all_but_test(source: Source) -> Split:
    """Join training and validation; the test part stays closed."""
    return joined(source.train, source.validation)


def deal(pictures: Split, folds: int, seed: int, repeat: int = 0) -> NDArray[np.int64]:
    """Deal pictures into folds, class by class.

    Args:
        pictures: what is dealt.
        folds: how many, at least 2.
        seed: with `repeat` it alone decides, given the pictures in their order.
        repeat: counted from 0; each deals anew.

    Returns:
        (N,) the fold of every picture, from 0; sizes differ by one at most, but for identical
        pictures, which stay together.

    Raises:
        DataError: a class has fewer distinct pictures than there are folds.
    """
    labels = pictures.labels[pictures.indices]
    pool = Pool(pictures.images, pictures.labels, pictures.class_names, {})
    digests = pool.digests[pictures.indices]
    _, first, groups = np.unique(digests, return_index=True, return_inverse=True)
    class_of_group = labels[first]  # of doubles with two labels, the first decides
    draws = np.random.default_rng(seed_for(seed, Purpose.FOLDS, repeat))
    fold_of_group = np.empty(len(first), np.int64)
    dealt = 0
    for label, name in enumerate(pictures.class_names):
        mine = draws.permutation(np.flatnonzero(class_of_group == label))
        if len(mine) < folds:
            raise DataError(
                f"class {name!r} has {len(mine)} distinct pictures outside the test part, "
                f"expected at least {folds}, one for each fold. Use fewer folds, or add pictures."
            )
        fold_of_group[mine] = (dealt + np.arange(len(mine))) % folds
        dealt += len(mine)
    return fold_of_group[groups]
