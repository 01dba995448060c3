"""Write composed lines and pages as PNG files, with a file that says what stands in each."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.data.composing.line import ComposedLine, compose_line
from inkdigit.data.composing.page import ComposedPage, PageKind, compose_page, draw_kind
from inkdigit.data.composing.texts import SEPARATORS
from inkdigit.data.handwriting.pen import Digits, Pen
from inkdigit.data.source import Source
from inkdigit.data.sources.mnist import CLASS_NAMES
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.durable import new_folder
from inkdigit.errors import ConfigError
from inkdigit.pictures.prepare import for_framed_digits

TRUTH = "truth.jsonl"

_Truth = dict[str, object]


def write_lines(
    digits: Digits,
    folder: Path,
    *,
    count: int,
    seed: int = 0,
    text: str | None = None,
    watch: Watch = ignore,
) -> None:
    """Write `0000.png` and so on, and `truth.jsonl`, a line for each picture.

    The folder appears when all of it is written. Line k is a function of the digits, the seed, the
    text and k alone. See `image_folder.require_empty` first.

    Args:
        digits: to write with.
        folder: a new or empty folder.
        count: of lines.
        seed: of all that is drawn by chance.
        text: digits and separators that every line says; None: drawn by chance, with other signs
            around some of them.
        watch: called with (lines written, all lines).

    Raises:
        ConfigError: the text holds something else, or no digit.
    """
    if text is not None and (
        not set(text) <= set("0123456789" + SEPARATORS) or not any(map(str.isdigit, text))
    ):
        raise ConfigError(f"text {text!r}: expected digits, and of other signs only {SEPARATORS}")
    pen = Pen(digits)

    def compose(draws: np.random.Generator) -> tuple[NDArray[np.uint8], _Truth]:
        line = compose_line(draws, pen, text, plain=text is not None)
        return line.picture, _record(line)

    _write(folder, count, seed, compose, watch)


def write_pages(
    digits: Digits,
    folder: Path,
    *,
    count: int,
    seed: int = 0,
    kind: PageKind | None = None,
    watch: Watch = ignore,
) -> None:
    """Write `0000.png` and so on, and `truth.jsonl`, a line for each page: its numbers by lines.

    The folder appears when all of it is written. Page k is a function of the digits, the seed, the
    kind and k alone. See `image_folder.require_empty` first.

    Args:
        digits: to write with.
        folder: a new or empty folder.
        count: of pages.
        seed: of all that is drawn by chance.
        kind: of every page; None: drawn by chance.
        watch: called with (pages written, all pages).
    """
    pen = Pen(digits)

    def compose(draws: np.random.Generator) -> tuple[NDArray[np.uint8], _Truth]:
        page = compose_page(draws, pen, draw_kind(draws) if kind is None else kind)
        return page.picture, _page_record(page)

    _write(folder, count, seed, compose, watch)


def digits_of(source: Source) -> Digits:
    """Take a source's training pictures to write with.

    Raises:
        ConfigError: they are not the ten digits, framed, of 28×28 in grey.
    """
    names = source.class_names
    if source.preparation != for_framed_digits() or set(names) != set(CLASS_NAMES):
        raise ConfigError(
            f"{source.name}: classes {', '.join(names)}, expected the ten digits, framed, 28×28 "
            "and grey. Compose from mnist-5k, from mnist, or from a folder of digits."
        )
    images, labels = source.train.read()
    return images, np.array([int(name) for name in names], np.int64)[labels]


def _write(
    folder: Path,
    count: int,
    seed: int,
    compose: Callable[[np.random.Generator], tuple[NDArray[np.uint8], _Truth]],
    watch: Watch,
) -> None:
    """Write pictures and what stands in them; number k is a function of the seed and k alone."""
    with new_folder(folder, sync=False) as aside:
        truth = []
        for number in range(count):
            picture, record = compose(np.random.default_rng((seed, number)))
            name = f"{number:04}.png"
            Image.fromarray(picture).save(aside / name)
            truth.append(json.dumps({"file": name} | record))
            watch(number + 1, count)
        (aside / TRUTH).write_text("".join(f"{each}\n" for each in truth), "utf-8")


def _record(line: ComposedLine) -> _Truth:
    return {
        "digits": line.digits,
        "text": line.text,
        "box": list(line.box),
        "marks": [{"sign": mark.sign, "box": list(mark.box)} for mark in line.marks],
    }


def _page_record(page: ComposedPage) -> _Truth:
    height, width = page.picture.shape[:2]
    return {
        "width": width,
        "height": height,
        "kind": asdict(page.kind),
        "lines": [
            {
                "numbers": [
                    {
                        "digits": number.digits,
                        "text": number.text,
                        "box": list(number.box),
                        "corners": number.corners.round(1).tolist(),
                    }
                    for number in line
                ]
            }
            for line in page.lines
        ],
    }
