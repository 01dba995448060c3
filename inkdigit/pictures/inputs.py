"""The files that a user means by a path: the file itself, or all of a kind in a folder."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from inkdigit.pictures.decode import SUFFIXES
from inkdigit.pictures.file import shown


@dataclass(frozen=True)
class Input:
    """A file's name and where its bytes are, or why they cannot be had."""

    name: str
    source: Path | bytes
    error: str | None = None


def inputs_in(path: Path, suffixes: Collection[str] = SUFFIXES) -> Iterator[Input]:
    """Give a file itself, and of a folder all files of a kind in it, by name, folders after files.

    Hidden files and folders are passed over, and so are links to folders. A folder that cannot be
    read is given as an error.

    Args:
        path: a file, whatever its name, or a folder.
        suffixes: how the names of those end that are wanted of a folder, in lower case.
    """
    if not path.is_dir():
        yield Input(str(path), path)
        return
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{shown(path)}: {reason}, expected a folder that can be read."
        yield Input(str(path), path, message)
        return
    visible = [entry for entry in found if not entry.name.startswith(".")]
    for entry in visible:
        if not entry.is_dir() and Path(entry.name).suffix.lower() in suffixes:
            yield Input(entry.path, Path(entry.path))
    for entry in visible:
        if entry.is_dir(follow_symlinks=False):
            yield from inputs_in(Path(entry.path), suffixes)
