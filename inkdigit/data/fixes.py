"""Fixes: which pictures are left out, and which have another label, said in files beside the data.

`inkdigit data check` writes such files and training honours them; the pictures and their folders
stay as they are. A line is one picture: `{"picture": "7/00042.png"}` to exclude it, and
`{"picture": "7/00042.png", "label": "1"}` to relabel it; `"why"` may say more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import Field, ValidationError

from inkdigit.config import DataConfig, Section
from inkdigit.data.split import Division, Pool, amended
from inkdigit.errors import DataError, text_expected, unknown
from inkdigit.pictures.file import shown


class Exclusion(Section):
    """A picture that no split shall hold."""

    picture: str = Field(min_length=1)
    why: str = ""


class Relabelling(Section):
    """A picture that shows something else than its folder says."""

    picture: str = Field(min_length=1)
    label: str = Field(min_length=1)  # the class that it is of
    why: str = ""


_Fix = TypeVar("_Fix", Exclusion, Relabelling)


@dataclass(frozen=True)
class Fixes:
    """What the two files say together."""

    excluded: Mapping[str, str] = field(default_factory=dict)  # picture → where it is said
    relabelled: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # and its label first

    def __bool__(self) -> bool:
        return bool(self.excluded or self.relabelled)


def read_fixes(config: DataConfig) -> Fixes:
    """Read the files that `data.exclude` and `data.relabel` name, if they do.

    Raises:
        DataError: there is no such file, a line is no fix, or two lines speak of one picture.
    """
    excluded: dict[str, str] = {}
    relabelled: dict[str, tuple[str, str]] = {}
    for place, exclusion in _lines(config.exclude, Exclusion):
        _require_new(exclusion.picture, place, excluded)
        excluded[exclusion.picture] = place
    places = dict(excluded)
    for place, relabelling in _lines(config.relabel, Relabelling):
        _require_new(relabelling.picture, place, places)
        places[relabelling.picture] = place
        relabelled[relabelling.picture] = (relabelling.label, place)
    return Fixes(excluded, relabelled)


def apply(
    fixes: Fixes, division: Division, pool: Pool, names: Mapping[str, int | None]
) -> Division:
    """Leave out and relabel what is said, after the division: all others stay where they were.

    Args:
        fixes: for this source.
        division: of the pool, by the labels that it came with.
        pool: the pictures.
        names: of every picture, with its row; None for a file that could not be read.

    Raises:
        DataError: a picture or a class that the source has not.
    """
    labels = pool.labels.copy()
    for picture, (label, place) in fixes.relabelled.items():
        row = _row(picture, place, names)
        if label not in pool.class_names:
            raise DataError(
                f"{place}: {unknown('class', label, pool.class_names)} "
                "Name the class that the picture is of."
            )
        if row is not None:
            labels[row] = pool.class_names.index(label)
    rows = [_row(picture, place, names) for picture, place in fixes.excluded.items()]
    excluded = np.array([row for row in rows if row is not None], np.int64)
    return amended(division, pool, labels, excluded)


def _row(picture: str, place: str, names: Mapping[str, int | None]) -> int | None:
    if picture not in names:
        raise DataError(
            f"{place}: no picture {shown(picture)!r} in this source, expected a name such as "
            f"{next(iter(names))!r}. Check the data again with `inkdigit data check`."
        )
    return names[picture]


def _require_new(picture: str, place: str, places: Mapping[str, str]) -> None:
    if picture in places:
        raise DataError(
            f"{place}: {shown(picture)!r} is named in {places[picture]} already, expected each "
            "picture once. Remove one of the lines."
        )


def _lines(file: str | None, kind: type[_Fix]) -> list[tuple[str, _Fix]]:
    """Read a file of JSON lines: where each stands, and what it says."""
    if file is None:
        return []
    found = []
    for number, line in enumerate(_read(Path(file).expanduser()).split("\n"), 1):
        if line.strip():
            place = f"{file}, line {number}"
            try:
                found.append((place, kind.model_validate_json(line)))
            except ValidationError as error:
                raise DataError(f"{place}: {_fault(error)}, expected {_example(kind)}.") from error
    return found


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    said = f"{where}: {first['msg']}" if where else first["msg"]
    return shown(said, most=120)


def _example(kind: type[Exclusion] | type[Relabelling]) -> str:
    return (
        '{"picture": "7/00042.png"}; a line with a label belongs into data.relabel'
        if kind is Exclusion
        else '{"picture": "7/00042.png", "label": "1"}; a line without one belongs into '
        "data.exclude"
    )


def _read(path: Path) -> str:
    what = "a file that `inkdigit data check` wrote"
    with text_expected(path, what, "Check the path.", error=DataError):
        return path.read_text("utf-8")
