"""`inkdigit export`: a run's network as one file for others, with its card."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.training.model_files.comparison import Comparison


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A new folder for model.onnx and its card. Default: RUN/<precision>.",
        ),
    ] = None,
    precision: Annotated[
        Literal["fp32", "fp16", "int8"],
        typer.Option(help="fp16 and int8 are smaller; what else changes is measured and said."),
    ] = "fp32",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Write the network of RUN's best epoch as one ONNX file, checked against torch.

    A run writes its own model.onnx at its end; this writes it again, elsewhere, or in a
    smaller precision: fp16 keeps weights in 16 bits and computes as before, int8 computes in 8.
    """
    with needs_extra("train"):
        from inkdigit.training.deliver import deliver_elsewhere

        folder = output or run / precision
        comparison = deliver_elsewhere(run, folder, precision=precision, replace=output is None)
    file = folder / "model.onnx"
    if as_json:
        from dataclasses import asdict

        record = asdict(comparison) if comparison else None
        print_json(
            {"run": str(run), "model": str(file), "precision": precision, "compared": record}
        )
    else:
        print_result(f"Model: {file}")
        print_result(f"Card:  {folder / 'README.md'}")
        if comparison is not None:
            print_result(comparison.in_words())
    _warn(comparison)


def _warn(comparison: "Comparison | None") -> None:
    if comparison is not None and comparison.precision == "int8" and comparison.speedup < 1:
        print_note(
            f"inkdigit: int8 is slower than fp32 here ({comparison.speedup:.2f} times as fast). "
            "Use the fp32 file unless the size matters."
        )
