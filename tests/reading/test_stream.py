"""Files one after the other: each is read or named, and none stops the others."""

import os
from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.flatten import Pixels
from inkdigit.pictures.inputs import Input
from inkdigit.reading.stream import Pages, read_files
from inkdigit.types import Page
from tests.reading.handmade import number, page


def open_pages(source: Path | bytes) -> Pages:
    """Two pages of each file, unless its name says otherwise."""
    name = Path(os.fsdecode(source)).name
    for place in (1, 2):
        if "broken" in name:
            raise DataError(f"{name}: no picture.")
        if "huge" in name:
            raise MemoryError
        yield place, np.full((5, 7, 1), place, np.uint8)
        if "half" in name:
            raise DataError(f"{name}: page 2 is damaged.")


def read(pixels: Pixels) -> Page:
    return page([number(str(pixels[0, 0, 0]))], size=(7, 5))


def reads_no_first_page(pixels: Pixels) -> Page:
    if pixels[0, 0, 0] == 1:
        raise DataError("form not found.")
    return read(pixels)


def given(*names: str) -> list[Input]:
    return [Input(name, Path(name)) for name in names]


def test_pages_come_with_their_numbers_and_pictures() -> None:
    watched: list[tuple[str, int, int]] = []
    (found,) = read_files(
        given("a.pdf"),
        open_pages,
        read,
        lambda name, page, pixels: watched.append((name, page.number, int(pixels[0, 0, 0]))),
    )
    assert [each.number for each in found.pages] == [1, 2]
    assert [each.numbers[0].text for each in found.pages] == ["1", "2"]
    assert watched == [("a.pdf", 1, 1), ("a.pdf", 2, 2)]


def test_a_file_that_cannot_be_read_does_not_stop_the_others() -> None:
    names = ("broken.png", "a.png", "half.pdf", "huge.png", "b.png")
    found = list(read_files(given(*names), open_pages, read, lambda *_: None))
    assert [reading.name for reading in found] == list(names)
    assert [len(reading.pages) for reading in found] == [0, 2, 1, 0, 2]
    assert [reading.errors for reading in found] == [
        ("broken.png: no picture.",),
        (),
        ("half.pdf: page 2 is damaged.",),
        ("huge.png: not enough memory. Scale it down.",),
        (),
    ]


def test_a_page_that_is_refused_does_not_stop_the_others_of_its_file() -> None:
    (found,) = read_files(given("a.pdf"), open_pages, reads_no_first_page, lambda *_: None)
    assert [page.number for page in found.pages] == [2]
    assert found.errors == ("a.pdf, page 1: form not found.",)


def test_a_wrong_wish_stops_everything() -> None:
    def rule_fails(_: Pixels) -> Page:
        raise ConfigError("rule 'mine:f': for '12' it raises ZeroDivisionError.")

    with pytest.raises(ConfigError):
        list(read_files(given("a.png"), open_pages, rule_fails, lambda *_: None))


def test_files_are_read_only_as_they_are_asked_for() -> None:
    opened: list[str] = []

    def noting(source: Path | bytes) -> Pages:
        opened.append(os.fsdecode(source))
        return open_pages(source)

    readings = read_files(given("a", "b"), noting, read, lambda *_: None)
    next(readings)
    assert opened == ["a"]


def test_what_could_not_be_had_is_told_and_the_rest_is_read() -> None:
    closed = Input("closed", Path("closed"), "closed: permission denied.")
    readings = list(read_files([closed, *given("a.png")], open_pages, read, lambda *_: None))
    assert [reading.errors for reading in readings] == [("closed: permission denied.",), ()]
