"""What is drawn around a number is no part of it, and no digit is taken for that."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.data.sources.sample import read_sample
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.sheets.rings import rings
from inkdigit.reading.sheets.sheet import lay_flat
from tests.reading.pages import Desk, overlap, written

Drawing = NDArray[np.float32]


def circled(ink: Drawing, box: list[float], *, end: float = 372, touching: bool = False) -> None:
    """Draw an ellipse around a box, up to `end` degrees; it may touch the last digit."""
    left, top, right, bottom = box
    half = round((right - left) / 1.7 + 18), round((bottom - top) / 1.7 + 18)
    middle = right + 1 - half[0] if touching else (left + right) / 2
    centre = round(middle), round((top + bottom) / 2)
    cv2.ellipse(ink, centre, half, 4, 10, 10 + end, 1.0, 3, cv2.LINE_AA)


def boxed(ink: Drawing, box: list[float]) -> None:
    """Draw four sides by hand; they cross at a corner."""
    left, top, right, bottom = map(round, box)
    corners = [(left - 16, top - 14), (right + 18, top - 12), (right + 14, bottom + 14)]
    corners += [(left - 19, bottom + 12), (left - 15, top - 22)]
    cv2.polylines(ink, [np.array(corners)], False, 1.0, 3, cv2.LINE_AA)


def bracketed(ink: Drawing, box: list[float]) -> None:
    left, top, right, bottom = map(round, box)
    middle = (top + bottom) // 2
    cv2.ellipse(ink, (left + 6, middle), (22, 34), 0, 118, 242, 1.0, 4, cv2.LINE_AA)
    cv2.ellipse(ink, (right - 6, middle), (22, 34), 0, -62, 62, 1.0, 4, cv2.LINE_AA)


DRAWN = {
    "a ring": circled,
    "a ring that is open": lambda ink, box: circled(ink, box, end=325),
    "a ring that touches its last digit": lambda ink, box: circled(ink, box, touching=True),
    "a box": boxed,
    "brackets": bracketed,
}


def desk() -> Desk:
    return Desk(np.zeros((440, 760), np.float32), np.random.default_rng(8))


@pytest.mark.parametrize("drawn", DRAWN)
def test_what_is_drawn_around_a_number_is_no_part_of_it(drawn: str) -> None:
    paper = desk()
    boxes = []
    for row in range(3):
        for column in range(3):
            box = paper.write(80 + 220 * column, 100 + 125 * row, 44, 2 + (row + column) % 2)
            boxes.append(box)
            if column != 1:
                DRAWN[drawn](paper.ink, box)
    lines = find_lines(lay_flat(written(paper, [], ()).pixels))
    found = [region.box for line in lines for region in line]
    assert len(found) == 9
    for each, wanted in zip(found, boxes, strict=True):
        assert overlap(np.array(each), np.array(wanted)) > 0.75


def test_no_digit_is_a_ring_or_a_bracket() -> None:
    images, labels = read_sample()
    for digit in range(10):
        for image in images[labels == digit][:40]:
            large = cv2.resize(image[..., 0], (84, 84), interpolation=cv2.INTER_CUBIC)
            mask = np.pad(large > 90, 8)
            assert not rings(mask, np.zeros_like(mask)).any()


@pytest.mark.parametrize(
    ("bends", "are_brackets"), [((0, 0), False), ((8, 8), False), ((8, -8), False), ((-8, 8), True)]
)
def test_ones_beside_a_number_are_brackets_only_where_they_bend_around_it(
    bends: tuple[int, int], are_brackets: bool
) -> None:
    ink = np.zeros((120, 320), np.uint8)
    for x, aside in zip((60, 240), bends, strict=True):
        arc = np.array([(x + aside * (1 - t * t), 60 + 26 * t) for t in np.linspace(-1, 1, 21)])
        cv2.polylines(ink, [np.rint(arc).astype(np.int32)], False, 255, 4)
    cv2.putText(ink, "52", (110, 84), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 4)
    assert rings(ink > 0, np.zeros(ink.shape, bool)).any() == are_brackets


def test_an_empty_box_is_no_ring() -> None:
    mask = np.zeros((200, 300), np.uint8)
    cv2.rectangle(mask, (20, 20), (120, 90), 1, 2)
    assert not rings(mask > 0, np.zeros(mask.shape, bool)).any()
