"""Where a picture stands is decided by its content, and by nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.config import DataConfig
from inkdigit.data.split import (
    SIDES,
    Division,
    Pool,
    count_classes,
    divide,
    require_every_class,
    without_doubles,
)
from inkdigit.errors import DataError
from inkdigit.types import Images, Labels, Split, SplitName

CONFIG = DataConfig()


def splits(division: Division) -> tuple[Split, Split, Split]:
    return division.train, division.validation, division.test


def contents(split: Split) -> list[bytes]:
    return [picture.tobytes() for picture in split.read()[0]]


def pool_of(
    images: Images, labels: Labels, parts: dict[SplitName, range] | None = None, classes: int = 10
) -> Pool:
    names = tuple(str(label) for label in range(classes))
    return Pool(images, labels, names, parts or {"train": range(len(images))})


def pictures(values: list[int]) -> Images:
    """Draw tiny pictures, identical where the values are."""
    return np.array(values, np.uint32).view(np.uint8).reshape(-1, 2, 2, 1)


def test_the_default_division_of_mnist_5k_is_exact(digits: tuple[Images, Labels]) -> None:
    division = divide(pool_of(*digits), CONFIG)
    assert [len(split) for split in splits(division)] == [3500, 500, 1000]
    assert [set(count_classes(split)) for split in splits(division)] == [{350}, {50}, {100}]
    assert division.left_out == 0


def test_every_picture_stands_on_exactly_one_side(digits: tuple[Images, Labels]) -> None:
    together = np.concatenate([each.indices for each in splits(divide(pool_of(*digits), CONFIG))])
    assert sorted(together) == list(range(5000))


def test_the_order_of_the_files_does_not_matter(digits: tuple[Images, Labels]) -> None:
    images, labels = digits
    shuffled = np.random.default_rng(1).permutation(len(images))
    one = divide(pool_of(images, labels), CONFIG)
    other = divide(pool_of(images[shuffled], labels[shuffled]), CONFIG)
    for left, right in zip(splits(one), splits(other), strict=True):
        assert left.sha256 == right.sha256
        assert (left.indices == shuffled[right.indices]).all()


def test_the_order_of_the_class_names_does_not_matter(digits: tuple[Images, Labels]) -> None:
    images, labels = digits
    one = divide(pool_of(images, labels), CONFIG)
    names = tuple(reversed("0123456789"))
    other = divide(Pool(images, 9 - labels, names, {"train": range(5000)}), CONFIG)
    assert [each.sha256 for each in splits(one)] == [each.sha256 for each in splits(other)]


def test_another_seed_draws_another_division(digits: tuple[Images, Labels]) -> None:
    one = divide(pool_of(*digits), CONFIG)
    other = divide(pool_of(*digits), DataConfig(split_seed=1))
    assert len(other.test) == 1000
    common = set(one.test.indices) & set(other.test.indices)
    assert 150 < len(common) < 250  # a fifth, by chance


def test_another_label_is_another_split(digits: tuple[Images, Labels]) -> None:
    images, labels = digits
    one = divide(pool_of(images, labels), CONFIG)
    changed = labels.copy()
    changed[one.train.indices[0]] = (changed[one.train.indices[0]] + 1) % 10
    assert divide(pool_of(images, changed), CONFIG).train.sha256 != one.train.sha256


PICTURE = st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 2))  # part, look, class


@given(
    drawn=st.lists(PICTURE, min_size=1, max_size=80),
    brings=st.sets(st.sampled_from(["validation", "test"])),
    seed=st.integers(0, 5),
)
def test_identical_pictures_never_stand_on_two_sides(
    drawn: list[tuple[int, int, int]], brings: set[SplitName], seed: int
) -> None:
    names = tuple(name for name in SIDES if name == "train" or name in brings)
    kept = sorted(picture for picture in drawn if picture[0] < len(names))
    ends = np.cumsum([0, *(sum(part == n for part, _, _ in kept) for n in range(len(names)))])
    parts = {name: range(ends[n], ends[n + 1]) for n, name in enumerate(names)}
    images = pictures([look for _, look, _ in kept])
    labels = np.array([label for _, _, label in kept], np.int64)
    division = divide(pool_of(images, labels, parts, classes=3), DataConfig(split_seed=seed))
    train, validation, test = map(set, map(contents, splits(division)))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert sum(map(len, splits(division))) + division.left_out == len(kept)
    if "test" in brings:
        assert sorted(division.test.indices) == list(parts["test"])


def test_doubles_of_the_own_test_part_are_left_out_and_counted() -> None:
    images = pictures([*range(20), 3, 3, 100, 101])
    parts: dict[SplitName, range] = {"train": range(22), "test": range(22, 24)}
    images[22] = images[3]
    division = divide(pool_of(images, np.zeros(24, np.int64), parts, classes=1), CONFIG)
    assert division.left_out == 3
    assert len(division.train) + len(division.validation) == 19
    assert sorted(division.test.indices) == [22, 23]


def test_the_own_validation_part_is_kept() -> None:
    images = pictures([*range(24)])
    parts: dict[SplitName, range] = {"train": range(20), "validation": range(20, 24)}
    division = divide(pool_of(images, np.zeros(24, np.int64), parts, classes=1), CONFIG)
    assert sorted(division.validation.indices) == [20, 21, 22, 23]
    assert (len(division.train), len(division.test)) == (16, 4)


def test_three_pictures_of_a_class_are_enough() -> None:
    division = divide(pool_of(pictures([*range(6)]), np.array([0, 1] * 3), classes=2), CONFIG)
    require_every_class(division)
    assert [len(split) for split in splits(division)] == [2, 2, 2]


def test_one_class_is_nothing_to_tell_apart() -> None:
    division = divide(pool_of(pictures([*range(9)]), np.zeros(9, np.int64), classes=1), CONFIG)
    with pytest.raises(DataError, match="one class, '0', expected at least two"):
        require_every_class(division)


@pytest.mark.parametrize("values", [[5, 6], [5, 5, 5, 5]])
def test_a_class_that_cannot_be_divided_is_named_with_its_count(values: list[int]) -> None:
    images = pictures([*range(100, 110), *values])
    labels = np.array([0] * 10 + [1] * len(values))
    with pytest.raises(DataError, match=rf"class '1' has {len(values)} pictures and none"):
        require_every_class(divide(pool_of(images, labels, classes=2), CONFIG))


def test_pictures_of_another_source_are_left_out_wherever_they_lie() -> None:
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (60, 20, 20, 1)).astype(np.uint8)
    division = divide(pool_of(images, np.arange(60) % 2, classes=2), CONFIG)
    shared = images[division.train.indices[[3, 8]]]
    others = np.concatenate((shared, 255 - images[:5]))
    other = Split("test", ("b", "x"), others, np.zeros(7, np.int64), np.arange(7), sha256="")
    left = without_doubles(division.train, other)
    assert len(left) == len(division.train) - 2
    assert not {picture.tobytes() for picture in shared} & set(contents(left))
    assert left.sha256 != division.train.sha256
    unrelated = Split("test", ("x",), others[2:], np.zeros(5, np.int64), np.arange(5), sha256="")
    assert without_doubles(division.train, unrelated).sha256 == division.train.sha256


def test_a_split_is_mixed_from_its_first_picture_to_its_last(
    digits: tuple[Images, Labels],
) -> None:
    train = divide(pool_of(*digits), CONFIG).train
    for part in (train.indices[:350], train.indices[-350:]):
        counts = np.bincount(train.labels[part], minlength=10)
        assert counts.min() > 15
        assert counts.max() < 60
