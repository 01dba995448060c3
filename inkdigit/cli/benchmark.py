"""`inkdigit benchmark`: how fast models answer on this machine."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli.console import print_json, print_result

if TYPE_CHECKING:
    from inkdigit.recognition.benchmark import Speed
    from inkdigit.recognition.recognizer import OnnxRecognizer


def benchmark(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="default, quick, run folders, or model files. Default: the first two."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON a model.")] = False,
) -> None:
    """Time every number of threads and size of batch, and name the best setting.

    Of a run folder, the smaller files that `inkdigit export --precision` wrote are timed too.
    """
    from functools import partial

    from inkdigit.machine import instruction_sets, processor, usable_cores
    from inkdigit.recognition.benchmark import BATCHES, best, framing_per_s, measure, thread_counts
    from inkdigit.recognition.recognizer import SHIPPED, open_recognizer

    cores = usable_cores()
    if not as_json:
        print_result(f"{processor()}, {cores} cores, {' '.join(instruction_sets())}")
    for model in (each for given in models or SHIPPED for each in _files(given)):
        recognizer = open_recognizer(model)
        speeds = list(measure(partial(_open, model), thread_counts(cores), BATCHES))
        fastest, framed = best(speeds), framing_per_s(recognizer)
        if as_json:
            print_json(
                {
                    "model": model,
                    "precision": recognizer.card.precision,
                    "speeds": [asdict(speed) for speed in speeds],
                    "best": asdict(fastest),
                    "framing_per_s": framed,
                }
            )
            continue
        print_result("")
        print_result(f"{model} ({recognizer.card.network}, {recognizer.card.precision})")
        for line in _table(speeds):
            print_result(line)
        print_result(f"framing apart: {framed:,.0f} pictures of 160×160 a second on one thread")
        print_result(
            f"best: {fastest.per_s:,.0f} a second with "
            f"open_recognizer({model!r}, threads={fastest.threads}), {fastest.batch} at once"
        )


def _open(model: str, threads: int) -> "OnnxRecognizer":
    from inkdigit.recognition.recognizer import open_recognizer

    return open_recognizer(model, threads=threads)


def _files(model: str) -> list[str]:
    """Give a model, and the smaller ones beside it."""
    beside = (Path(model) / precision / "model.onnx" for precision in ("fp16", "int8"))
    return [model, *(str(file) for file in beside if file.is_file())]


def _table(speeds: "list[Speed]") -> list[str]:
    head = f"{'threads':>7} {'at once':>8} {'a second':>10} {'p50':>12} {'p99':>12}"
    return [head] + [
        f"{speed.threads:>7} {speed.batch:>8,} {speed.per_s:>10,.0f} "
        f"{speed.p50_us:>9,.0f} µs {speed.p99_us:>9,.0f} µs"
        for speed in speeds
    ]
