"""The `inkdigit` command: its sub-commands, and where errors and signals become exit codes."""

import os
import signal
import sys
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from inkdigit.cli.benchmark import benchmark
from inkdigit.cli.classify import classify
from inkdigit.cli.compare import compare
from inkdigit.cli.cross_validate import cross_validate
from inkdigit.cli.data import app as data_app
from inkdigit.cli.doctor import doctor
from inkdigit.cli.evaluate import evaluate
from inkdigit.cli.export import export
from inkdigit.cli.read import read
from inkdigit.cli.search import search
from inkdigit.cli.signals import Stopped, stopped_by
from inkdigit.cli.study import app as study_app
from inkdigit.cli.train import train
from inkdigit.errors import InkdigitError
from inkdigit.pictures.file import shown
from inkdigit.version import __version__


class _Commands(TyperGroup):
    """The commands, where typer's own answers to Ctrl-C and a closed pipe do not reach."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise stopped_by(signal.SIGINT) from error
        except BrokenPipeError as error:  # the reader of a pipe left, as `head` does
            raise Stopped(141) from error  # as if SIGPIPE had done it: the work may be half done


app = typer.Typer(
    name="inkdigit",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: rich alone would take half of the 0.3 s
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.command("cross-validate")(cross_validate)
app.command("search")(search)
app.command("classify")(classify)
app.command("read")(read)
app.command("export")(export)
app.command("benchmark")(benchmark)
app.command("doctor")(doctor)
app.add_typer(study_app, name="study")
app.add_typer(data_app, name="data")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inkdigit {__version__}")
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
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except Stopped as stopped:
        if stopped.message is None:  # or Python would complain when it flushes stdout at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(stopped.exit_code)
        _leave(stopped.message, stopped.exit_code)
    except InkdigitError as error:
        _leave(str(error), error.exit_code)
    except OSError as error:
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        reason = f"{place}{(error.strerror or str(error)).lower()}."
        notes = getattr(error, "__notes__", ["Check the path, its permissions and the disk."])
        _leave(" ".join([reason, *notes]), 1)
    except MemoryError:
        _leave("not enough memory. Use smaller pictures or batches, or a larger machine.", 1)
    sys.exit(0)


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise stopped_by(number)


def _leave(message: str, exit_code: int) -> NoReturn:
    typer.echo(f"inkdigit: {shown(message)}", err=True)  # a file's name may hold a line's end
    sys.exit(exit_code)
