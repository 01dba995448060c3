"""`inkdigit data`: fetch, look at, export and forget the pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress
from inkdigit.cli.data_check import check

if TYPE_CHECKING:
    from inkdigit.config import DataConfig
    from inkdigit.data.source import Source
    from inkdigit.types import Split

app = typer.Typer(no_args_is_help=True, help="Fetch, inspect and export data.")
cache_app = typer.Typer(no_args_is_help=True, help="Show or clear what inkdigit keeps.")
app.add_typer(cache_app, name="cache")
app.command("check")(check)

_PER_CLASS = 10  # pictures a row of the contact sheet

SourceArgument = Annotated[
    str | None, typer.Argument(help="mnist, mnist-5k, or a folder with one sub-folder a class.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("-s", "--set", metavar="DATA.KEY=VALUE", help="Change one setting."),
]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Decode a folder's pictures again.")]


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="What to fetch: mnist.")] = "mnist") -> None:
    """Download the official MNIST into the cache, verified, unless it is there."""
    from inkdigit.data.sources.mnist import fetch as fetch_mnist
    from inkdigit.errors import ConfigError, unknown

    if name != "mnist":
        raise ConfigError(unknown("download", name, ["mnist"]))
    with progress("downloading MNIST") as watch:
        folder = fetch_mnist(watch)
    print_result(f"MNIST is in {folder}")


@app.command()
def info(
    source: SourceArgument = None,
    sheet: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write training pictures of each class as one PNG."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")] = False,
    overrides: Overrides = None,
    rebuild: Rebuild = False,
) -> None:
    """Count a source's pictures by split and class, and show how they are prepared."""
    config = _config(source, overrides)
    with needs_extra("train"), progress("reading pictures") as watch:
        from inkdigit.data.source import open_source

        opened = open_source(config, rebuild=rebuild, watch=watch)
    if as_json:
        print_json(_record(opened))
    else:
        for line in _lines(opened):
            print_result(line)
    if sheet is not None:
        _write_sheet(opened.train, sheet)
        print_note(f"contact sheet: {sheet}")


@app.command()
def export(
    source: Annotated[str, typer.Argument(help="mnist, mnist-5k or a folder.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    overrides: Overrides = None,
) -> None:
    """Write the prepared pictures as PNG files, one sub-folder a class."""
    from inkdigit.data.sources.image_folder import require_empty, write_image_folder

    require_empty(folder)
    config = _config(source, overrides)
    with needs_extra("train"), progress("reading pictures") as watch:
        from inkdigit.data.source import gather

        pool = gather(config, watch=watch).pool
    with progress("writing pictures") as watch:
        write_image_folder(pool, folder, watch=watch)
    print_result(f"{len(pool.labels):,} pictures in {folder}")


@app.command()
def compose(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    count: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Lines to compose, or pages.")
    ] = 100,
    text: Annotated[
        str | None, typer.Option(help="What each says: digits and . , - /. Default: by chance.")
    ] = None,
    pages: Annotated[
        bool, typer.Option("--pages", help="Whole pages: lines, columns, tables, forms.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same one composes the same lines.")] = 0,
    source: Annotated[
        str, typer.Option(help="Whose training digits: mnist, mnist-5k or a folder.")
    ] = "mnist-5k",
) -> None:
    """Compose pictures of handwritten numbers from real digits, with the truth about each."""
    from inkdigit.data.sources.image_folder import require_empty
    from inkdigit.errors import ConfigError

    if pages and text is not None:
        raise ConfigError(
            "--text and --pages: expected one of them; pages say what chance draws. "
            "Leave one of them out."
        )
    require_empty(folder)
    with needs_extra("train"), progress("reading pictures") as watch:
        from inkdigit.data.composing.folder import digits_of, write_lines, write_pages
        from inkdigit.data.source import open_source

        digits = digits_of(open_source(_config(source, ["data.frame=digit"]), watch=watch))
    with progress("composing") as watch:
        if pages:
            write_pages(digits, folder, count=count, seed=seed, watch=watch)
        else:
            write_lines(digits, folder, count=count, seed=seed, text=text, watch=watch)
    kind = "pages" if pages else "lines"
    print_result(f"{count:,} {kind} in {folder}; what they say is in truth.jsonl")


@cache_app.command("show")
def show_cache() -> None:
    """List the downloads and packs that could be made again."""
    from inkdigit.data.sources.cache import cache_folder, entries

    found = entries()
    for entry in found:
        print_result(f"{entry.size_bytes / 1e6:9.1f} MB  {entry.path}")
    total = sum(entry.size_bytes for entry in found)
    print_result(f"{total / 1e6:9.1f} MB  in {cache_folder()}")


@cache_app.command("clear")
def clear_cache() -> None:
    """Remove the downloads and packs."""
    from inkdigit.data.sources.cache import cache_folder, clear

    print_result(f"{clear() / 1e6:.1f} MB removed from {cache_folder()}")


def _config(source: str | None, overrides: list[str] | None) -> "DataConfig":
    from inkdigit.config import load

    config = load(overrides=overrides or []).data
    return config.model_copy(update={"source": source}) if source is not None else config


def _splits(source: "Source") -> tuple["Split", ...]:
    return source.train, source.validation, source.test


def _record(source: "Source") -> dict[str, Any]:
    from inkdigit.data.split import count_classes

    return {
        "source": source.name,
        "classes": source.class_names,
        "image_size": source.preparation.image_size,
        "channels": source.preparation.channels,
        "inverted": source.preparation.invert,
        "frame": source.preparation.frame,
        "left_out": source.left_out,
        "excluded": source.excluded,
        "relabelled": source.relabelled,
        "bad_pictures": source.bad_pictures,
        "splits": {
            split.name: {
                "total": len(split),
                "sha256": split.sha256,
                "classes": dict(
                    zip(source.class_names, count_classes(split).tolist(), strict=True)
                ),
            }
            for split in _splits(source)
        },
    }


def _lines(source: "Source") -> list[str]:
    from inkdigit.data.split import count_classes

    splits, side = _splits(source), source.preparation.image_size
    counts = [count_classes(split).tolist() for split in splits]
    width = max(len("class"), *map(len, source.class_names))
    head = "".join(f"{split.name:>12}" for split in splits)
    colour = "grey" if source.preparation.channels == 1 else "colour"
    if source.preparation.frame == "digit":
        polarity = "framed as MNIST does it"
    else:
        polarity = "turned to light on dark" if source.preparation.invert else "not inverted"
    lines = [
        f"{source.name}: {len(source.class_names)} classes, {side}×{side}, {colour}, {polarity}",
        "",
        f"{'class':<{width}}{head}",
    ]
    for name, *row in zip(source.class_names, *counts, strict=True):
        lines.append(f"{name:<{width}}" + "".join(f"{count:12,}" for count in row))
    lines.append(f"{'all':<{width}}" + "".join(f"{len(split):12,}" for split in splits))
    lines.append("")
    lines += [f"{split.name:<10} sha256 {split.sha256}" for split in splits]
    if source.left_out:
        lines.append(f"{source.left_out:,} left out: they stand in the test or validation part")
    if source.excluded or source.relabelled:
        lines.append(f"{source.excluded:,} excluded and {source.relabelled:,} relabelled")
    if source.bad_pictures:
        lines.append(f"{len(source.bad_pictures):,} could not be read")
        lines += [f"  {name}" for name in source.bad_pictures]
    return lines


def _write_sheet(split: "Split", path: Path) -> None:
    import io

    import numpy as np

    from inkdigit.data.contact_sheet import contact_sheet, pick_per_class
    from inkdigit.durable import write_bytes

    chosen = pick_per_class(split.labels[split.indices], _PER_CLASS)
    rows = split.indices[chosen]
    captions = [split.class_names[label] for label in split.labels[rows]]
    content = io.BytesIO()
    contact_sheet(np.asarray(split.images[rows]), captions, _PER_CLASS).save(content, "PNG")
    write_bytes(path, content.getvalue())
