"""What lies in a folder of labelled pictures: torchvision's `ImageFolder` convention.

One sub-folder a class, under `train/`, `val/` and `test/` or directly. Only names, sizes and
times are read here; no picture is opened, and torchvision is not needed.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inkdigit.data.split import SIDES, Parts
from inkdigit.errors import DataError, unknown
from inkdigit.pictures.decode import SUFFIXES
from inkdigit.types import SplitName

PART_FOLDERS: dict[str, SplitName] = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}


@dataclass(frozen=True, slots=True)  # there may be millions of them
class Picture:
    """One picture file, unopened."""

    name: str  # its path under the root, with slashes
    label: int
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder: part after part, in the order of their names."""

    root: Path
    class_names: tuple[str, ...]
    pictures: tuple[Picture, ...]
    parts: Parts  # rows of `pictures`


def list_folder(root: Path) -> Listing:
    """Walk a folder of labelled pictures.

    Hidden files and folders are passed over, and so is whatever is not named like a picture. A
    class, or the whole, may be a link; links to folders inside a class are not followed. Class
    names come from `train/` and are matched by name elsewhere.

    Raises:
        DataError: it holds no classes or no pictures, a class is not among train's or has no
            name that can be written down, two sub-folders want to be the same part, or a folder
            cannot be read.
    """
    try:
        return _list(root)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(
            f"{error.filename}: {reason}, expected a folder that can be read. "
            "Change its permissions, or move it away."
        ) from error


def _list(root: Path) -> Listing:
    folders = _part_folders(root)
    classes = {part: _classes(folder) for part, folder in folders.items()}
    known = classes.get("train") or next(iter(classes.values()))
    class_names = tuple(sorted(known))
    _require_text(root, class_names)
    position = {name: label for label, name in enumerate(class_names)}
    pictures: list[Picture] = []
    parts: dict[SplitName, range] = {}
    for part, found in classes.items():
        start = len(pictures)
        for name, folder in sorted(found.items()):
            if name not in position:
                raise DataError(
                    f"{folder}: {unknown('class', name, class_names)} "
                    "Rename the folder, or add the class to train."
                )
            pictures += _pictures(folder, root, position[name])
        parts[part] = range(start, len(pictures))
    if not pictures:
        raise DataError(
            f"{root}: no pictures in its {len(class_names)} class folders, expected files named "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    return Listing(root, class_names, tuple(pictures), parts)


def _require_text(root: Path, class_names: tuple[str, ...]) -> None:
    for name in class_names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise DataError(
                f"{root}: the class folder {os.fsencode(name)!r} has a name that is no UTF-8, "
                "expected text. Rename it."
            ) from None


def _part_folders(root: Path) -> dict[SplitName, Path]:
    """Find the train / val / test level; without one the whole folder is there to be divided."""
    folders = _subfolders(root)
    if not folders:
        raise DataError(f"{root}: no sub-folders, expected one for each class.")
    named = {name: path for name, path in folders.items() if name in PART_FOLDERS}
    if not any(_subfolders(path) for path in named.values()):
        return {"train": root}  # where "test" is the name of a class, it holds no folders
    if others := sorted(folders.keys() - named.keys()):
        raise DataError(
            f"{root}: {', '.join(map(repr, others[:5]))} beside {', '.join(sorted(named))}, "
            "expected either classes or parts. Move the classes into train/."
        )
    found: dict[SplitName, Path] = {}
    for name, path in sorted(named.items()):
        part = PART_FOLDERS[name]
        if part in found:
            raise DataError(
                f"{root}: both {found[part].name}/ and {name}/, expected one {part} part. "
                "Merge them."
            )
        found[part] = path
    return {part: found[part] for part in SIDES if part in found}


def _classes(folder: Path) -> dict[str, Path]:
    classes = _subfolders(folder)
    if not classes:
        raise DataError(f"{folder}: no sub-folders, expected one for each class.")
    return classes


def _subfolders(folder: Path) -> dict[str, Path]:
    with os.scandir(folder) as entries:
        return {
            entry.name: Path(entry.path)
            for entry in entries
            if entry.is_dir() and not entry.name.startswith(".")
        }


def _pictures(folder: Path, root: Path, label: int) -> list[Picture]:
    start = len(os.path.join(root, ""))  # noqa: PTH118 - 60,000 Path objects take a second
    found = [
        Picture(path[start:].replace(os.sep, "/"), label, status.st_size, status.st_mtime_ns)
        for path, status in _files(os.fspath(folder))
    ]
    return sorted(found, key=lambda picture: picture.name)


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.name[entry.name.rfind(".") :].lower() in SUFFIXES:
                yield entry.path, _status(entry)


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    """Look at a file; a link that leads nowhere is a bad picture later, as it has a name."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)
