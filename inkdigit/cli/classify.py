"""`inkdigit classify`: the digit in each picture, with a confidence, or a reason why not."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import counting, needs_extra, print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.recognition.explain import Neighbours
    from inkdigit.recognition.recognizer import OnnxRecognizer
    from inkdigit.recognition.stream import Answer

_EXPLAINED = 200  # answers on a page
_COLUMNS = (
    *("file", "label", "confidence", "rejected", "reason"),
    *("second", "second_probability", "third", "third_probability", "error"),
)


def classify(
    pictures: Annotated[
        list[str], typer.Argument(help="Picture files and folders of them, or - for stdin.")
    ],
    model: Annotated[
        str, typer.Option(help="default, quick, a run folder, or an exported model file.")
    ] = "default",
    target_error: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Reject answers until so few of the others are wrong. Default: 0.01."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if anything was rejected.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A line of CSV for each.")] = False,
    explain: Annotated[
        Path | None, typer.Option(help="Write a page that shows why, with pictures.")
    ] = None,
    neighbours: Annotated[
        str | None,
        typer.Option(help="On that page, show the most alike training pictures of this source."),
    ] = None,
) -> None:
    """Read one digit in each picture: the answer, how sure it is, and what came next.

    Folders are searched with all that is in them. A picture that cannot be read is named and
    does not stop the others; the exit code is then 5.
    """
    from inkdigit.cli.picture_files import Tally, inputs_of
    from inkdigit.errors import ConfigError
    from inkdigit.pictures.decode import SUFFIXES
    from inkdigit.recognition.recognizer import open_recognizer
    from inkdigit.recognition.stream import classify_files

    if as_json and as_csv:
        raise ConfigError("both --json and --csv were given. Give one of them.")
    if neighbours is not None and explain is None:
        raise ConfigError("--neighbours without a page to show them on. Add --explain PAGE.")
    recognizer = open_recognizer(model)
    alike = None if neighbours is None else _neighbours(neighbours, recognizer)
    show = _show_json if as_json else _csv_writer() if as_csv else _show_line
    explained: list[Answer] = []
    tally = Tally()
    inputs = inputs_of(pictures, SUFFIXES)
    with counting("pictures") as counted:
        for answer in classify_files(recognizer, inputs, target_error=target_error):
            show(answer)
            tally.files += 1
            tally.faulty += answer.prediction is None
            tally.rejected += answer.prediction is not None and answer.prediction.rejected
            if explain is not None and len(explained) < _EXPLAINED:
                explained.append(answer)
            counted(tally.files)
    if explain is not None:
        from inkdigit.recognition.explain import write_explanation

        write_explanation(
            explain, recognizer, explained, alike, left_out=tally.files - len(explained)
        )
    tally.leave(strict=strict)


def _neighbours(source: str, recognizer: "OnnxRecognizer") -> "Neighbours":
    """Open the training pictures of a source, as the model wants them."""
    from inkdigit.config import DataConfig
    from inkdigit.recognition.explain import Neighbours

    preparation = recognizer.preparation
    with needs_extra("train"):
        from inkdigit.data.source import open_source

        config = DataConfig(
            source=source,
            image_size=preparation.image_size,
            channels=preparation.channels,
            frame=preparation.frame,
        )
        return Neighbours(open_source(config).train)


def _show_line(answer: "Answer") -> None:
    """Write an answer for people: what it is first, the file last, which may be long."""
    prediction = answer.prediction
    if prediction is None:
        print_note(f"inkdigit: {answer.error}")
        return
    (_, confidence), *others = prediction.top
    label = f"{prediction.label}  {confidence:8.2%}"
    second = "  ".join(f"{name} {probability:6.2%}" for name, probability in others)
    verdict = f"rejected: {prediction.reason}" if prediction.rejected else ""
    print_result(f"{label}   {second}   {verdict:<22} {answer.given.name}")


def _show_json(answer: "Answer") -> None:
    prediction = answer.prediction
    if prediction is None:
        print_json({"file": answer.given.name, "error": answer.error})
        return
    print_json(
        {
            "file": answer.given.name,
            "label": prediction.label,
            "confidence": prediction.confidence,
            "rejected": prediction.rejected,
            "reason": prediction.reason,
            "top": [
                {"label": name, "probability": probability} for name, probability in prediction.top
            ],
        }
    )


def _csv_writer() -> "Callable[[Answer], None]":
    """Write the head of a table, and give what writes a row of it."""
    rows: Any = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)

    def show(answer: "Answer") -> None:
        prediction = answer.prediction
        if prediction is None:
            rows.writerow([answer.given.name, *[""] * 8, answer.error])
            return
        others = [value for name, share in prediction.top[1:] for value in (name, f"{share:.6g}")]
        rows.writerow(
            [
                *(answer.given.name, prediction.label, f"{prediction.confidence:.6g}"),
                *(str(prediction.rejected).lower(), prediction.reason or ""),
                *(others + [""] * 4)[:4],
                "",
            ]
        )

    return show
