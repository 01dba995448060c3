"""Faint strokes beside strong ones are ink; stains and their edges are not."""

import cv2
import numpy as np

from inkdigit.reading.ink.parts import parts_of
from inkdigit.reading.sheets.sheet import lay_flat
from tests.reading.pages import Desk, written


def form() -> Desk:
    """Six labels in black print, one below another, with room to their right."""
    print_ = np.zeros((900, 700), np.uint8)
    for row in range(6):
        cv2.putText(print_, "Amount", (60, 120 + 120 * row), 0, 1.0, 255, 4, cv2.LINE_AA)
    return Desk((print_ / 255).astype(np.float32), np.random.default_rng(3))


def test_thin_pencil_on_a_form_of_black_print_is_ink() -> None:
    pencil = np.zeros((900, 700), np.uint8)
    for row in range(6):
        cv2.putText(pencil, "2750", (360, 120 + 120 * row), 0, 1.1, 255, 1, cv2.LINE_AA)
    desk = form()
    desk.ink = np.maximum(desk.ink, (0.16 / 255 * pencil).astype(np.float32))
    mask = lay_flat(written(desk, [], ()).pixels).mask
    assert mask[pencil > 150].mean() > 0.9


def test_a_stain_beside_black_print_is_no_ink() -> None:
    desk = form()
    for row in range(1, 6):
        cv2.circle(desk.ink, (460, 120 * row), 14, 0.1, -1, cv2.LINE_AA)
    stained = lay_flat(written(desk, [], ()).pixels).mask
    assert not stained[:, 400:].any()


def test_the_edge_of_a_stain_beside_black_print_is_no_ink() -> None:
    desk = form()
    for row in range(1, 6):
        cv2.circle(desk.ink, (480, 120 * row), 22, 0.08, -1, cv2.LINE_AA)
        cv2.circle(desk.ink, (480, 120 * row), 22, 0.14, 2, cv2.LINE_AA)
    assert not lay_flat(written(desk, [], ()).pixels).mask[:, 400:].any()


def test_close_dots_of_a_rule_join_no_number_that_stands_on_them() -> None:
    desk = form()
    for row in range(6):
        dots = np.zeros((12, 400), np.float32)
        for x in range(4, 396, 7):
            cv2.circle(dots, (x, 6), 2, 1.0, -1, cv2.LINE_AA)
        desk.ink[124 + 120 * row : 136 + 120 * row, 270:670] = cv2.GaussianBlur(dots, (0, 0), 1.3)
        cv2.ellipse(desk.ink, (400, 108 + 120 * row), (12, 22), 0, 0, 360, 1.0, 4, cv2.LINE_AA)
    sheet = lay_flat(written(desk, [], ()).pixels)
    parts = parts_of(sheet.mask)
    scale = sheet.mask.shape[1] / 700
    left, _, right, _ = parts.boxes.T / scale
    rings = (left < 400) & (right > 400) & (parts.heights > 40 * scale)
    assert rings.sum() == 6
    assert (right - left)[rings].max() < 100
