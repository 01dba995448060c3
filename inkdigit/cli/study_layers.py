"""`inkdigit study layers`: what each layer of a trained network sees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note


def layers(
    run: Annotated[
        Path | None, typer.Argument(help="The folder of a run; without it, one is trained.")
    ] = None,
    *,
    preset: Annotated[
        str | None, typer.Option("--preset", help="Train this preset first. Default: fast.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="Train on mnist, mnist-5k (default), or a folder."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Its run folder. Default: runs/study-layers-<time>."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
    ] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Option("--class", help="Follow a picture of this class; repeat it. Default: three."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer pictures for probes and map.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")] = False,
) -> None:
    """Look into a trained network: filters, maps, receptive fields, probes, costs, a map of digits.

    RUN keeps the page as layers.html and the figures as layers.json. The test split stays closed.
    """
    with needs_extra("train"):
        from inkdigit.durable import write_json
        from inkdigit.studies.layers.findings import judge
        from inkdigit.studies.layers.report import write_report
        from inkdigit.studies.layers.study import QUICK, Sizes, study

        if run is not None:
            beside = {"--preset": preset, "--data": data, "-o": output, "-s": override}
            _refuse_beside_run(beside)
        else:
            run = _train(preset, data, output, override)
        found = study(run, tuple(chosen or ()), QUICK if quick else Sizes())
        report = write_report(found)
        findings = judge(found)
        write_json(run / "layers.json", found.to_record())
    if as_json:
        from dataclasses import asdict

        record = {"report": str(report), "findings": [asdict(each) for each in findings]}
        print_json(record | found.to_record())
    else:
        from inkdigit.cli.studying import print_findings

        print_findings(findings, report)


def _refuse_beside_run(beside: Mapping[str, object]) -> None:
    from inkdigit.errors import ConfigError

    given = [name for name, value in beside.items() if value]
    if given:
        raise ConfigError(
            f"{' and '.join(given)} beside RUN, which is trained already. Leave RUN out to train "
            "another network first."
        )


def _train(
    preset: str | None, data: str | None, output: Path | None, override: list[str] | None
) -> Path:
    """Train a network to look into, as `inkdigit train` does."""
    from inkdigit.cli.studying import configured, dated_folder
    from inkdigit.training.run import run as train

    folder = output or dated_folder("study-layers")
    result = train(configured(None, preset, data, override), folder)
    print_note(result.test.in_words())
    return folder
