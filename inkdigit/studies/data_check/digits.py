"""Whether digits stand upright and in their own folder, by the network that comes with inkdigit.

EMNIST's files hold pictures with rows and columns exchanged; folders get their names mixed up. A
network of other digits sees both at once: no label of the source was learned from.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.folds import all_but_test
from inkdigit.pictures.prepare import for_framed_digits
from inkdigit.recognition.recognizer import OnnxRecognizer, open_recognizer
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, counted
from inkdigit.types import Images, Indices, Labels

_SAMPLE = 1000  # pictures that are turned in all ways
_CLEARLY = 0.1  # better than upright
_MOST = 0.5  # of a class's pictures that are taken for another one
_SURE, _UNLIKELY = 0.9, 0.1  # probability of the label, turned and upright
_SHARE = 0.002  # of pictures that are transposed; so few look like it by chance

Turn = Callable[[Images], Images]  # (N, height, width, channels)

TURNS: Mapping[str, Turn] = {
    "upright": lambda images: images,
    "transposed": lambda images: images.transpose(0, 2, 1, 3),
    "turned left": lambda images: np.rot90(images, 1, (1, 2)),
    "turned right": lambda images: np.rot90(images, -1, (1, 2)),
    "upside down": lambda images: np.rot90(images, 2, (1, 2)),
    "mirrored": lambda images: images[:, :, ::-1],
    "flipped": lambda images: images[:, ::-1],
    "transposed the other way": lambda images: np.rot90(images, 2, (1, 2)).transpose(0, 2, 1, 3),
}


def find_turned_digits(material: Material) -> list[Finding]:
    """Find digits that are transposed or turned, and labels that are exchanged.

    The test part is not looked at. Where the classes are not digits, nothing is found.
    """
    digits = _digits(material.class_names)
    if digits is None:
        return []
    rows = np.sort(all_but_test(material.source).indices)
    labels = digits[material.labels[rows]]
    recognizer = open_recognizer("quick", threads=1)
    spaced = np.unique(np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(int))
    sample, truth = _framed(material, recognizer, rows[spaced]), labels[spaced]
    tables = {
        name: _table(recognizer.probabilities(np.ascontiguousarray(turn(sample))), truth)
        for name, turn in TURNS.items()
    }
    shares = {name: float(table.max(axis=1).sum() / len(truth)) for name, table in tables.items()}
    best = max(shares, key=lambda name: shares[name])  # of equals, the first
    if best == "upright" or shares[best] < shares["upright"] + _CLEARLY:
        best = "upright"
    findings = list(_exchanged(material, tables[best], digits))
    if best != "upright":
        findings += _all_turned(best, shares)
    else:
        findings += _some_transposed(material, recognizer, rows, labels)
    return findings


def _digits(names: tuple[str, ...]) -> NDArray[np.int64] | None:
    """Give the digit that each class is called by; None if one is no digit."""
    if not all(name.isdecimal() and int(name) < 10 for name in names):
        return None
    return np.array([int(name) for name in names])


def _framed(material: Material, recognizer: OnnxRecognizer, rows: Indices) -> Images:
    images = material.images[rows]
    if material.source.preparation == for_framed_digits():
        return np.asarray(images)
    return np.stack([recognizer.prepare(picture) for picture in images])


def _table(probabilities: NDArray[np.float32], truth: Labels) -> NDArray[np.int64]:
    """Count pictures by the digit of their label (row) and the answer (column)."""
    table = np.zeros((10, 10), np.int64)
    np.add.at(table, (truth, probabilities.argmax(axis=1)), 1)
    return table


def _exchanged(
    material: Material, table: NDArray[np.int64], digits: NDArray[np.int64]
) -> Iterator[Finding]:
    names = dict(zip(digits.tolist(), material.class_names, strict=True))
    seen = {
        digit: int(table[digit].argmax())
        for digit in names
        if table[digit].sum() and table[digit].max() > _MOST * table[digit].sum()
    }
    wrong = [(names[digit], found) for digit, found in seen.items() if found != digit]
    if wrong:
        yield Finding(
            "exchanged classes",
            "problem",
            "Most pictures of a class look like another digit: "
            + ", ".join(f"{name!r} like {found}" for name, found in wrong)
            + ".",
            "The labels are in another order, or folders are exchanged. Rename the folders.",
        )


def _all_turned(best: str, shares: Mapping[str, float]) -> Iterator[Finding]:
    exchange = "rows and columns are exchanged, as in EMNIST's files" * (best == "transposed")
    yield Finding(
        "orientation",
        "problem",
        f"The digits are {best}{': ' if exchange else ''}{exchange}. Put upright, "
        f"{shares[best]:.0%} of a sample are recognized; as they are, {shares['upright']:.0%}.",
        "Turn the pictures before they are used: a network that learns them so will not recognize "
        "a digit of anybody else's.",
    )


def _some_transposed(
    material: Material, recognizer: OnnxRecognizer, rows: Indices, labels: Labels
) -> Iterator[Finding]:
    found: list[int] = []
    for start in range(0, len(rows), 4096):
        mine, truth = rows[start : start + 4096], labels[start : start + 4096]
        images = _framed(material, recognizer, mine)
        upright = recognizer.probabilities(images)[np.arange(len(mine)), truth]
        odd = np.flatnonzero(upright <= _UNLIKELY)
        if len(odd):
            turned = np.ascontiguousarray(TURNS["transposed"](images[odd]))
            sure = recognizer.probabilities(turned)[np.arange(len(odd)), truth[odd]] >= _SURE
            found += mine[odd[sure]].tolist()
    if len(found) > _SHARE * len(rows):
        yield Finding(
            "orientation",
            "problem",
            "Transposed, rows and columns exchanged: "
            f"{len(found):,} of {counted(len(rows), 'picture')}.",
            "Turn these files around.",
            tuple(Suspect(row, "transposed") for row in found),
        )
