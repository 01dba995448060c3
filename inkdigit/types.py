"""The values that travel between the rooms: NumPy arrays with a meaning, and frozen records.

Nothing here computes, reads or imports more than NumPy.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (N, height, width, channels); digits: 0 is paper, 255 is full ink
Labels = NDArray[np.int64]  # (N,), positions in the class names
Probabilities = NDArray[np.float32]  # (N, classes), rows sum to 1
Indices = NDArray[np.int64]  # (N,), positions in a source's arrays

SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Split:
    """One side of a train / validation / test division, and the door to its pictures.

    The arrays belong to the whole source and may be memory-mapped; only `read` copies this
    split's rows out of them. The order of `indices` is a function of the pictures' content and
    the split seed, so the same pictures from an IDX file and from a folder come in one order.
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


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes what the network sees; decided once per source, kept with the model."""

    image_size: int  # side in pixels
    channels: Literal[1, 3]
    invert: bool  # true where the source draws dark on light


class Recognizer(Protocol):
    """Whatever answers for pictures of exactly the model's size: torch and ONNX alike."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        ...

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for `(N, height, width, channels)` with `(N, classes)`."""
        ...
