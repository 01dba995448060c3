"""`inkdigit train`: from labelled pictures to a tested model file and a report."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from inkdigit.cli.console import (
    needs_extra,
    print_json,
    print_note,
    print_result,
    require_accuracy,
)
from inkdigit.cli.signals import Stopped, deferring

if TYPE_CHECKING:
    from inkdigit.config import RunConfig
    from inkdigit.training.run import Stop
    from inkdigit.training.run_folder.events import RunResult, Watch


def train(
    file: Annotated[
        Path | None, typer.Argument(help="A TOML configuration, instead of a preset.")
    ] = None,
    *,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A preset; see --list. Default: fast.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="mnist, mnist-5k (default), or a folder of pictures."),
    ] = None,
    test_data: Annotated[
        str | None, typer.Option("--test-data", help="Test on this source's test part instead.")
    ] = None,
    exclude: Annotated[
        str | None, typer.Option("--exclude", help="Leave out the pictures that this file names.")
    ] = None,
    relabel: Annotated[
        str | None, typer.Option("--relabel", help="Take the labels that this file says.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The run folder. Default: runs/<preset>-<time>."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run."),
    ] = None,
    init_from: Annotated[
        Path | None, typer.Option("--init-from", help="Start from the weights of this run.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Decode a folder's pictures again.")
    ] = False,
    min_accuracy: Annotated[
        float | None,
        typer.Option("--min-accuracy", min=0, max=1, help="Leave with code 4 below this."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the result only.")] = False,
    list_all: Annotated[
        bool, typer.Option("--list", help="Show the presets and networks, and stop.")
    ] = False,
) -> None:
    """Train a network, choose its best epoch on validation, test it once, and write a report.

    Without options the preset `fast` learns the 5,000 digits that come with inkdigit. Ctrl-C
    saves after the step; `--resume RUN` then goes on to the same result, to the bit.
    """
    with needs_extra("train"):
        if list_all:
            _print_list()
            return
        if resume is not None:
            beside: dict[str, object] = {"FILE": file, "--preset": preset, "--data": data}
            beside |= {"--test-data": test_data, "--exclude": exclude, "--relabel": relabel}
            beside |= {"-o": output, "-s": override}
            beside |= {"--init-from": init_from, "--rebuild": rebuild}
            _refuse_beside_resume([name for name, value in beside.items() if value])
            start = _resuming(resume)
        else:
            from inkdigit.config import load

            named = (
                *(("source", data), ("test_source", test_data)),
                *(("exclude", exclude), ("relabel", relabel)),
            )
            sources = [f"data.{key}={_quote(value)}" for key, value in named if value is not None]
            config = load(preset=preset, file=file, overrides=[*(override or ()), *sources])
            folder = output or _default_folder(preset, file)
            start = _running(config, folder, init_from=init_from, rebuild=rebuild)
        result = _follow(start, quiet=quiet, as_json=as_json)
    if as_json:
        print_json(result.to_json())
    else:
        _print_files(result)
    require_accuracy(result.test.accuracy, min_accuracy)


class _Start(Protocol):
    """A run that waits for its watcher."""

    def __call__(self, *, stop: "Stop", watch: "Watch") -> "RunResult": ...


def _running(config: "RunConfig", folder: Path, *, init_from: Path | None, rebuild: bool) -> _Start:
    from inkdigit.training.run import run

    return partial(run, config, folder, init_from=init_from, rebuild=rebuild)


def _resuming(folder: Path) -> _Start:
    from inkdigit.training.run import resume

    return partial(resume, folder)


def _follow(start: _Start, *, quiet: bool, as_json: bool) -> "RunResult":
    """Show a run while it goes on; while it trains, a signal waits for the end of a step."""
    from inkdigit.cli.display import RunDisplay
    from inkdigit.errors import StoppedError
    from inkdigit.training.run_folder.events import Event, Phase, Reading

    say = print_note if as_json else print_result
    with closing(RunDisplay(say=say, quiet=quiet)) as display, deferring() as deferral:

        def watch(event: Event) -> None:
            deferral.active = not isinstance(event, Phase | Reading)
            if deferral and not deferral.active:  # it came after the last step
                raise Stopped(deferral.exit_code, "stopped after the last step; all is saved.")
            display.show(event)

        try:
            result = start(stop=lambda: bool(deferral), watch=watch)
        except StoppedError as error:
            raise Stopped(deferral.exit_code, str(error)) from error
        display.show_result(result)
    return result


def _refuse_beside_resume(given: list[str]) -> None:
    from inkdigit.errors import ConfigError

    if given:
        raise ConfigError(
            f"{' and '.join(given)} beside --resume: a run goes on as it began, expected nothing "
            "else. Leave it out, or start another run."
        )


def _quote(value: str) -> str:
    """Write text as a TOML literal, so that a folder named `5` or `true` stays text."""
    import json

    return json.dumps(value, ensure_ascii=False)


def _default_folder(preset: str | None, file: Path | None) -> Path:
    from datetime import datetime

    from inkdigit.config import DEFAULT_PRESET

    name = file.stem if file is not None else preset or DEFAULT_PRESET
    return Path("runs") / f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _print_list() -> None:
    from inkdigit.config import presets
    from inkdigit.models.catalogue import MODELS

    print_result("Presets (--preset NAME):")
    for name, about in presets().items():
        print_result(f"  {name:<16} {about}")
    print_result("Networks (-s model.name=NAME):")
    for name, entry in MODELS.items():
        print_result(f"  {name:<16} {entry.about}")


def _print_files(result: "RunResult") -> None:
    print_result(f"Model:  {result.model}")
    print_result(f"Report: {result.report}")
    print_result(f"Curves: tensorboard --logdir {result.folder}")
