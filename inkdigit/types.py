"""The values that travel between the rooms: NumPy arrays with a meaning, and frozen records.

Nothing here computes, reads or imports more than NumPy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, overload

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (N, height, width, channels); digits: 0 is paper, 255 is full ink
Labels = NDArray[np.int64]  # (N,), positions in the class names
Probabilities = NDArray[np.float32]  # (N, classes), rows sum to 1
Indices = NDArray[np.int64]  # (N,), positions in a source's arrays

Frame = Literal["digit", "none"]  # digit: cropped, sized and centred as MNIST does it
Reason = Literal["blank", "not a digit", "unsure"]  # why an answer is rejected
NumberReason = Literal["printed", "rule", "unsure"]  # why a number is rejected
SplitName = Literal["train", "validation", "test"]

_TOP = 3  # classes that an answer names


@dataclass(frozen=True)
class Split:
    """One side of a train / validation / test division, and the door to its pictures.

    The arrays belong to the whole source and may be memory-mapped, and larger than the memory;
    only `read` and `blocks` copy this split's rows out of them. The order of `indices` is a
    function of the pictures' content and the split seed, so the same pictures from an IDX file
    and from a folder come in one order.
    """

    name: SplitName
    class_names: tuple[str, ...]
    images: Images
    labels: Labels
    indices: Indices
    sha256: str  # of the pictures and their class names, in order

    def __len__(self) -> int:
        return len(self.indices)

    def read(self) -> tuple[Images, Labels]:
        """Copy this split's pictures and labels into memory, in the split's own order."""
        return self.images[self.indices], self.labels[self.indices]

    def blocks(self, size: int) -> Iterator[Images]:
        """Copy the pictures into memory `size` at a time, in the split's own order."""
        for start in range(0, len(self), size):
            yield self.images[self.indices[start : start + size]]


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes what the network sees; decided once per source, kept with the model."""

    image_size: int  # side in pixels
    channels: Literal[1, 3]
    invert: bool  # true where the source draws dark on light; nothing to a framed digit
    frame: Frame = "none"


@dataclass(frozen=True)
class Prediction:
    """The answer to one picture."""

    label: str  # the best guess, also where it is rejected
    confidence: float  # its calibrated probability
    rejected: bool
    reason: Reason | None  # why, if so
    top: tuple[tuple[str, float], ...]  # the three most probable classes, best first


@dataclass(frozen=True)
class Predictions(Sequence[Prediction]):
    """The answers to many pictures, in their order."""

    class_names: tuple[str, ...]
    probabilities: Probabilities
    reasons: tuple[Reason | None, ...]  # (N,), why an answer is rejected, or None

    @property
    def labels(self) -> NDArray[np.str_]:
        """(N,) class names, the best guess for each picture."""
        best = self.probabilities.argmax(axis=1)
        return np.array([self.class_names[k] for k in best.tolist()], np.str_)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(N,) the calibrated probability of each best guess."""
        best: NDArray[np.float32] = self.probabilities.max(axis=1)
        return best

    @property
    def rejected(self) -> NDArray[np.bool_]:
        """(N,) whether no answer should be taken."""
        return np.array([reason is not None for reason in self.reasons], bool)

    def __len__(self) -> int:
        return len(self.reasons)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> "Predictions": ...
    def __getitem__(self, index: int | slice) -> "Prediction | Predictions":
        if isinstance(index, slice):
            return Predictions(self.class_names, self.probabilities[index], self.reasons[index])
        row, reason = self.probabilities[index], self.reasons[index]
        best = np.argsort(-row, kind="stable")[:_TOP]
        top = tuple((self.class_names[k], float(row[k])) for k in best)
        (label, confidence), *_ = top
        return Prediction(label, confidence, reason is not None, reason, top)


class Box(NamedTuple):
    """Where something stands, in pixels of the upright picture; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Digit:
    """One digit of a number."""

    label: str
    confidence: float  # in [0, 1], calibrated
    box: Box
    top: tuple[tuple[str, float], ...]  # the three most probable digits, best first


@dataclass(frozen=True)
class Separator:
    """A dot, comma, dash, slash or colon in a number; it neither splits it nor is in its text."""

    text: str
    box: Box
    after: int  # digits that stand before it


@dataclass(frozen=True)
class Alternative:
    """What a number may be instead, or is."""

    text: str
    confidence: float  # that the whole number is this


@dataclass(frozen=True)
class RuleOutcome:
    """What a field's rule made of a number."""

    satisfied: bool  # the text that is given satisfies the rule
    changed: bool  # it is not the most probable text, which does not


@dataclass(frozen=True)
class Number:
    """A handwritten number and how sure it is."""

    text: str  # its digits, the best guess also where it is rejected
    confidence: float  # that all of them are right, calibrated
    box: Box
    rejected: bool
    reason: NumberReason | None
    alternatives: tuple[Alternative, ...]  # best first, the best guess included
    separators: tuple[Separator, ...]
    digits: tuple[Digit, ...]
    rule: RuleOutcome | None = None


@dataclass(frozen=True)
class Line:
    """Numbers that stand side by side, from left to right."""

    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Page:
    """What stands on one page."""

    number: int  # from 1
    width: int  # pixels of the upright picture
    height: int
    lines: tuple[Line, ...]  # from top to bottom

    @property
    def numbers(self) -> tuple[Number, ...]:
        """All numbers in reading order."""
        return tuple(number for line in self.lines for number in line.numbers)


@dataclass(frozen=True)
class Document:
    """All pages of a file."""

    file: str  # as it was given
    pages: tuple[Page, ...]


class Recognizer(Protocol):
    """Whatever answers for pictures of exactly the model's size: torch and ONNX alike."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        ...

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for `(N, height, width, channels)` with `(N, classes)`."""
        ...
