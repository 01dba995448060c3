"""`inkdigit train`: from labelled pictures to a tested model file and a report."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli.console import (
    needs_extra,
    print_json,
    print_note,
    print_result,
    require_accuracy,
)

if TYPE_CHECKING:
    from inkdigit.training.run import RunResult


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
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The run folder. Default: runs/<preset>-<time>."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
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

    Without options the preset `fast` learns the 5,000 digits that come with inkdigit.
    """
    with needs_extra("train"):
        if list_all:
            _print_list()
            return
        from inkdigit.cli.display import RunDisplay
        from inkdigit.config import load
        from inkdigit.training.run import run

        overrides = list(override or ())
        named = (("source", data), ("test_source", test_data))
        overrides += [f"data.{key}={_quote(value)}" for key, value in named if value is not None]
        config = load(preset=preset, file=file, overrides=overrides)
        folder = output or _default_folder(preset, file)
        say = print_note if as_json else print_result
        with closing(RunDisplay(config, say=say, quiet=quiet)) as display:
            result = run(config, folder, init_from=init_from, rebuild=rebuild, watch=display.show)
            display.show_result(result)
    if as_json:
        print_json(result.to_json())
    else:
        _print_files(result)
    require_accuracy(result.test.accuracy, min_accuracy)


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
