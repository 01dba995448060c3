"""Train, validation and test: which picture stands where, decided by content alone.

Neither the order of files nor their format matters: every picture has a digest, and a hash of
(split seed, digest, class name) orders it. Identical pictures move together and never stand on
two sides. Where the source brings its own test or validation part, that part is kept.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inkdigit.config import DataConfig
from inkdigit.errors import DataError
from inkdigit.types import Images, Indices, Labels, Split, SplitName

SIDES: tuple[SplitName, ...] = ("train", "validation", "test")
_TRAIN, _VALIDATION, _TEST = range(3)  # positions in SIDES
_DIGEST_BYTES = 16

Parts = Mapping[SplitName, range]
Digests = NDArray[np.bytes_]  # (N,), 16 bytes each


@dataclass(frozen=True)
class Pool:
    """A source's labelled pictures before they are divided."""

    images: Images
    labels: Labels
    class_names: tuple[str, ...]
    parts: Parts  # the source's own parts as rows of `images`; "train" is what may be divided

    @cached_property
    def digests(self) -> "Digests":
        """A hash of every picture's pixels: (N,)."""
        return _digests(self.images)


@dataclass(frozen=True)
class Division:
    """The three splits of a pool."""

    train: Split
    validation: Split
    test: Split
    left_out: int  # pictures whose double stands in the source's own test or validation part


def divide(pool: Pool, config: DataConfig) -> Division:
    """Draw the splits, class by class.

    `config.test_fraction` is of the whole, and not used where the pool has a test part;
    `config.validation_fraction` is then of the rest. Both count distinct pictures, and every
    class that has enough of them gets one on each side.

    Args:
        pool: the pictures.
        config: the seed and the fractions.

    Returns:
        Splits in the order of their pictures' hashes; some may be empty, see
        `require_every_class`.
    """
    digests = pool.digests
    drawn, shown = _orders(digests, pool, config.split_seed)
    groups = np.unique(digests, return_inverse=True)[1].astype(np.int64)
    own = _own_side(pool)
    side_of_group = _sides(pool, config, order=drawn, groups=groups, own=own)
    sides = side_of_group[groups]
    brought = [SIDES.index(name) for name in pool.parts]
    kept = (own == sides) | ~np.isin(sides, brought)  # the doubles of a brought part stay outside

    def split(name: SplitName) -> Split:
        mine = kept & (sides == SIDES.index(name))
        rows = shown[mine[shown]]
        return Split(
            name=name,
            class_names=pool.class_names,
            images=pool.images,
            labels=pool.labels,
            indices=rows,
            sha256=_sha256(digests[rows], pool.labels[rows], pool.class_names),
        )

    return Division(split("train"), split("validation"), split("test"), int((~kept).sum()))


def require_every_class(division: Division) -> None:
    """See to it that every class can be learned, chosen by, and tested.

    Raises:
        DataError: there is only one class, or a split lacks one.
    """
    splits = (division.train, division.validation, division.test)
    names = division.train.class_names
    if len(names) < 2:
        raise DataError(
            f"one class, {names[0]!r}, expected at least two to tell apart. "
            "Add a sub-folder with pictures of another class."
        )
    counts = np.array([count_classes(split) for split in splits])  # (3, classes)
    for split, row in zip(splits, counts, strict=True):
        for position in np.flatnonzero(row == 0):
            raise DataError(
                f"class {names[position]!r} has {counts[:, position].sum()} pictures and none of "
                f"them for {split.name}, expected at least one distinct picture each for train, "
                "validation and test. Add pictures to the class, or remove it."
            )


def without_doubles(split: Split, *others: Split) -> Split:
    """Leave out the pictures that stand in another split too, wherever that comes from."""
    known = np.concatenate([_digests(other.images, other.indices) for other in others])
    digests = _digests(split.images, split.indices)
    fresh = ~np.isin(digests, known)
    rows = split.indices[fresh]
    sha256 = _sha256(digests[fresh], split.labels[rows], split.class_names)
    return replace(split, indices=rows, sha256=sha256)


def joined(first: Split, second: Split) -> Split:
    """Put two splits of the same pictures together, under the name of the first."""
    both = hashlib.sha256(f"{first.sha256} {second.sha256}".encode()).hexdigest()
    return replace(first, indices=np.concatenate((first.indices, second.indices)), sha256=both)


def amended(division: Division, pool: Pool, labels: Labels, excluded: Indices) -> Division:
    """Give pictures other labels and leave some out; every other one stays on its side.

    Args:
        division: of the pool, by the labels that it came with.
        pool: whose digests are known already.
        labels: (N,), what they are now.
        excluded: rows that no split shall hold.
    """

    def amend(split: Split) -> Split:
        rows = split.indices[~np.isin(split.indices, excluded)]
        sha256 = _sha256(pool.digests[rows], labels[rows], split.class_names)
        return replace(split, labels=labels, indices=rows, sha256=sha256)

    return replace(
        division,
        train=amend(division.train),
        validation=amend(division.validation),
        test=amend(division.test),
    )


def count_classes(split: Split) -> NDArray[np.int64]:
    """Count a split's pictures of each class.

    Returns:
        (classes,), in the order of the split's class names.
    """
    return np.bincount(split.labels[split.indices], minlength=len(split.class_names))


def _digests(images: Images, rows: Indices | None = None) -> Digests:
    """Hash the pixels of every picture, or of some rows, one picture in memory at a time."""
    shape = ",".join(map(str, images.shape[1:])).encode()[:16]
    raw = bytearray()
    for row in range(len(images)) if rows is None else rows:
        pixels = np.ascontiguousarray(images[row]).data
        raw += hashlib.blake2b(pixels, digest_size=_DIGEST_BYTES, person=shape).digest()
    return np.frombuffer(bytes(raw), f"S{_DIGEST_BYTES}")


def _each(digests: Digests) -> Iterator[bytes]:
    """Give every digest whole; NumPy drops the zeros at the end of a single one."""
    raw = digests.tobytes()
    return (raw[start : start + _DIGEST_BYTES] for start in range(0, len(raw), _DIGEST_BYTES))


def _orders(digests: Digests, pool: Pool, seed: int) -> tuple[Indices, Indices]:
    """Sort rows by a hash of seed, digest and class name; only true doubles can tie.

    Returns:
        One order to draw the sides by and one for the rows of a split: as the sides are cut off
        class by class, what is left of the first order is no longer mixed at its ends.
    """
    start = hashlib.blake2b(f"{seed}".encode(), digest_size=16)
    names = [name.encode() for name in pool.class_names]
    keys = bytearray()
    for digest, label in zip(_each(digests), pool.labels.tolist(), strict=True):
        key = start.copy()
        key.update(digest + names[label])
        keys += key.digest()
    halves = np.frombuffer(bytes(keys), ">u8").reshape(-1, 2)
    first, second = halves[:, 0], halves[:, 1]
    return np.lexsort((second, first)), np.lexsort((first, second))


def _own_side(pool: Pool) -> NDArray[np.int64]:
    own = np.full(len(pool.labels), _TRAIN)
    for name, rows in pool.parts.items():
        own[rows.start : rows.stop] = SIDES.index(name)
    return own


def _sides(
    pool: Pool,
    config: DataConfig,
    *,
    order: Indices,
    groups: NDArray[np.int64],
    own: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give each group of identical pictures its side."""
    sides = np.full(groups.max(initial=-1) + 1, _TRAIN)
    for side in (_VALIDATION, _TEST):  # test last: it wins over validation
        sides[groups[own == side]] = side
    free = order[sides[groups[order]] == _TRAIN]
    _, first = np.unique(groups[free], return_index=True)
    candidates = free[np.sort(first)]  # one picture for each group, in order
    sizes = np.bincount(pool.labels[candidates], minlength=len(pool.class_names))
    nothing = np.zeros_like(sizes)
    for_test = nothing if "test" in pool.parts else _share(sizes, config.test_fraction)
    for_validation = (
        nothing if "validation" in pool.parts else _share(sizes, config.validation_fraction)
    )
    for label in range(len(pool.class_names)):
        mine = groups[candidates[pool.labels[candidates] == label]]
        test, validation = for_test[label], for_validation[label]
        sides[mine[:test]] = _TEST
        sides[mine[test : test + validation]] = _VALIDATION
    return sides


def _share(sizes: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """Take a fraction of each class so that the sum is right too: largest remainders round up."""
    exact = sizes * fraction
    share = np.floor(exact).astype(np.int64)
    missing = round(float(exact.sum())) - int(share.sum())
    share[np.argsort(share - exact, kind="stable")[: max(missing, 0)]] += 1
    at_least_one: NDArray[np.int64] = np.minimum(np.maximum(share, 1), sizes)
    return at_least_one


def _sha256(digests: Digests, labels: Labels, class_names: tuple[str, ...]) -> str:
    names = [name.encode() + b"\0" for name in class_names]
    whole = hashlib.sha256()
    for digest, label in zip(_each(digests), labels.tolist(), strict=True):
        whole.update(digest + names[label])
    return whole.hexdigest()
