"""Boxes for digits: what the digits hide of them is found, and nothing where no ink is."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.rulings.combs import with_hidden_boxes
from inkdigit.reading.rulings.ruling import Ruling, Rulings
from inkdigit.reading.sheets.sheet import lay_flat
from tests.reading.pages import Desk, written
from tests.reading.rulings.test_rulings import places, straight

DIGIT = 40  # pixels that digits are tall
STEP, TALL = 36, 56  # pixels from wall to wall, and from rule to rule
LEFT, TOP, BOXES = 60, 100, 8
WALLS = [LEFT + STEP * wall for wall in range(BOXES + 1)]


def ink_of(tops: tuple[int, ...], *, left: int = LEFT, boxes: int = BOXES) -> NDArray[np.uint8]:
    """Combs one below another, three pixels thick."""
    ink = np.zeros((500, 700), np.uint8)
    for top in tops:
        for wall in range(boxes + 1):
            column = left + STEP * wall
            ink[top : top + TALL, column - 1 : column + 2] = 150
        for row in (top, top + TALL):
            ink[row - 1 : row + 2, left : left + STEP * boxes] = 150
    return ink


def rules(*tops: int) -> tuple[Ruling, ...]:
    return tuple(straight(row, LEFT, STEP * BOXES) for top in tops for row in (top, top + TALL))


def walls(top: int, *which: int) -> tuple[Ruling, ...]:
    return tuple(straight(WALLS[wall], top, TALL) for wall in which)


def test_walls_that_digits_hide_are_where_the_step_says() -> None:
    ink = ink_of((TOP,))
    cv2.putText(ink, "3808", (WALLS[5] + 4, TOP + 48), cv2.FONT_HERSHEY_DUPLEX, 1.5, 255, 4)
    found = Rulings(rules(TOP), walls(TOP, 0, 1, 2, 3, 4))
    assert places(with_hidden_boxes(ink, found, DIGIT).down) == WALLS


def test_a_comb_of_which_no_wall_was_found_is_like_the_others_of_its_form() -> None:
    tops = (TOP, TOP + 120)
    found = Rulings(rules(*tops), walls(TOP, *range(BOXES + 1)))
    hidden = with_hidden_boxes(ink_of(tops), found, DIGIT).down
    assert places(hidden) == sorted(2 * WALLS)


@pytest.mark.parametrize("short", [0, 4, 9])
def test_the_stem_of_a_one_is_no_wall_though_it_nearly_meets_both_rules(short: int) -> None:
    ink = ink_of((TOP,))
    stem = straight(WALLS[2] + 20, TOP + short // 2, TALL - short)
    column = WALLS[2] + 20
    ink[stem.start : stem.start + stem.length, column - 1 : column + 2] = 255
    twin = straight(WALLS[5] + 3, TOP, TALL)  # of a wall that is found twice
    found = Rulings(rules(TOP), (*walls(TOP, *range(BOXES + 1)), stem, twin))
    assert places(with_hidden_boxes(ink, found, DIGIT).down) == sorted([*WALLS, WALLS[5] + 3])


@pytest.mark.parametrize("missing", [0, 1])
def test_the_upper_and_the_lower_rule_are_found_by_the_height_of_other_combs(missing: int) -> None:
    tops = (TOP, TOP + 120)
    across = [rule for k, rule in enumerate(rules(*tops)) if k != 2 + missing]
    down = (*walls(TOP, *range(BOXES + 1)), *walls(TOP + 120, 0, 3))
    whole = with_hidden_boxes(ink_of(tops), Rulings(tuple(across), down), DIGIT)
    assert places(whole.across) == places(rules(*tops))
    assert places(whole.down) == sorted(2 * WALLS)


def test_strokes_between_two_walls_and_between_two_rules_are_left_out() -> None:
    stem, bar = straight(WALLS[2] + 15, TOP, TALL), straight(TOP + 30, WALLS[4], 110)
    ink = ink_of((TOP,))
    ink[TOP : TOP + TALL, WALLS[2] + 14 : WALLS[2] + 17] = 255
    ink[TOP + 29 : TOP + 32, WALLS[4] : WALLS[4] + 110] = 255
    found = Rulings((*rules(TOP), bar), (*walls(TOP, *range(BOXES + 1)), stem))
    left = with_hidden_boxes(ink, found, DIGIT)
    assert places(left.down) == WALLS
    assert places(left.across) == [TOP, TOP + TALL]


def test_no_wall_is_added_where_none_is_drawn() -> None:
    """Two combs on one line: the rules were followed from the first to the second."""
    ink = ink_of((TOP,)) | ink_of((TOP,), left=LEFT + STEP * BOXES + 50, boxes=4)
    right = [LEFT + STEP * BOXES + 50 + STEP * wall for wall in range(5)]
    across = tuple(straight(row, LEFT, right[-1] - LEFT) for row in (TOP, TOP + TALL))
    found = Rulings(across, walls(TOP, 0, 1, 2, 3, 4))
    hidden = with_hidden_boxes(ink, found, DIGIT).down
    assert places(hidden) == sorted((*WALLS, right[-1], *right[:-1]))


def test_lines_that_are_not_in_step_are_left_as_they_are() -> None:
    columns = (60, 100, 190, 215, 330)
    down = tuple(straight(column, TOP, TALL) for column in columns)
    found = Rulings(rules(TOP), down)
    ink = np.zeros((500, 700), np.uint8)
    for column in columns:
        ink[TOP : TOP + TALL, column - 1 : column + 2] = 150
    assert with_hidden_boxes(ink, found, DIGIT) == found


@pytest.mark.parametrize("seed", range(30))
def test_whatever_was_found_no_ruling_leaves_the_sheet(seed: int) -> None:
    draws = np.random.default_rng(seed)
    height, width = 120, 160
    ink = (draws.random((height, width)) < draws.random()).astype(np.uint8) * np.uint8(255)

    def some(across: int, along: int) -> tuple[Ruling, ...]:
        lengths = draws.integers(2, along, 12)
        starts = (draws.random(12) * (along - lengths)).astype(int)
        steps = draws.choice((4, 9, 20)) * np.arange(12)
        at = np.clip(draws.integers(0, 30) + steps, 1, across - 2)
        return tuple(map(straight, at.tolist(), starts.tolist(), lengths.tolist()))

    found = Rulings(some(height, width), some(width, height))
    whole = with_hidden_boxes(ink, found, float(draws.integers(5, 40)))
    for rulings, across, along in ((whole.across, height, width), (whole.down, width, height)):
        for ruling in rulings:
            assert ruling.start >= 0
            assert ruling.length > 0
            assert ruling.start + ruling.length <= along
            assert ruling.middle.min() > -1
            assert ruling.middle.max() < across


@pytest.mark.parametrize("seed", range(4))
def test_digits_that_touch_the_walls_of_their_boxes_are_one_number(seed: int) -> None:
    """A form of combs, as large as digits are, most of them filled."""
    draws = np.random.default_rng(seed)
    desk = Desk(np.zeros((600, 640), np.float32), draws)
    height, width, lengths = 34, 30, []
    for top in range(60, 540, 80):
        for row in (top, top + 44):
            desk.line((60, row), (60 + 8 * width, row), 0.5)
        for wall in range(9):
            desk.line((60 + wall * width, top), (60 + wall * width, top + 44), 0.5)
        lengths.append(int(draws.integers(2, 9)))
        for digit in range(lengths[-1]):
            aside = float(draws.uniform(-3, 5))
            desk.write(63 + digit * width + aside, top + 39 + draws.uniform(-2, 2), height, 1)
    sheet = lay_flat(written(desk, [], ()).pixels)
    found = find_lines(sheet)
    assert [len(line) for line in found] == [1] * len(lengths)
    widths = [np.ptp(sheet.corners_in_picture(line[0].box)[:, 0]) for line in found]
    assert np.allclose(widths, np.array(lengths) * width, atol=0.8 * width)
