"""What the commands share: results on stdout, progress on stderr, and optional extras."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from inkdigit.durable import json_line
from inkdigit.errors import MissingExtraError, QualityGateError


def print_result(text: str) -> None:
    """Write one line of a result, for people."""
    typer.echo(text)


def print_json(record: Mapping[str, Any]) -> None:
    """Write one line of a result, for machines."""
    typer.echo(json_line(record))


def print_note(text: str) -> None:
    """Write one line that is no result: it goes to stderr, on and off a terminal."""
    typer.echo(text, err=True)


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a failing import inside the block into the line that says what to install.

    Raises:
        MissingExtraError: a package that `extra` installs is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "inkdigit":
            raise
        raise MissingExtraError(
            f"this command needs the package {error.name!r}, which is not installed. "
            f"Install it with: pip install 'inkdigit[{extra}]'"
        ) from error


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Draw a bar on stderr; silent off a terminal.

    Args:
        what: the words before the bar.
        quiet: draw nothing at all.

    Yields:
        A function to call with (done, total).
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show on stderr how many are done, where nobody knows of how many; silent off a terminal.

    Args:
        what: is counted.

    Yields:
        A function to call with how many are done.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn(f"{{task.completed:,}} {what}"), TimeElapsedColumn())
    redirect = sys.stdout.isatty()  # above the line that moves; a pipe stays a pipe
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=redirect
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)


def require_accuracy(found: float, floor: float | None) -> None:
    """Hold a result to `--min-accuracy`, after it was printed and kept.

    Raises:
        QualityGateError: it is below the floor.
    """
    if floor is not None and found < floor:
        raise QualityGateError(
            f"test accuracy {found:.4f}, expected at least {floor} (--min-accuracy). "
            "The run was kept."
        )
