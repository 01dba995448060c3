"""`inkdigit compare`: finished runs side by side, and which of their differences are real."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli.console import print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.evaluation.compare import Comparison, Pair


_PIPED_WIDTH = 160  # characters: off a terminal no line needs to be folded


def compare(
    runs: Annotated[list[Path], typer.Argument(help="The folders of two or more finished runs.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the comparison as an HTML page.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Compare finished runs: settings, results, and a paired test on validation."""
    from inkdigit.evaluation.compare import compare as compare_runs
    from inkdigit.evaluation.compare import write_comparison

    comparison = compare_runs(runs)
    if output is not None:
        write_comparison(comparison, output)
        print_note(f"Comparison: {output}")
    if as_json:
        print_json(comparison.to_record())
    else:
        _print(comparison)


def _print(comparison: "Comparison") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    results = Table(
        "run", "parameters", "validation", "test", "95 % interval", "training", box=box.SIMPLE
    )
    for name, run in zip(comparison.names, comparison.runs, strict=True):
        test = run.result.test
        results.add_row(
            name,
            f"{run.network.parameters:,}",
            f"{run.result.validation.accuracy:.2%}",
            f"{test.accuracy:.2%} ({test.wrong:,} of {test.total:,} wrong)",
            f"{test.low:.2%} to {test.high:.2%}",
            f"{run.result.seconds.training:.1f} s",
        )
    console.print(results)
    if comparison.differences:
        settings = Table("setting", *comparison.names, box=box.SIMPLE)
        for setting, values in comparison.differences.items():
            settings.add_row(setting, *values)
        console.print(settings)
    print_result("McNemar's exact test on validation:")
    for pair in comparison.pairs:
        print_result(f"  {_in_words(pair)}")


def _in_words(pair: "Pair") -> str:
    if pair.why_not is not None:
        return f"{pair.a} and {pair.b}: not comparable, {pair.why_not}"
    return (
        f"{pair.a} and {pair.b}: {pair.only_a_wrong} and {pair.only_b_wrong} that only one of "
        f"them got wrong, p = {pair.p:.2g}"
    )
