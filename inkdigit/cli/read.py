"""`inkdigit read`: the handwritten numbers in pictures and PDFs, line by line."""

import csv
import sys
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import counting, needs_extra, print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.pictures.flatten import Pixels
    from inkdigit.reading.fields.template import Template
    from inkdigit.reading.reader import Seen
    from inkdigit.reading.stream import Reading
    from inkdigit.types import Page


def read(
    pictures: Annotated[
        list[str], typer.Argument(help="Pictures, PDFs and folders of them, or - for stdin.")
    ],
    model: Annotated[str, typer.Option(help="default, or the folder of another one.")] = "default",
    pages: Annotated[
        str | None, typer.Option(help="Of a PDF or TIFF, such as 1,3-5 or 2-. Default: all.")
    ] = None,
    dpi: Annotated[
        int, typer.Option(min=36, max=1200, help="Pixels per inch at which a PDF is drawn.")
    ] = 200,
    pixel_limit: Annotated[
        int, typer.Option(min=1, max=178_956_970, help="Refuse larger pictures.")
    ] = 50_000_000,
    byte_limit: Annotated[int, typer.Option(min=1, help="Refuse larger files.")] = 268_435_456,
    pattern: Annotated[
        str | None,
        typer.Option("--format", help="Rule: the digits, such as dddd, d{2,5} or [0-2]d."),
    ] = None,
    span: Annotated[
        str | None, typer.Option("--range", help="Rule: the value, such as 0..150 or 10..")
    ] = None,
    luhn: Annotated[
        bool, typer.Option("--luhn", help="Rule: the last digit is Luhn's check digit.")
    ] = False,
    hook: Annotated[
        str | None,
        typer.Option("--rule", help="Rule: module:function of yours, which is run."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(help="Read this form, a TOML file: a line of CSV for each page."),
    ] = None,
    target_error: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Reject numbers until so few of the others are wrong. Default: 0.01."
        ),
    ] = None,
    printed: Annotated[
        bool, typer.Option("--printed", help="Do not reject numbers that are printed.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if anything but print was rejected.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each file.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A line of CSV for each number.")] = False,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Draw what was read into a PNG; more pages get numbers, or a folder."),
    ] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Write a page that shows why, with every digit.")
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            min=0, max=256, help="That read many files side by side; 0: one a core, 8 at most."
        ),
    ] = 0,
) -> None:
    """Read the handwritten numbers in each picture, line by line.

    Folders are searched with all that is in them. A file that cannot be read is named and does
    not stop the others; the exit code is then 5. Of what a number may be, the most probable that
    satisfies all rules is given.
    """
    from inkdigit.errors import ConfigError
    from inkdigit.machine import usable_cores
    from inkdigit.reading.documents.page_range import EVERY_PAGE, parse_pages
    from inkdigit.reading.fields.rules import rule_from

    if as_json and as_csv:
        raise ConfigError("both --json and --csv were given. Give one of them.")
    rule = rule_from(pattern=pattern, span=span, luhn=luhn, hook=hook)
    if rule is not None and template is not None:
        raise ConfigError(
            "a rule beside --template: the form's fields have theirs. Write it there."
        )
    with needs_extra("read"):
        from inkdigit.cli.picture_files import Tally, inputs_of
        from inkdigit.reading.documents.document import SUFFIXES, PageLimits
        from inkdigit.reading.reader import ReadOptions, open_reader
        from inkdigit.reading.side_by_side import (
            MANY,
            MOST_PROCESSES,
            FileReader,
            read_side_by_side,
        )

    form = None if template is None else _open_template(template)
    wanted = EVERY_PAGE if pages is None else parse_pages(pages)
    draw = None if overlay is None else _overlay_writer(overlay)
    limits = PageLimits(pixels=pixel_limit, bytes=byte_limit)
    reader = open_reader(model)
    reader.threshold(target_error)  # a wrong wish is told before the first file
    explanation = None
    if explain is not None:
        from inkdigit.reading.explain import Explanation

        explanation = Explanation()

    options = ReadOptions(rule=rule, target_error=target_error, printed=printed)
    files = FileReader(model, options, wanted, dpi, limits, form)
    seen: tuple[Seen, ...] | None = None  # of the page that was read last

    def read_page(pixels: "Pixels", options: ReadOptions) -> "Page":
        nonlocal seen
        if explanation is None or form is not None:
            return reader.read(pixels, options=options)
        page, seen = reader.look(pixels, options=options)
        return page

    def watch(name: str, page: "Page", pixels: "Pixels") -> None:
        if draw is not None:
            draw(name, page, pixels)
        if explanation is not None:
            explanation.add(name, page, pixels, seen)

    several = len(pictures) > 1 or Path(pictures[0]).is_dir()
    fields = None if form is None else tuple(field.name for field in form.fields)
    if as_json:
        show = _json_writer(fields)
    elif as_csv or fields is not None:
        show = _csv_writer(fields)
    else:
        show = _text_writer(several=several)
    inputs = inputs_of(pictures, SUFFIXES)
    first = list(islice(inputs, MANY))
    inputs = chain(first, inputs)
    count = processes or min(usable_cores(), MOST_PROCESSES)
    if len(first) == MANY and count > 1 and draw is None and explanation is None:
        readings: Iterator[Reading] = read_side_by_side(inputs, files, processes=count)
    else:
        readings = files.read_all(inputs, read_page, watch)
    tally = Tally()
    with counting("files") as counted:
        for reading in readings:
            show(reading)
            tally.files += 1
            tally.faulty += bool(reading.errors)
            tally.rejected += sum(
                number.rejected and number.reason != "printed"
                for page in reading.pages
                for number in page.numbers
            )
            counted(tally.files)
    if explanation is not None and explain is not None:
        explanation.write(explain)
    tally.leave(strict=strict)


def _text_writer(*, several: bool) -> "Callable[[Reading], None]":
    """Give what writes a file for people, under its name if there are several."""
    from inkdigit.reading.records import text_lines

    written = 0

    def show(reading: "Reading") -> None:
        nonlocal written
        paged = len(reading.pages) > 1
        for page in reading.pages:
            lines = list(text_lines(page))
            name = f"{reading.name}, page {page.number}" if paged else reading.name
            if several or paged:
                lines = [*([""] if written else []), name, *(lines or ["(no numbers)"])]
            elif not lines:
                print_note(f"inkdigit: {reading.name}: no numbers found.")
            for line in lines:
                print_result(line)
            written += 1
        for error in reading.errors:
            print_note(f"inkdigit: {error}")

    return show


def _open_template(path: Path) -> "Template":
    with needs_extra("read"):
        from inkdigit.reading.fields.template import open_template
    return open_template(path)


def _json_writer(fields: tuple[str, ...] | None) -> "Callable[[Reading], None]":
    """Give what writes a file's record: its lines, or the fields of a form."""
    from inkdigit.reading.records import form_record, page_record

    def show(reading: "Reading") -> None:
        record: dict[str, Any] = {"file": reading.name}
        if reading.pages or not reading.errors:
            record["pages"] = [
                page_record(page) if fields is None else form_record(page, fields)
                for page in reading.pages
            ]
        if reading.errors:
            record["error"] = " ".join(reading.errors)
        print_json(record)

    return show


def _csv_writer(fields: tuple[str, ...] | None) -> "Callable[[Reading], None]":
    """Write the head of a table, and give what writes a file's rows: of numbers, or of a form."""
    from inkdigit.reading.records import COLUMNS, form_columns, form_row, table_rows

    columns = COLUMNS if fields is None else form_columns(fields)
    rows: Any = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(columns)

    def show(reading: "Reading") -> None:
        if fields is None:
            rows.writerows(table_rows(reading.name, reading.pages))
        else:
            rows.writerows(form_row(reading.name, page, fields) for page in reading.pages)
        for error in reading.errors:
            rows.writerow([reading.name, *[""] * (len(columns) - 2), error])

    return show


def _overlay_writer(place: Path) -> "Callable[[str, Page, Pixels], None]":
    """Give what draws page after page: out.png, out-2.png, …; or 0001-NAME.png, … in a folder.

    Raises:
        ConfigError: the place is neither a PNG nor a folder.
    """
    import io

    from inkdigit import durable
    from inkdigit.errors import ConfigError
    from inkdigit.reading.overlay import draw_overlay

    in_folder = place.is_dir() or not place.suffix
    if not in_folder and place.suffix.lower() != ".png":
        raise ConfigError(f"overlay {place}: expected a name that ends in .png, or a folder.")
    count = 0

    def draw(name: str, page: "Page", pixels: "Pixels") -> None:
        nonlocal count
        count += 1
        if in_folder:
            target = place / f"{count:04d}-{Path(name).stem[:60]}.png"
        else:
            target = place if count == 1 else place.with_stem(f"{place.stem}-{count}")
        content = io.BytesIO()
        draw_overlay(pixels, page).save(content, "PNG")
        durable.write_bytes(target, content.getvalue())

    return draw
