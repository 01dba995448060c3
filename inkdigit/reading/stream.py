"""Numbers out of any number of files, a page at a time: memory does not grow with them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from inkdigit.errors import DataError
from inkdigit.pictures.file import shown
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.document import SUFFIXES
from inkdigit.types import Page

Pages = Iterator[tuple[int, Pixels]]  # numbers from 1, and upright pictures


@dataclass(frozen=True)
class Input:
    """A file's name and where its bytes are, or why they cannot be had."""

    name: str
    source: Path | bytes
    error: str | None = None


@dataclass(frozen=True)
class Reading:
    """What stands in one file, as far as it could be read."""

    name: str
    pages: tuple[Page, ...]
    errors: tuple[str, ...] = ()


def inputs_in(path: Path) -> Iterator[Input]:
    """Give a file itself, and of a folder all pictures and PDFs in it, folders after files.

    Hidden files and folders are passed over, and so are links to folders. A folder that cannot
    be read is given as an error.
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
        if not entry.is_dir() and entry.name.lower().endswith(SUFFIXES):
            yield Input(entry.path, Path(entry.path))
    for entry in visible:
        if entry.is_dir(follow_symlinks=False):
            yield from inputs_in(Path(entry.path))


def read_files(
    inputs: Iterable[Input],
    open_pages: Callable[[Path | bytes], Pages],
    read: Callable[[Pixels], Page],
    watch: Callable[[str, Page, Pixels], None],
) -> Iterator[Reading]:
    """Read files as they come; one that cannot be read does not stop the others.

    A page that `read` refuses does not stop the others of its file; an error of `open_pages` ends
    the file, and the pages before it are given.

    Args:
        inputs: the files.
        open_pages: gives the pages of a file one by one.
        read: finds the numbers of one page.
        watch: is shown the file's name, what was read and the picture, page by page.
    """
    for given in inputs:
        pages: list[Page] = []
        errors = [] if given.error is None else [given.error]
        try:
            for number, pixels in open_pages(given.source) if given.error is None else ():
                try:
                    page = replace(read(pixels), number=number)
                except DataError as refused:
                    errors.append(f"{shown(given.name)}, page {number}: {refused}")
                    continue
                watch(given.name, page, pixels)
                pages.append(page)
        except DataError as fault:
            errors.append(str(fault))
        except MemoryError:
            errors.append(f"{shown(given.name)}: not enough memory. Scale it down.")
        yield Reading(given.name, tuple(pages), tuple(errors))
