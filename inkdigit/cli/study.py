"""`inkdigit study`: experiments that measure what is claimed of networks and their training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress
from inkdigit.cli.study_layers import layers
from inkdigit.cli.study_pooling import pooling
from inkdigit.cli.study_residual import residual

if TYPE_CHECKING:
    from inkdigit.studies.learning_rate import RangeTest

app = typer.Typer(no_args_is_help=True, help="Measure what is claimed of networks and training.")
app.command("residual")(residual)
app.command("pooling")(pooling)
app.command("layers")(layers)

FileArgument = Annotated[
    Path | None, typer.Argument(help="A TOML configuration, instead of a preset.")
]
Preset = Annotated[str | None, typer.Option("--preset", help="A preset. Default: fast.")]
Data = Annotated[
    str | None, typer.Option("--data", help="mnist, mnist-5k (default), or a folder of pictures.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")]


@app.command("learning-rate")
def learning_rate(
    file: FileArgument = None,
    *,
    preset: Preset = None,
    data: Data = None,
    override: Overrides = None,
    lowest: Annotated[float, typer.Option(help="The rate to begin with.")] = 1e-4,
    highest: Annotated[float, typer.Option(help="The rate to end with.")] = 10.0,
    steps: Annotated[int, typer.Option(help="Steps from one to the other.")] = 200,
    repeats: Annotated[int, typer.Option(help="Times, each from other weights.")] = 3,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the curves as an HTML page.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train while the learning rate rises, and suggest a peak for the schedule."""
    with needs_extra("train"):
        from inkdigit.cli.studying import configured
        from inkdigit.data.source import open_source
        from inkdigit.studies.learning_rate import Range, range_test, write_page
        from inkdigit.training.device import choose_machine

        config = configured(file, preset, data, override)
        machine = choose_machine(config.training)
        source = open_source(config.data)
        with progress("raising the rate") as watch:
            found = range_test(
                config, source, machine, Range(lowest, highest, steps, repeats), watch=watch
            )
        if output is not None:
            write_page(found, source.name, output)
    if as_json:
        print_json(found.to_record())
    else:
        _print_range(found)
    if output is not None:
        print_note(f"Report: {output}")


@app.command("adversarial")
def adversarial(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    pictures: Annotated[int, typer.Option(min=1, help="Validation pictures to attack.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Draws where PGD starts.")] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The page. Default: in RUN.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change validation pictures against a run's network, by FGSM and PGD, and see what it says."""
    with needs_extra("train"):
        from inkdigit.data.source import open_source
        from inkdigit.evaluation import run_record
        from inkdigit.studies.adversarial import Classes, attack, write_page
        from inkdigit.training.device import fix_arithmetic
        from inkdigit.training.run_folder.checkpoint import best_network
        from inkdigit.training.run_folder.resumption import require_same_data

        config = run_record.read_config(run)
        network, _ = best_network(run)
        source = open_source(config.data)
        require_same_data(run, source)
        fix_arithmetic(config.training)
        classes = Classes(network, len(source.class_names)).eval()
        with progress("attacking") as watch:
            found = attack(classes, source.validation, pictures=pictures, seed=seed, watch=watch)
        page = output or run / "adversarial.html"
        write_page(run.resolve().name, found, classes, source.validation, page)
    if as_json:
        print_json({"run": str(run), "report": str(page), **found.to_record()})
        return
    total, clean = found.clean.total, found.clean.accuracy
    print_result(f"{total:,} validation pictures, as they are: {clean:.2%} right")
    for each in found.attacked:
        print_result(
            f"changed by up to {each.strength:g}: FGSM {each.fgsm.accuracy:.2%}, "
            f"PGD {each.pgd.accuracy:.2%}"
        )
    print_result(f"Report: {page}")


def _print_range(found: "RangeTest") -> None:
    for sweep in found.sweeps:
        end = "where the loss had blown up" if sweep.blown_up else "the end of the range"
        print_result(
            f"seed {sweep.seed}: the smoothed loss is smallest, {min(sweep.smoothed):.3f}, at a "
            f"rate of {sweep.lowest_at:.3g}; {len(sweep.rates)} steps up to {sweep.rates[-1]:.3g}, "
            f"{end}"
        )
    print_result(
        f"Suggested peak: {found.suggestion:.2g} ({found.least:.2g} to {found.most:.2g}), "
        f"a tenth of the rate with the smallest loss; configured is {found.configured:g}"
    )
