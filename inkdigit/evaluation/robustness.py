"""How a recognizer fares on pictures made worse: corruptions, and sweeps from mild to strong.

Every picture is read once and asked about in every condition, a block at a time, so memory does
not grow with their number. Nothing is chosen here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ConfigError, DataError
from inkdigit.evaluation import metrics
from inkdigit.evaluation.corruptions.affine import Placement, moved, place, sized, slanted, turned
from inkdigit.evaluation.corruptions.mnist_c import CORRUPTIONS, SIDE, corrupt
from inkdigit.evaluation.corruptions.quality import as_jpeg, of_fewer_pixels
from inkdigit.evaluation.test import write_opening
from inkdigit.types import Images, Recognizer, Split

_BLOCK = 500  # pictures that are made worse at once; what is drawn depends on it
_FEWEST = 30  # answers: a mean over fewer has no interval worth printing

Watch = Callable[[int, int], None]
_Change = Callable[[Images, int], Images]  # of a block of pictures, and its number


@dataclass(frozen=True)
class Fared:
    """How the answers to one condition were; `low` and `high` are the 95 % Wilson interval."""

    accuracy: float
    wrong: int
    total: int
    low: float
    high: float


@dataclass(frozen=True)
class Mean:
    """The mean accuracy over corruptions, and its 95 % interval with the pictures as clusters."""

    accuracy: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Point:
    """One place of a sweep."""

    value: float
    fared: Fared


@dataclass(frozen=True)
class Sweep:
    """A change from mild to strong."""

    name: str
    unit: str
    points: tuple[Point, ...]  # by ascending value


@dataclass(frozen=True)
class Rejected:
    """How many pictures of what is no digit were rejected."""

    rejected: int
    total: int


@dataclass(frozen=True)
class Robustness:
    """Everything that was measured of one model."""

    pictures: int
    part: str  # of the division: validation or test
    seed: int
    clean: Fared
    corruptions: Mapping[str, Fared]  # empty where the pictures are not 28×28 and grey
    mean: Mean | None  # over the corruptions
    sweeps: tuple[Sweep, ...]

    def to_record(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


def measure(
    recognizer: Recognizer,
    split: Split,
    *,
    seed: int = 0,
    openings: Path | None = None,
    why: str = "robustness",
    watch: Watch = lambda _done, _total: None,
) -> Robustness:
    """Ask a recognizer about every picture in every condition.

    Args:
        recognizer: whatever answers.
        split: validation pictures to choose by, or test pictures to report.
        seed: draws what is random in the corruptions.
        openings: the log of openings, for a test split; it is written before the split is read.
        why: the split was opened.
        watch: called with (pictures done, of how many).

    Raises:
        ConfigError: a test split without a log of openings.
        DataError: the split is empty, or its classes are not the recognizer's.
    """
    if split.name == "test":
        if openings is None:
            raise ConfigError(
                "a test split is to be opened and there is no log to note it in, expected one. "
                "Use the validation part, or name the log."
            )
        write_opening(recognizer, split, openings=openings, why=why)
    if split.class_names != recognizer.class_names or not len(split):
        raise DataError(
            f"{len(split):,} pictures of {len(split.class_names)} classes, expected some of the "
            f"model's {len(recognizer.class_names)} classes. Name other data with --data."
        )
    names = tuple(CORRUPTIONS) if split.images.shape[1:] == (SIDE, SIDE, 1) else ()
    ways = _conditions(names, seed)
    right = _answers(recognizer, split, list(ways.values()), watch)
    every = {way: _fared(right[:, column]) for column, way in enumerate(ways)}
    clean = every["clean", 0.0]
    return Robustness(
        pictures=len(split),
        part=split.name,
        seed=seed,
        clean=clean,
        corruptions={name: every[name, 0.0] for name in names},
        mean=_mean(right[:, 1 : 1 + len(names)]) if names else None,
        sweeps=tuple(_sweep(kind, every, clean) for kind in SWEEPS),
    )


def _answers(
    recognizer: Recognizer,
    split: Split,
    changes: Sequence[_Change],
    watch: Watch,
) -> NDArray[np.bool_]:
    """Tell for every picture and condition whether the answer is right: (N, conditions)."""
    labels = split.labels[split.indices]
    right = np.zeros((len(split), len(changes)), bool)
    for block, images in enumerate(split.blocks(_BLOCK)):
        rows = slice(block * _BLOCK, block * _BLOCK + len(images))
        for column, change in enumerate(changes):
            answers = recognizer.probabilities(change(images, block))
            right[rows, column] = answers.argmax(axis=1) == labels[rows]
        watch(rows.stop, len(split))
    return right


def fared(right: int, total: int) -> Fared:
    """Put counted answers beside their interval."""
    return Fared(right / total, total - right, total, *metrics.wilson_interval(right, total))


def _fared(right: NDArray[np.bool_]) -> Fared:
    return fared(int(right.sum()), len(right))


def _mean(right: NDArray[np.bool_]) -> Mean:
    """Average over (N, corruptions); one digit in fifteen ways is no fifteen digits."""
    shares = right.mean(axis=1)
    middle = float(shares.mean())
    if len(shares) < _FEWEST:
        return Mean(middle, None, None)
    half = metrics.Z_95 * float(shares.std(ddof=1)) / math.sqrt(len(shares))
    return Mean(middle, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class SweepKind:
    """A kind of change and the places where it is measured."""

    name: str
    unit: str
    values: tuple[float, ...]
    change: Callable[[Images, float], Images]
    untouched: float | None = None  # where nothing is changed: the clean pictures

    def at(self, images: Images, value: float) -> Images:
        """Change pictures as far as `value` says."""
        return self.change(images, value)


def _placed(images: Images, value: float, *, by: Callable[[float], Placement]) -> Images:
    count, side, _, channels = images.shape
    planes = images.transpose(0, 3, 1, 2).reshape(-1, side, side) / 255.0
    drawn = np.rint(place(planes, by(value)) * 255).astype(np.uint8)
    return np.ascontiguousarray(drawn.reshape(count, channels, side, side).transpose(0, 2, 3, 1))


def _of_fewer(images: Images, percent: float) -> Images:
    return of_fewer_pixels(images, max(1, round(images.shape[1] * percent / 100)))


_SHIFTS = (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0)
SWEEPS = (
    SweepKind(
        "rotation",
        "degrees counter-clockwise",
        tuple(float(degrees) for degrees in range(-45, 46, 9)),
        partial(_placed, by=turned),
        untouched=0.0,
    ),
    SweepKind(
        "shift across",
        "pixels to the right",
        _SHIFTS,
        partial(_placed, by=lambda right: moved(right, 0)),
        untouched=0.0,
    ),
    SweepKind(
        "shift down",
        "pixels downward",
        _SHIFTS,
        partial(_placed, by=lambda down: moved(0, down)),
        untouched=0.0,
    ),
    SweepKind(
        "scale",
        "per cent of the size",
        tuple(float(percent) for percent in range(60, 141, 10)),
        partial(_placed, by=lambda percent: sized(percent / 100)),
        untouched=100.0,
    ),
    SweepKind(
        "slant",
        "degrees, positive: the top to the right",
        (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0),
        partial(_placed, by=lambda degrees: slanted(math.tan(math.radians(degrees)))),
        untouched=0.0,
    ),
    SweepKind(
        "JPEG",
        "quality",
        (2.0, 5.0, 10.0, 20.0, 40.0, 80.0),
        lambda images, quality: as_jpeg(images, round(quality)),
    ),
    SweepKind(
        "resolution",
        "per cent of the pixels a side",
        (20.0, 25.0, 30.0, 40.0, 50.0, 75.0),
        _of_fewer,
    ),
)


def _conditions(names: Sequence[str], seed: int) -> dict[tuple[str, float], _Change]:
    """Give every way in which pictures are shown, under its name and its place in a sweep.

    The pictures as they are come first, then the corruptions, then the sweeps.
    """
    ways: dict[tuple[str, float], _Change] = {("clean", 0.0): lambda images, _block: images}
    for name in names:
        ways[name, 0.0] = partial(_corrupted, name=name, seed=seed)
    for kind in SWEEPS:
        for value in kind.values:
            if value != kind.untouched:
                ways[kind.name, value] = partial(_swept, kind=kind, value=value)
    return ways


def _corrupted(images: Images, block: int, *, name: str, seed: int) -> Images:
    return corrupt(images, name, seed=seed, block=block)


def _swept(images: Images, _block: int, *, kind: SweepKind, value: float) -> Images:
    return kind.at(images, value)


def _sweep(kind: SweepKind, every: Mapping[tuple[str, float], Fared], clean: Fared) -> Sweep:
    return Sweep(
        kind.name,
        kind.unit,
        tuple(Point(value, every.get((kind.name, value), clean)) for value in kind.values),
    )
