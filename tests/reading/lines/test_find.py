"""Numbers are found where they stand, in reading order, in any light, on any paper."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.sheets.sheet import Sheet, lay_flat
from tests.reading.pages import (
    Desk,
    Written,
    inverted,
    overlap,
    page,
    photographed,
    scaled,
    shaded,
    table,
    turned,
    written,
)


def found(pixels: Pixels) -> list[list[NDArray[np.float64]]]:
    """Lines of boxes in the picture: left, top, right, bottom."""
    sheet = lay_flat(pixels)
    lines = []
    for line in find_lines(sheet):
        boxes = []
        for left, top, right, bottom in (region.box for region in line):
            corners = np.array(
                [[(left, top), (right, top), (right, bottom), (left, bottom)]], float
            )
            moved = np.asarray(cv2.perspectiveTransform(corners, sheet.to_picture)[0])
            boxes.append(np.concatenate((moved.min(axis=0), moved.max(axis=0))))
        lines.append(boxes)
    return lines


def assert_found_in_order(page: Written, missing: int = 0) -> None:
    lines = found(page.pixels)
    assert len(lines) == len(page.rows)
    boxes = [box for line in lines for box in line]
    same = [overlap(box, wanted) > 0.6 for box, wanted in zip(boxes, page.boxes, strict=False)]
    if missing:
        hits = sum(max(overlap(box, wanted) for box in boxes) > 0.6 for wanted in page.boxes)
        assert hits >= len(page.boxes) - missing
    else:
        assert len(boxes) == len(page.boxes)
        assert all(same)


VIEWS: dict[str, Callable[[int], Written]] = {
    "plain": page,
    "in a table of boxes": lambda seed: page(seed, boxed=True),
    "light on dark": lambda seed: inverted(page(seed)),
    "light falling off to a corner": lambda seed: shaded(page(seed)),
    "at half the resolution": lambda seed: scaled(page(seed), 0.5),
    "at twice the resolution": lambda seed: scaled(page(seed, size=(900, 700)), 2),
    "turned by 3 degrees": lambda seed: turned(page(seed), 3),
    "turned by 9 degrees": lambda seed: turned(page(seed), 9),
    "a table turned by -5 degrees": lambda seed: turned(page(seed, boxed=True), -5),
    "on a table, seen aslant": lambda seed: photographed(page(seed), seed, tilt=0.2),
    "boxes seen aslant": lambda seed: photographed(page(seed, boxed=True), seed, tilt=0.2),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_found_in_reading_order(view: str, seed: int) -> None:
    assert_found_in_order(VIEWS[view](seed))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("step", [58, 64, 70])
def test_numbers_on_squares_that_are_wider_than_digits_are_not_parted(step: int, seed: int) -> None:
    desk = Desk(np.zeros((640, 900), np.float32), np.random.default_rng(seed))
    desk.grid(step, 0.4)
    boxes = [
        desk.write(40 + 290 * column + desk.draws.uniform(0, 60), 90 + 78 * row, 30, 3)
        for row in range(7)
        for column in range(3)
    ]
    assert_found_in_order(written(desk, boxes, (3,) * 7))


@pytest.mark.parametrize("paper", ["ruled", "squared"])
@pytest.mark.parametrize("times", [1, 1.5])
def test_numbers_are_found_on_printed_lines(paper: str, times: float) -> None:
    drawn = page(3, paper="ruled" if paper == "ruled" else "squared")
    assert_found_in_order(shaded(scaled(drawn, times)), missing=1)  # of 24: a line may hide one


@pytest.mark.parametrize("paper", ["plain", "ruled", "squared"])
@pytest.mark.parametrize("taken", ["scanned", "photographed", "light on dark"])
def test_no_number_is_found_where_none_is_written(paper: str, taken: str) -> None:
    blank = page(4, paper=paper, lines=0)  # type: ignore[arg-type]
    if taken == "photographed":
        blank = photographed(shaded(blank), 4)
    if taken == "light on dark":
        blank = inverted(blank)
    assert found(blank.pixels) == []


def desk(width: int = 900, height: int = 300) -> Desk:
    return Desk(np.zeros((height, width), np.float32), np.random.default_rng(5))


def test_a_box_for_every_digit_is_one_number() -> None:
    paper = desk()
    for cell in range(6):
        x = 100 + 60 * cell
        paper.write(x + 17, 140, 42, 1)
        paper.line((x, 90), (x, 150), 0.8)
    paper.line((400 + 60, 90), (400 + 60, 150), 0.8)
    for y in (90, 150):
        paper.line((100, y), (460, y), 0.8)
    ((box,),) = found(written(paper, [], ()).pixels)
    assert overlap(box, np.array([117, 98, 445, 140])) > 0.75


def test_every_cell_of_a_puzzle_holds_a_number_of_its_own() -> None:
    paper = desk(500, 500)
    for row in range(4):
        for column in range(4):
            paper.write(75 + 90 * column, 130 + 90 * row, 62, 1)
    for at in range(50, 411, 90):
        paper.line((50, at), (410, at), 0.8)
        paper.line((at, 50), (at, 410), 0.8)
    assert [len(line) for line in found(written(paper, [], ()).pixels)] == [4, 4, 4, 4]


def test_numbers_far_larger_than_the_words_beside_them_are_found() -> None:
    paper = desk(900, 700)
    for row in range(14):
        words = np.zeros((40, 330), np.uint8)
        cv2.putText(words, "with clear words and short", (0, 30), 0, 0.6, 255, 2)
        paper.ink[20 + 40 * row : 60 + 40 * row, 40:370] += words / np.float32(255)
    for x in (480, 560, 640):  # one of them is hardly 2.6 times as tall as the words are
        cv2.ellipse(paper.ink, (x, 480), (24, 30 + (x - 480) // 10), 0, 0, 360, 1.0, 9)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert sum(overlap(box, np.array([452, 446, 668, 530])) > 0.7 for box in boxes) == 1


def test_a_thin_large_stroke_among_small_digits_is_no_number() -> None:
    paper = desk(900, 600)
    for row in range(6):
        paper.write(60, 100 + 80 * row, 36, 4)
    count = len(found(written(paper, [], ()).pixels))
    cv2.line(paper.ink, (600, 100), (660, 320), 1.0, 3, cv2.LINE_AA)  # the hand of a clock
    assert len(found(written(paper, [], ()).pixels)) == count


def test_a_thick_box_by_hand_parts_the_numbers_inside_of_it() -> None:
    paper = desk(600, 400)
    for x in (100, 240):
        cv2.rectangle(paper.ink, (x, 100), (x + 140, 240), 1.0, 12)
        strokes_on(paper, x + 60, 145, 200)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert len(boxes) == 2


@pytest.mark.parametrize("gap", [True, False])
def test_a_piece_of_a_wall_between_two_rules_is_no_part_of_a_number(gap: bool) -> None:
    paper = desk(700, 500)
    for row in range(3):
        for column in range(3):
            paper.write(70 + 200 * column, 120 + 140 * row, 50, 2)
    for at in (160, 300):
        paper.line((30, at), (650, at), 1.0)
    for at in (230, 430):
        paper.line((at, 30), (at, 160), 1.0)
        paper.line((at, 300), (at, 460), 1.0)
        bent = 6 if gap else 0
        points = [(at, 160), (at + bent, 230), (at, 300)]
        cv2.polylines(paper.ink, [np.array(points, np.int32)], False, 1.0, 3, cv2.LINE_AA)
    assert [len(line) for line in found(written(paper, [], ()).pixels)] == [3, 3, 3]


@pytest.mark.parametrize("along", [True, False])
def test_ticks_of_an_axis_are_no_ones_but_ones_over_a_rule_are(along: bool) -> None:
    paper = desk(900, 400)
    paper.line((40, 150), (860, 150), 1.0)
    for x in range(100, 801, 140):
        middle = 150 if along else 120
        cv2.line(paper.ink, (x, middle - 18), (x - 2, middle + 18), 1.0, 4, cv2.LINE_AA)
        strokes_on(paper, x - 15, 230, 275)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == ([6] if along else [6, 6])


def test_the_dark_edge_of_torn_paper_is_no_part_of_the_number_beside_it() -> None:
    paper = desk(700, 500)
    for row in range(3):
        paper.write(150, 130 + 130 * row, 60, 4)
    edge = [(70, 120), (78, 170), (68, 200), (80, 250)]
    cv2.polylines(paper.ink, [np.array(edge, np.int32)], False, 1.0, 12, cv2.LINE_AA)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert sum(box[0] > 100 and box[3] - box[1] < 90 for box in boxes) == 3


@pytest.mark.parametrize(("apart", "others", "parts"), [(14, 0, 1), (50, 0, 2), (14, 1, 2)])
def test_one_line_through_a_whole_sheet_parts_no_digits_that_stand_close(
    apart: int, others: int, parts: int
) -> None:
    paper = desk(800, 700)
    for row in range(5):
        base = 120 + 120 * row
        end = round(paper.write(200, base, 50, 2)[2])
        paper.write(end + apart, base, 50, 2)
        paper.line((end + apart // 2, base - 70), (end + apart // 2, base + 60), 0.7)
        for k in range(others):
            paper.line((600 + 60 * k, base - 70), (600 + 60 * k, base + 60), 0.7)
        paper.draws = np.random.default_rng(5)  # the same two digits in every row
    counts = [len(line) for line in found(written(paper, [], ()).pixels)]
    assert counts == 5 * [parts]


@pytest.mark.parametrize(("apart", "count"), [(50, 1), (110, 2)])
def test_a_picture_of_one_line_shows_two_numbers_where_a_wide_gap_is(
    apart: int, count: int
) -> None:
    paper = desk(500, 170)
    end = paper.write(60, 120, 70, 1)[2]
    paper.write(end + apart, 120, 70, 1)
    assert sum(map(len, found(written(paper, [], ()).pixels))) == count


@pytest.mark.parametrize("level", [0.35, 0.9])
@pytest.mark.parametrize("step", [15, 40])
def test_numbers_are_found_on_dotted_paper(step: int, level: float) -> None:
    paper = desk()
    first = paper.write(60, 150, 70, 3)
    second = paper.write(first[2] + 170, 250, 70, 3)
    for y in range(step // 2, 300, step):
        for x in range(step // 2, 900, step):
            cv2.circle(paper.ink, (x, y), 2, level, -1)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert len(boxes) == 2
    assert overlap(boxes[0], np.array(first)) > 0.7
    assert overlap(boxes[1], np.array(second)) > 0.7


def strokes_on(paper: Desk, x: int, top: int, foot: int) -> None:
    """Write an upright stroke and a ring beside it, as tall."""
    cv2.line(paper.ink, (x, top), (x - 4, foot), 1.0, 5, cv2.LINE_AA)
    middle, half = (top + foot) // 2, (foot - top) // 2
    cv2.ellipse(paper.ink, (x + 26, middle), (13, half), 0, 0, 360, 1.0, 5, cv2.LINE_AA)


def test_digits_of_two_rows_that_touch_on_a_rule_are_two_numbers() -> None:
    paper = desk(600, 330)
    table(paper, 4, 3)
    for x in (90, 220, 350):
        strokes_on(paper, x, 50, 96)  # they meet on the second rule, at 96
        strokes_on(paper, x, 97, 143)
        strokes_on(paper, x, 160, 200)
        strokes_on(paper, x, 216, 256)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [3, 3, 3, 3]
    assert all(box[3] - box[1] < 62 for line in lines for box in line)


def test_a_rule_of_a_table_that_digits_hide_parts_its_rows() -> None:
    paper = desk(600, 400)
    table(paper, 6, 3)
    for row in (0, 3, 4, 5):
        for column in range(3):
            paper.write(90 + 130 * column, 88 + 56 * row, 38, 2)
    hidden = 40 + 2 * 56
    for x in (85, 130, 215, 260, 345, 390):  # feet of one row and heads of the next lie on it
        strokes_on(paper, x, hidden - 42, hidden + 3)
        strokes_on(paper, x, hidden - 3, hidden + 42)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [3, 3, 3, 3, 3, 3]


def test_ones_one_below_another_are_no_wall_of_their_table() -> None:
    paper = desk(600, 330)
    table(paper, 4, 3)
    for row in range(4):
        paper.write(200, 88 + 56 * row, 38, 2)
    for row in (1, 2):  # as tall as their cells, and slanted
        top = 40 + 56 * row
        cv2.line(paper.ink, (410, top + 1), (402, top + 55), 1.0, 4, cv2.LINE_AA)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [1, 2, 2, 1]


def test_squares_hold_distant_numbers_no_closer_together() -> None:
    paper = desk()
    first = paper.write(60, 150, 50, 2)
    second = paper.write(first[2] + 70, 150, 50, 2)
    paper.grid(20, 0.35)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert [
        overlap(box, np.array(each)) > 0.6 for box, each in zip(boxes, (first, second), strict=True)
    ] == [True, True]


def test_upright_lines_part_a_picture_of_one_line_only_where_rules_close_a_box() -> None:
    for closed in (False, True):
        paper = desk(600, 130)
        first = paper.write(60, 100, 60, 3)
        wall = first[2] + 16
        paper.write(wall + 16, 100, 60, 3)
        paper.line((wall, 0), (wall, 130), 0.8)  # one of squared paper's, the others are fainter
        if closed:
            paper.line((0, 15), (600, 15), 0.8)
            paper.line((0, 115), (600, 115), 0.8)
        (line,) = found(written(paper, [], ()).pixels)
        assert len(line) == 1 + closed


def test_a_wide_gap_parts_two_numbers_and_a_narrow_one_does_not() -> None:
    paper = desk()
    first = paper.write(60, 150, 50, 2)
    second = paper.write(first[2] + 40, 150, 50, 2)
    third = paper.write(second[2] + 90, 150, 50, 2)
    (line,) = found(written(paper, [], ()).pixels)
    assert len(line) == 2
    assert overlap(line[0], np.array([*first[:2], *second[2:]])) > 0.7
    assert overlap(line[1], np.array(third)) > 0.7


def test_dots_and_dashes_belong_to_their_number() -> None:
    paper = desk()
    first = paper.write(60, 150, 50, 2)
    right = round(first[2])
    cv2.circle(paper.ink, (right + 14, 147), 4, 1.0, -1)
    second = paper.write(right + 30, 150, 50, 3)
    cv2.line(paper.ink, (round(second[2]) + 12, 128), (round(second[2]) + 32, 126), 1.0, 4)
    ((box,),) = found(written(paper, [], ()).pixels)
    assert box[2] > second[2] + 25


@pytest.mark.parametrize("sign", ["dash", "long dash", "dot", "speck"])
def test_a_sign_between_two_distant_groups_of_digits_makes_them_one_number(sign: str) -> None:
    paper = desk()
    first = paper.write(60, 150, 50, 2)
    right = round(first[2])
    second = paper.write(right + 75, 150, 50, 3)
    if sign.endswith("dash"):
        ends = (25, 50) if sign == "dash" else (6, 66)  # longer than digits are tall
        cv2.line(paper.ink, (right + ends[0], 126), (right + ends[1], 125), 1.0, 4)
    else:  # a grain of the paper stands higher than a dot
        cv2.circle(paper.ink, (right + 38, 146 if sign == "dot" else 120), 3, 1.0, -1)
    (boxes,) = found(written(paper, [], ()).pixels)
    if sign == "speck":
        assert len(boxes) == 2
    else:
        assert len(boxes) == 1
        assert overlap(boxes[0], np.array([*first[:2], *second[2:]])) > 0.7


def test_a_dash_that_reaches_under_a_digit_is_in_the_middle_of_its_number() -> None:
    paper = desk(600, 260)
    first = paper.write(60, 150, 50, 2)
    right = round(first[2])
    cv2.line(paper.ink, (right + 32, 128), (right + 70, 126), 1.0, 5)
    cv2.line(paper.ink, (right + 100, 102), (right + 66, 102), 1.0, 5)  # a seven's head is over it
    cv2.line(paper.ink, (right + 100, 102), (right + 84, 150), 1.0, 5)
    last = paper.write(right + 116, 150, 50, 1)
    ((box,),) = found(written(paper, [], ()).pixels)
    assert overlap(box, np.array([*first[:2], last[2], 152])) > 0.8


def test_a_large_comma_is_part_of_the_number_that_it_hangs_from() -> None:
    paper = desk()
    first = paper.write(60, 150, 50, 2)
    right = round(first[2])
    second = paper.write(right + 26, 150, 50, 2)
    cv2.line(paper.ink, (right + 12, 149), (right + 4, 172), 1.0, 5)
    ((box,),) = found(written(paper, [], ()).pixels)
    assert overlap(box, np.array([*first[:2], second[2], 174])) > 0.7


def test_a_low_number_beneath_a_tall_one_is_no_comma() -> None:
    paper = desk(500, 420)
    first = paper.write(60, 120, 50, 2)
    right = round(first[2])
    cv2.line(paper.ink, (right + 26, 40), (right + 12, 142), 1.0, 4)  # a slash, and one more digit
    paper.write(right + 34, 120, 50, 1)
    second = np.array(paper.write(62, 186, 40, 2))
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [1, 1]
    assert overlap(lines[1][0], second) > 0.7


def test_a_slash_that_nearly_touches_a_number_above_it_joins_the_rows_in_nothing() -> None:
    paper = desk(500, 420)
    above = np.array(paper.write(60, 120, 50, 3))
    foot = int(np.flatnonzero(paper.ink[:, 60:100].any(axis=1)).max())
    at = 60 + int(np.flatnonzero(paper.ink[foot, 60:100] > 0.5).mean())
    cv2.line(paper.ink, (at, foot + 7), (at - 14, foot + 80), 1.0, 3)
    paper.write(at + 12, foot + 74, 50, 2)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [1, 1]
    assert overlap(lines[0][0], above) > 0.8


@pytest.mark.parametrize("to_left", [True, False])
def test_a_stroke_that_runs_into_the_row_below_joins_no_numbers(to_left: bool) -> None:
    paper = desk(500, 300)
    first = paper.write(60, 120, 50, 2)
    right = round(first[2])
    more = paper.write(right + 44, 120, 50, 1)
    below = paper.write(right + 4, 186, 50, 2)
    at = round(below[0]) + 8 if to_left else round(below[2]) - 6  # a digit's head
    head = int(np.flatnonzero(paper.ink[140:, at - 6 : at + 6].max(axis=1) > 0.6)[0]) + 140
    cv2.line(paper.ink, (right + 28, 66), (at, head + 3), 1.0, 4)
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [1, 1]
    assert lines[0][0][3] < more[3] + 16
    assert overlap(lines[1][0], np.array(below)) > 0.6


def test_a_tall_digit_beside_low_ones_stays_whole() -> None:
    paper = desk(500, 300)
    paper.write(60, 220, 40, 3)
    two = np.array([(188, 140), (206, 128), (226, 138), (226, 142), (186, 216), (234, 216)])
    cv2.polylines(paper.ink, [two], False, 1.0, 5)
    paper.write(264, 220, 40, 2)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert min(box[1] for box in boxes) < 135
    assert not [box for box in boxes if box[3] < 200]


def test_what_shines_through_from_the_other_side_of_the_paper_is_no_number() -> None:
    paper = desk(700, 500)
    for row in range(3):
        paper.write(60, 80 + 60 * row, 40, 3)
        paper.write(400, 80 + 60 * row, 40, 2)
    back = desk(700, 500)
    back.write(300, 400, 40, 3)
    for strength, numbers in ((0.45, 7), (0.17, 6)):  # a pencil; the other side
        both = Desk(np.maximum(paper.ink, strength * back.ink), np.random.default_rng(1))
        lines = found(written(both, [], ()).pixels)
        assert sum(map(len, lines)) == numbers


def test_strokes_of_neighbouring_digits_at_one_height_are_no_rule() -> None:
    paper = desk(600, 400)
    for row, start in enumerate((60, 90)):
        top = 100 + 120 * row
        for x in range(start, start + 5 * 50, 50):  # sevens whose tops are in line
            cv2.polylines(
                paper.ink, [np.array([(x, top), (x + 36, top), (x + 16, top + 50)])], False, 1.0, 6
            )
    sheet = lay_flat(written(paper, [], ()).pixels)
    assert not sheet.rulings.any()
    assert [len(line) for line in find_lines(sheet)] == [1, 1]


def test_a_short_line_that_touches_the_foot_of_a_number_is_no_part_of_it() -> None:
    paper = desk(700, 300)
    for row in range(3):
        paper.write(400, 60 + 70 * row, 22, 3)
    wanted = np.array(paper.write(110, 150, 22, 2))
    cv2.line(paper.ink, (90, 148), (180, 149), 0.8, 2, cv2.LINE_AA)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert max(overlap(box, wanted) for box in boxes) > 0.6


def test_the_heads_of_a_line_that_the_picture_cuts_off_are_no_numbers() -> None:
    paper = desk(700, 260)
    wanted = np.array(paper.write(60, 90, 60, 4))
    paper.write(60, 182, 60, 4)
    ((box,),) = found(written(paper, [], ()).pixels[:150])
    assert overlap(box, wanted) > 0.7


def test_what_is_left_of_a_bent_rule_is_no_part_of_the_number_over_it() -> None:
    paper = desk(900, 500)
    for row in (110, 230, 350, 470):
        paper.line((60, row), (840, row), 0.8)
    cv2.line(paper.ink, (175, 227), (225, 227), 0.8, 2)  # the paper is creased there
    wanted = np.array(paper.write(100, 214, 60, 2))
    paper.write(400, 214, 60, 3)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert max(overlap(box, wanted) for box in boxes) > 0.9


def test_a_rule_under_a_number_is_not_part_of_it() -> None:
    paper = desk(500, 130)
    wanted = np.array(paper.write(90, 100, 60, 4))
    cv2.line(paper.ink, (0, 103), (500, 107), 0.9, 3)
    ((box,),) = found(written(paper, [], ()).pixels)
    assert overlap(box, wanted) > 0.85


@pytest.mark.parametrize("side", [28, 60, 300, 1500])
def test_one_digit_is_found_in_a_picture_of_any_size(side: int) -> None:
    paper = desk(400, 400)
    wanted = np.array(paper.write(130, 330, 260, 1))
    picture = written(paper, [], ()).pixels
    resized = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    ((box,),) = found(np.asarray(resized, np.uint8)[..., None])
    assert overlap(box, wanted * side / 400) > 0.7


def test_numbers_of_two_sizes_are_found_on_one_page() -> None:
    paper = desk(1000, 700)
    wanted = [np.array(paper.write(100, 200, 110, 3)), np.array(paper.write(120, 400, 40, 5))]
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [1, 1]
    for (box,), number in zip(lines, wanted, strict=True):
        assert overlap(box, number) > 0.7


def test_slopes_say_how_lines_fall() -> None:
    fallen = turned(page(6), 8)
    sheet = lay_flat(fallen.pixels)
    along = sheet.to_picture[:2, 0] / np.hypot(*sheet.to_picture[:2, 0])
    for line in find_lines(sheet):
        for region in line:
            direction = np.rad2deg(np.arctan2(along[1], along[0]) + np.arctan(region.slope))
            assert direction == pytest.approx(8, abs=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3000), (7, 7), (40, 9000)])
def test_extreme_shapes_are_read(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = picture.copy()
    sheet = lay_flat(picture)
    for line in find_lines(sheet):
        for left, top, right, bottom in (region.box for region in line):
            assert 0 <= left < right <= sheet.mask.shape[1]
            assert 0 <= top < bottom <= sheet.mask.shape[0]
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("apart", [11, 58])
def test_a_gap_that_is_far_wider_than_those_beside_it_parts_two_numbers(apart: int) -> None:
    """Four rings with `apart` pixels between them, but 58 in the middle."""
    paper = desk()
    left = 100
    for gap in (apart, 58, apart, 0):
        cv2.ellipse(paper.ink, (left + 15, 125), (12, 25), 0, 0, 360, 1.0, 5, cv2.LINE_AA)
        left += 30 + gap
    for row in (200, 250):  # they tell how tall digits are
        paper.write(600, row, 50, 3)
    first, *_ = found(written(paper, [], ()).pixels)
    assert len(first) == (1 if apart == 58 else 2)


def test_a_number_with_one_blotted_digit_is_found_whole() -> None:
    paper = desk(700, 400)
    for row in range(4):
        paper.write(60, 80 + 80 * row, 40, 3)
    left, _, right, _ = paper.write(400, 160, 40, 2)
    cv2.rectangle(paper.ink, (round(right) - 4, 122), (round(right) + 30, 158), 1.0, -1)
    paper.write(right + 28, 160, 40, 2)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert any(box[0] < left + 5 and box[2] > right + 60 for box in boxes)


def test_a_number_in_the_gap_between_two_columns_joins_none_of_them() -> None:
    paper = desk(700, 500)
    for row in range(5):
        paper.write(60, 80 + 80 * row, 40, 3)
        paper.write(420, 80 + 80 * row, 40, 2)
    wide = paper.write(273, 240, 40, 3)
    assert 0.5 * 40 < 420 - wide[2] < 0.8 * 40
    lines = found(written(paper, [], ()).pixels)
    assert [len(line) for line in lines] == [2, 2, 3, 2, 2]


def test_holes_along_the_edge_of_the_paper_are_no_numbers() -> None:
    paper = desk(900, 700)
    for row in range(4):
        paper.write(200, 120 + 140 * row, 50, 3)
    for hole in range(60, 700, 110):
        cv2.circle(paper.ink, (45, hole), 20, 0.9, -1, cv2.LINE_AA)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert len(boxes) == 4
    assert min(box[0] for box in boxes) > 100


def test_noughts_of_a_thick_pen_are_no_holes() -> None:
    paper = desk(700, 400)
    for row in range(3):
        paper.write(60, 100 + 110 * row, 50, 3)
    for row in range(3):
        cv2.ellipse(paper.ink, (460, 76 + 110 * row), (17, 20), 0, 0, 360, 1.0, 14, cv2.LINE_AA)
    boxes = [box for line in found(written(paper, [], ()).pixels) for box in line]
    assert len([box for box in boxes if box[0] > 380]) == 3


@pytest.mark.parametrize("seed", range(0, 300, 100))
def test_whatever_is_drawn_regions_lie_on_the_sheet(seed: int) -> None:
    """Frames, strokes, rings and blots; some sheets hold nothing but frames."""
    for draws in map(np.random.default_rng, range(seed, seed + 100)):
        height, width = (int(side) for side in draws.integers(1, 400, 2))
        ink = np.zeros((height, width), np.uint8)
        for kind in draws.integers(0, 4, int(draws.integers(0, 14))).tolist():
            one, other = draws.integers(0, [width, height], (2, 2)).tolist()
            thick = int(draws.integers(1, 9))
            if kind == 0:
                cv2.rectangle(ink, one, other, 255, thick)
            elif kind == 1:
                cv2.line(ink, one, other, 255, thick)
            elif kind == 2:
                cv2.ellipse(ink, one, draws.integers(1, 60, 2).tolist(), 0, 0, 360, 255, thick)
            else:
                cv2.circle(ink, one, thick, 255, -1)
        rulings = np.zeros(ink.shape, bool)
        rulings[draws.integers(height)] = draws.random() < 0.5
        ink[rulings] = 0
        sheet = Sheet(255 - ink, ink, ink > 0, rulings, np.eye(3))
        for line in find_lines(sheet):
            for region in line:
                assert 0 <= region.box.left < region.box.right <= width
                assert 0 <= region.box.top < region.box.bottom <= height


@pytest.mark.parametrize(("wide", "count"), [(40, 0), (36, 1)])
def test_the_ring_of_a_cup_is_no_nought(wide: int, count: int) -> None:
    paper = desk(500, 400)
    cv2.ellipse(paper.ink, (250, 200), (wide, 40), 0, 0, 360, 0.5, 3, cv2.LINE_AA)
    assert len(found(written(paper, [], ()).pixels)) == count


def test_a_sheet_that_shows_a_piece_of_a_wall_alone_holds_no_number() -> None:
    ink = np.zeros((220, 60), np.uint8)
    ink[60:130, 30:33] = ink[100:140, 34:37] = 255  # two strokes that are one when gaps are closed
    rulings = np.zeros(ink.shape, bool)
    rulings[:58, 30:37] = rulings[142:, 30:37] = True
    assert find_lines(Sheet(255 - ink, ink, ink > 0, rulings, np.eye(3))) == ()
