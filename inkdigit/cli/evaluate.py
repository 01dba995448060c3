"""`inkdigit evaluate`: test a finished run's model file again, or on other data."""

from collections.abc import Mapping
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
    from inkdigit.evaluation.run_record import RunRecord
    from inkdigit.evaluation.test import Outcome
    from inkdigit.recognition.recognizer import OnnxRecognizer
    from inkdigit.types import Split


def evaluate(
    run: Annotated[
        Path,
        typer.Argument(
            help="The folder of a finished run; with --robustness also a model file, default or "
            "quick."
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            help="Test on the test part of this source: mnist, mnist-5k or a folder. "
            "Without it: on the run's own test split."
        ),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write every answer to this CSV file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
    min_accuracy: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit with 4 if the accuracy is below this."),
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Ask about corrupted and bent pictures instead."),
    ] = False,
    test_part: Annotated[
        bool,
        typer.Option("--test-part", help="With --robustness: of the test part, not validation."),
    ] = False,
    framed: Annotated[
        bool,
        typer.Option("--framed", help="With --robustness: prepare pictures as classify does."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="With --robustness: draws the corruptions.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="With --robustness: the page. Default: in RUN."),
    ] = None,
    other_writers: Annotated[
        list[Path] | None,
        typer.Option(help="With --robustness: a folder of labelled digits. May be repeated."),
    ] = None,
    not_digits: Annotated[
        list[Path] | None,
        typer.Option(help="With --robustness: a folder of pictures to be rejected."),
    ] = None,
) -> None:
    """Test the model file of RUN; the run folder keeps a record of it.

    With --robustness: the fifteen corruptions of MNIST-C, turning, moving, sizing, slanting, JPEG
    and fewer pixels, on validation digits, as a table and as a page with curves.
    """
    beside: dict[str, object] = {"--test-part": test_part, "--seed": seed, "-o": output}
    beside["--framed"] = framed
    beside |= {"--other-writers": other_writers, "--not-digits": not_digits}
    if robustness:
        from inkdigit.cli.robustness import Wanted, measure_robustness

        _refuse({"--predictions": predictions, "--min-accuracy": min_accuracy}, "beside")
        measure_robustness(
            Wanted(
                model=str(run),
                data=data,
                test=test_part,
                framed=framed,
                seed=seed,
                page=output,
                other_writers=other_writers or (),
                not_digits=not_digits or (),
            ),
            as_json=as_json,
        )
        return
    _refuse(beside, "without")
    from inkdigit.evaluation import run_record
    from inkdigit.evaluation.report import write_report
    from inkdigit.evaluation.test import open_and_test
    from inkdigit.recognition.recognizer import open_recognizer

    record = run_record.read(run)
    model = run / run_record.MODEL_FILE
    recognizer = open_recognizer(model)
    with needs_extra("train"):  # to decode a folder, or for the digits of mnist-5k
        split = _split(record, data, recognizer)
    (print_note if as_json else print_result)("Waiting Test!")
    outcome = open_and_test(
        recognizer,
        split,
        openings=run / run_record.OPENINGS,
        why="inkdigit evaluate" + (f" --data {data}" if data else ""),
    )
    write_report(run)  # it lists the openings
    if predictions is not None:
        _write_predictions(predictions, outcome, recognizer.class_names)
    result = outcome.result
    if as_json:
        print_json(
            {
                "run": str(run),
                "model": str(model),
                "test": result.summary(),
                "seconds": record.result.seconds.model_dump(),
            }
        )
    else:
        print_result(result.in_words())
    require_accuracy(result.accuracy, min_accuracy)


def _refuse(options: Mapping[str, object], how: str) -> None:
    from inkdigit.errors import ConfigError

    given = [name for name, value in options.items() if value]
    if given:
        raise ConfigError(
            f"{' and '.join(given)} {how} --robustness, which changes nothing then. Leave "
            "one of them out."
        )


def _split(record: "RunRecord", data: str | None, recognizer: "OnnxRecognizer") -> "Split":
    """Find the pictures to test on; without `data` they must be the ones that the run knew."""
    from inkdigit.data.source import open_source, open_test
    from inkdigit.errors import DataError

    config = record.config.data
    if data is not None:
        other = config.model_copy(update={"source": data, "test_source": None})
        split = open_test(other, recognizer.preparation, recognizer.class_names)
        _note_doubles(record, split)
        return split
    split = open_source(config).test
    known = record.data.splits.test.sha256
    if split.sha256 != known:
        raise DataError(
            f"{config.test_source or config.source}: its test split has the hash "
            f"{split.sha256[:12]}…, the run knew {known[:12]}…: the pictures changed since. "
            "Name the data to test on with --data."
        )
    return split


def _note_doubles(record: "RunRecord", split: "Split") -> None:
    """Say how many of the pictures the run has seen, if its own data can still be opened."""
    from inkdigit.data.source import open_source
    from inkdigit.data.split import without_doubles
    from inkdigit.errors import InkdigitError

    try:
        own = open_source(record.config.data)
    except InkdigitError as error:
        print_note(f"Not checked for pictures that the run has seen: {error}")
        return
    fresh = without_doubles(split, own.train, own.validation)
    if len(fresh) < len(split):
        print_note(
            f"{len(split) - len(fresh):,} of {len(split):,} pictures are among those that the run "
            "was trained or validated with: the figure flatters."
        )


def _write_predictions(path: Path, outcome: "Outcome", class_names: tuple[str, ...]) -> None:
    """Write a row for each picture, in the split's order: its answer and all probabilities."""
    import csv
    import io

    from inkdigit.durable import write_text

    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["index", "truth", "predicted", "confidence", *class_names])
    answers = zip(outcome.labels.tolist(), outcome.probabilities, strict=True)
    for index, (label, row) in enumerate(answers):
        best = int(row.argmax())
        shares = [f"{share:.6g}" for share in row.tolist()]
        rows.writerow([index, class_names[label], class_names[best], shares[best], *shares])
    write_text(path, table.getvalue())
