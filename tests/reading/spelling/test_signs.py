"""Brackets that look like ones, a minus that looks like a separator, colons that are one."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.reader import Reader, open_reader
from inkdigit.reading.spelling.signs import (
    OTHER,
    Sign,
    text_of,
    with_brackets,
    with_colons,
    with_minus,
)
from inkdigit.recognition.decode import Span
from inkdigit.types import Box
from tests.reading.pages import Desk, written

TALL = 40


def sign(text: str, left: int, ink: NDArray[np.uint8] | None = None, *, top: int = 0) -> Sign:
    """A sign that begins in a column; a plain block, unless its ink is given."""
    drawn = np.full((TALL, 20), 255, np.uint8) if ink is None else ink
    height, width = drawn.shape
    box = Box(left, top, left + width, top + height)
    return Sign(Span(text, left, left + 1), left + width / 2, box, drawn)


def bow(bent: float, *, thick: int = 4) -> NDArray[np.uint8]:
    """A stroke whose middle is so many times its height to the right of its ends."""
    ink = np.zeros((TALL, 40), np.uint8)
    y = np.linspace(2, TALL - 3, 20)
    x = 20 + bent * TALL * (1 - np.linspace(-1, 1, 20) ** 2)
    cv2.polylines(ink, [np.rint(np.stack((x, y), 1)).astype(np.int32)], False, 255, thick)
    columns = np.flatnonzero(ink.any(axis=0))
    return np.ascontiguousarray(ink[:, columns[0] : columns[-1] + 1])


def dash(rows: tuple[int, ...]) -> NDArray[np.uint8]:
    ink = np.zeros((max(rows) + 4, 20), np.uint8)
    for row in rows:
        ink[row : row + 4] = 255
    return ink


@pytest.mark.parametrize(("bent", "read"), [(0.16, "3?"), (0.0, "31"), (0.05, "31"), (-0.16, "31")])
def test_a_one_bent_to_the_right_behind_a_digit_is_a_bracket(bent: float, read: str) -> None:
    assert text_of(with_brackets([sign("3", 0), sign("1", 26, bow(bent))])) == read


def test_a_bent_one_is_a_one_in_a_number_and_at_its_start() -> None:
    bracket = bow(0.16)
    assert text_of(with_brackets([sign("1", 0, bracket), sign("3", 20)])) == "13"
    assert text_of(with_brackets([sign("3", 0), sign("1", 24, bracket), sign("5", 40)])) == "315"


def test_a_bracket_before_another_number_is_one_where_there_is_room() -> None:
    signs = [sign("3", 0), sign("1", 24, bow(0.16)), sign("4", 70)]
    assert text_of(with_brackets(signs)) == f"3{OTHER}4"


def test_a_thick_or_a_low_bow_is_no_bracket() -> None:
    assert text_of(with_brackets([sign("3", 0), sign("1", 26, bow(0.16, thick=14))])) == "31"
    assert text_of(with_brackets([sign("3", 0), sign("1", 26, bow(0.16)[:20])])) == "31"


@pytest.mark.parametrize(
    ("room", "rows", "read"), [(14, (0, 12), "5?3?2"), (4, (0, 12), "5-3?2"), (14, (0,), "5-3?2")]
)
def test_a_dash_with_room_is_a_minus_beside_an_equals_sign(
    room: int, rows: tuple[int, ...], read: str
) -> None:
    signs = [
        sign("5", 0),
        sign("-", 20 + room, dash((0,)), top=18),
        sign("3", 40 + 2 * room),
        sign(OTHER, 74 + 2 * room, dash(rows), top=12),
        sign("2", 110 + 2 * room),
    ]
    assert text_of(with_minus(signs)) == read


@pytest.mark.parametrize(
    ("called", "room", "rows", "read"),
    [
        (OTHER, 6, (8, 24), "5:3"),
        (".", 6, (8, 24), "5:3"),
        (OTHER, 6, (24,), "5?3"),
        (OTHER, 6, (0, 12, 24), "5?3"),
        (OTHER, 30, (8, 24), "5?3"),
    ],
    ids=["unknown", "taken for a dot", "one dot", "three dots", "room"],
)
def test_two_dots_close_between_digits_are_a_colon(
    called: str, room: int, rows: tuple[int, ...], read: str
) -> None:
    dots = np.ascontiguousarray(dash(rows)[:, :5])
    signs = [sign("5", 0), sign(called, 20 + room, dots), sign("3", 25 + 2 * room)]
    assert text_of(with_colons(signs, TALL)) == read


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader()


def test_the_bracket_of_an_item_is_no_part_of_its_number(reader: Reader) -> None:
    def read(*, bracket: bool) -> list[str]:
        paper = Desk(np.zeros((200, 500), np.float32), np.random.default_rng(5))
        end = round(paper.write(60, 130, 70, 2)[2])
        if bracket:
            cv2.ellipse(paper.ink, (end + 8, 95), (18, 42), 0, -62, 62, 1.0, 5, cv2.LINE_AA)
        return [number.text for number in reader.read(written(paper, [], ()).pixels).numbers]

    assert read(bracket=True) == read(bracket=False)


@pytest.mark.parametrize(("equals", "lengths"), [(True, [2, 2, 2]), (False, [4])])
def test_a_difference_is_three_numbers(reader: Reader, equals: bool, lengths: list[int]) -> None:
    paper = Desk(np.zeros((200, 900), np.float32), np.random.default_rng(8))
    end = round(paper.write(60, 130, 60, 2)[2])
    paper.line((end + 25, 100), (end + 55, 100), 1.0)
    end = round(paper.write(end + 80, 130, 60, 2)[2])
    if equals:
        paper.line((end + 28, 92), (end + 58, 92), 1.0)
        paper.line((end + 28, 108), (end + 58, 108), 1.0)
        paper.write(end + 85, 130, 60, 2)
    numbers = reader.read(written(paper, [], ()).pixels).numbers
    assert [len(number.text) for number in numbers] == lengths


def test_the_colon_of_a_time_is_its_separator(reader: Reader) -> None:
    paper = Desk(np.zeros((200, 500), np.float32), np.random.default_rng(5))
    end = round(paper.write(60, 130, 60, 2)[2])
    for row in (92, 120):
        cv2.circle(paper.ink, (end + 12, row), 4, 1.0, -1, cv2.LINE_AA)
    paper.write(end + 26, 130, 60, 2)
    (number,) = reader.read(written(paper, [], ()).pixels).numbers
    assert len(number.text) == 4
    assert [(each.text, each.after) for each in number.separators] == [(":", 2)]
