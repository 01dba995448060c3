"""What `classify` and `read` share: the files that were named, and how a command of files ends."""

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from inkdigit.cli.console import print_note
from inkdigit.pictures.inputs import Input, inputs_in


def inputs_of(given: list[str], suffixes: Collection[str]) -> Iterator[Input]:
    """Give the files that were named, those in the folders that were, and stdin for `-`.

    Args:
        given: files, folders and `-`.
        suffixes: how the names of those end that are wanted of a folder, in lower case.
    """
    for each in given:
        if each == "-":
            yield Input("-", sys.stdin.buffer.read())
        else:
            yield from inputs_in(Path(each), suffixes)


@dataclass
class Tally:
    """What came of the files so far."""

    files: int = 0
    faulty: int = 0  # files that could not be read
    rejected: int = 0  # answers

    def leave(self, *, strict: bool) -> None:
        """End the command as its files ask.

        Args:
            strict: what was rejected counts.

        Raises:
            typer.Exit: with 5 where a file could not be read or there was none, with 3 where
                answers were rejected and that counts.
        """
        if not self.files:
            print_note("inkdigit: no pictures found, expected files or folders that hold some.")
        if self.faulty or not self.files:
            raise typer.Exit(5)
        if strict and self.rejected:
            raise typer.Exit(3)
