"""`inkdigit data check`: find what is wrong with labelled pictures, and how it may be mended."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress

if TYPE_CHECKING:
    from inkdigit.config import RunConfig
    from inkdigit.studies.data_check.study import Checkup

_FEWEST_FOLDS = 2


def check(
    source: Annotated[
        str | None,
        typer.Argument(help="mnist, mnist-5k (default), or a folder with a sub-folder a class."),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A new folder. Default: checks/<source>-<time>."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="Of the networks that judge labels, as it is. Default: fast, longer."),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(min=_FEWEST_FOLDS, max=50, help="Networks, each of which judges its share."),
    ] = 3,
    labels: Annotated[
        bool, typer.Option("--labels/--no-labels", help="Train networks that judge labels.")
    ] = True,
    test: Annotated[
        bool, typer.Option("--test", help="Judge the test part's labels too; that is written down.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if there is a problem.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each.")] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Decode a folder's pictures again.")
    ] = False,
) -> None:
    """Find doubles, wrong labels, and pictures that are blank, cut off, inverted or turned.

    Nothing is changed. A report, exclude.jsonl and relabel.jsonl are written into a folder;
    `inkdigit train --exclude FILE --relabel FILE` honours the two.
    """
    from inkdigit.data.sources.image_folder import require_empty
    from inkdigit.errors import ConfigError

    if test and not labels:
        raise ConfigError("--test beside --no-labels, expected one of them. Leave one out.")
    config = _config(source, preset, overrides)
    folder = output or _default_folder(config.data.source)
    require_empty(folder)
    with needs_extra("train"):
        from inkdigit.studies.data_check.study import Options, check_data

        options = Options(
            folds=folds if labels else 0, more_epochs=preset is None, test=test, rebuild=rebuild
        )
        checkup = check_data(config, folder, options, stage=progress)
    if as_json:
        _print_records(checkup)
    else:
        _print(checkup)
    if strict and checkup.count("problem"):
        raise typer.Exit(3)


def _config(source: str | None, preset: str | None, overrides: list[str] | None) -> "RunConfig":
    import json

    from inkdigit.config import load

    named = [] if source is None else [f"data.source={json.dumps(source, ensure_ascii=False)}"]
    return load(preset=preset, overrides=[*(overrides or ()), *named])


def _default_folder(source: str) -> Path:
    from datetime import datetime

    return Path("checks") / f"{Path(source).name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"


def _print_records(checkup: "Checkup") -> None:
    from inkdigit.studies.data_check.record import FINDINGS

    for line in (checkup.folder / FINDINGS).read_text("utf-8").splitlines():
        print_result(line)
    print_json(
        {
            "source": checkup.material.source.name,
            "folder": str(checkup.folder),
            "problems": checkup.count("problem"),
            "notices": checkup.count("notice"),
            "exclude": checkup.excluded,
            "relabel": checkup.relabelled,
            "seconds": checkup.seconds,
        }
    )


def _print(checkup: "Checkup") -> None:
    from inkdigit.studies.data_check.finding import counted

    for finding in checkup.findings:
        print_result(f"{finding.severity}: {finding.check}")
        print_result(f"  {finding.said}")
        print_result(f"  {finding.mend}")
    problems, notices = checkup.count("problem"), checkup.count("notice")
    print_result(
        f"{counted(problems, 'problem')}, {counted(notices, 'notice')} in {checkup.seconds:.0f} s"
    )
    print_result(f"Report:  {checkup.folder / 'report.html'}")
    print_result(f"Exclude: {checkup.folder / 'exclude.jsonl'} ({checkup.excluded:,} pictures)")
    print_result(f"Relabel: {checkup.folder / 'relabel.jsonl'} ({checkup.relabelled:,} pictures)")
    if checkup.excluded or checkup.relabelled:
        print_note(
            "Look at the report, remove the lines that you do not agree with, and train with "
            f"--exclude {checkup.folder / 'exclude.jsonl'} "
            f"--relabel {checkup.folder / 'relabel.jsonl'}"
        )
