"""The `inkdigit` command: its sub-commands, and the one place where an error becomes an exit code."""

import os
import sys
from typing import Annotated, NoReturn

import typer

import inkdigit
from inkdigit.cli.compare import compare
from inkdigit.cli.data import app as data_app
from inkdigit.cli.evaluate import evaluate
from inkdigit.cli.train import train
from inkdigit.errors import InkdigitError

app = typer.Typer(
    name="inkdigit",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: rich alone would take half of the 0.3 s
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.add_typer(data_app, name="data")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inkdigit {inkdigit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Train, test and run classifiers of handwritten digits."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code; expected errors become one line."""
    try:
        app()
    except InkdigitError as error:
        typer.echo(f"inkdigit: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of a pipe left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"inkdigit: {place}{(error.strerror or str(error)).lower()}.", err=True)
        sys.exit(1)
    sys.exit(0)
