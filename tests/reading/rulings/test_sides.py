"""Sides of boxes that digits hide are where two rules end, and nowhere else."""

import numpy as np
import pytest

from inkdigit.reading.rulings.ruling import Grey, Rulings
from inkdigit.reading.rulings.sides import with_hidden_sides
from tests.reading.rulings.test_rulings import DIGIT, places, straight

BOXES = (100, 340)  # their left sides
WIDE, TALL, TOP = 160, 60, 200


def boxes(*, left: bool = True, right: bool = True) -> Grey:
    """Boxes side by side, three pixels thick, digits right behind their left sides."""
    level = np.zeros((500, 700), np.uint8)
    for start in BOXES:
        for row in (TOP, TOP + TALL):
            level[row - 1 : row + 2, start : start + WIDE] = 200
        for column, is_there in ((start, left), (start + WIDE - 3, right)):
            if is_there:
                level[TOP : TOP + TALL, column : column + 3] = 200
        level[TOP + 8 : TOP + TALL - 8, start + 6 : start + 30] = 255
    return level


def one_by_one() -> Rulings:
    return Rulings(tuple(straight(row, at, WIDE) for row in (TOP, TOP + TALL) for at in BOXES), ())


def followed() -> Rulings:
    """The same rules, each followed from box to box, over the paper between them."""
    long = BOXES[-1] + WIDE - BOXES[0]
    return Rulings(tuple(straight(row, BOXES[0], long) for row in (TOP, TOP + TALL)), ())


@pytest.mark.parametrize("rules", [one_by_one(), followed()])
def test_the_sides_of_boxes_are_found(rules: Rulings) -> None:
    sides = with_hidden_sides(boxes(), rules, DIGIT).down
    assert places(sides) == [BOXES[0] + 1, BOXES[0] + WIDE - 2, BOXES[1] + 1, BOXES[1] + WIDE - 2]
    for side in sides:
        assert side.start <= TOP + 3
        assert side.start + side.length >= TOP + TALL - 3


def test_there_is_no_side_where_no_ink_is() -> None:
    sides = with_hidden_sides(boxes(left=False), one_by_one(), DIGIT).down
    assert places(sides) == [BOXES[0] + WIDE - 2, BOXES[1] + WIDE - 2]


def test_a_side_that_is_known_is_not_found_twice() -> None:
    rules = one_by_one()
    known = tuple(straight(at + 1, TOP, TALL) for at in BOXES)
    sides = with_hidden_sides(boxes(), Rulings(rules.across, known), DIGIT).down
    assert sides[:2] == known
    assert len(sides) == 4


def test_a_stroke_at_the_end_of_one_rule_is_no_side() -> None:
    level = boxes(right=False, left=False)
    level[TOP : TOP + TALL, BOXES[0] : BOXES[0] + 3] = 200
    rules = one_by_one().across
    apart = (rules[0], straight(TOP + TALL, BOXES[0] + 30, WIDE))
    assert with_hidden_sides(level, Rulings(apart, ()), DIGIT).down == ()
