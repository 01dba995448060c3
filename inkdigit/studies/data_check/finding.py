"""What a check of data looks at, and how it says what it found."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.source import Gathered, Source
from inkdigit.data.split import SIDES
from inkdigit.types import Images, Indices, Labels, SplitName

Severity = Literal["problem", "notice"]  # spoils training or its figures | to be looked at


@dataclass(frozen=True)
class Suspect:
    """A picture that was found, and how it might be mended."""

    row: int  # of the material
    note: str = ""
    twin: int | None = None  # row of the picture that it is compared with
    exclude: bool = False
    label: int | None = None  # the class that it should rather have


@dataclass(frozen=True)
class Finding:
    """One kind of fault in one source."""

    check: str
    severity: Severity
    said: str  # one sentence, with counts
    mend: str  # what to do about it
    suspects: tuple[Suspect, ...] = ()  # the worst first
    files: tuple[tuple[str, str], ...] = ()  # that could not be read, and why


@dataclass(frozen=True)
class Material:
    """All pictures of a source, with the names and the sides that they have."""

    gathered: Gathered
    source: Source
    excluded: Indices  # rows that fixes leave out already

    @property
    def images(self) -> Images:
        """(N, height, width, channels), prepared; perhaps larger than the memory."""
        return self.gathered.pool.images

    @property
    def labels(self) -> Labels:
        """(N,) as the folders and the fixes say."""
        return self.source.train.labels

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the labels."""
        return self.source.class_names

    @property
    def names(self) -> tuple[str, ...]:
        """What each picture is called."""
        return self.gathered.names

    def side_of(self) -> NDArray[np.int64]:
        """Give (N,) the position of each picture's split in `SIDES`, -1 for those left out."""
        sides = np.full(len(self.labels), -1)
        for position, split in enumerate(
            (self.source.train, self.source.validation, self.source.test)
        ):
            sides[split.indices] = position
        return sides

    def part_of(self) -> NDArray[np.int64]:
        """Give (N,) where each picture came: as `side_of`, and pictures left out as in train."""
        parts = self.side_of()
        parts[parts < 0] = SIDES.index("train")
        return parts


def side_name(position: int) -> SplitName | Literal["left out"]:
    """Name a side that `Material.side_of` gives."""
    return "left out" if position < 0 else SIDES[position]


def counted(count: int, what: str, plural: str | None = None) -> str:
    """Write a count with its noun: 1 picture, 2,000 pictures."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"
