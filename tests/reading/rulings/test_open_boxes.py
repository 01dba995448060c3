"""Boxes that are open above or below are no strokes; strokes that stand on a rule are no boxes."""

import cv2
import numpy as np
import pytest

from inkdigit.reading.sheets.sheet import lay_flat
from tests.reading.pages import Desk, written

WALL = 52  # pixels that walls are tall


def form(boxes: int, *, hangs: bool, hidden: bool = False) -> Desk:
    """Boxes of three sides, one below another, with a number in each; one wall may be missing."""
    desk = Desk(np.zeros((900, 700), np.float32), np.random.default_rng(4))
    for row in range(boxes):
        top, foot = 80 + 100 * row, 80 + 100 * row + WALL
        rule = top if hangs else foot
        desk.line((200, rule), (500, rule), 0.8)
        if not (hidden and row == 0):
            desk.line((200, top), (200, foot), 0.8)
        desk.line((500, top), (500, foot), 0.8)
        desk.write(250, foot - 6, 36, 3)
    return desk


@pytest.mark.parametrize("hangs", [False, True])
def test_walls_of_a_box_that_is_open_on_one_side_are_no_strokes(hangs: bool) -> None:
    desk = form(1, hangs=hangs)
    sheet = lay_flat(written(desk, [], ()).pixels)
    walls = np.s_[88 : 80 + WALL - 8, [199, 200, 201, 499, 500, 501]]
    assert not sheet.mask[walls].any()
    assert sheet.rulings[walls].any(axis=1).all()
    assert sheet.mask[80 : 80 + WALL, 250:400].any()


def test_a_wall_whose_fellow_is_hidden_is_known_by_those_of_other_boxes() -> None:
    desk = form(5, hangs=False, hidden=True)
    mask = lay_flat(written(desk, [], ()).pixels).mask
    assert not mask[88 : 80 + WALL - 8, 495:505].any()


def test_ones_that_stand_at_both_ends_of_a_rule_under_a_number_stay() -> None:
    desk = Desk(np.zeros((400, 700), np.float32), np.random.default_rng(4))
    for one in (200, 420):
        cv2.line(desk.ink, (one, 120), (one, 160), 1.0, 4, cv2.LINE_AA)
    desk.write(240, 158, 40, 3)
    desk.line((200, 162), (420, 162), 1.0)
    mask = lay_flat(written(desk, [], ()).pixels).mask
    assert all(mask[124:156, one - 3 : one + 4].any(axis=1).all() for one in (200, 420))
