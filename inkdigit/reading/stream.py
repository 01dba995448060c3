"""Numbers out of any number of files, a page at a time: memory does not grow with them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from inkdigit.errors import DataError
from inkdigit.pictures.file import shown
from inkdigit.pictures.flatten import Pixels
from inkdigit.pictures.inputs import Input
from inkdigit.types import Page

Pages = Iterator[tuple[int, Pixels]]  # numbers from 1, and upright pictures


@dataclass(frozen=True)
class Reading:
    """What stands in one file, as far as it could be read."""

    name: str
    pages: tuple[Page, ...]
    errors: tuple[str, ...] = ()


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
