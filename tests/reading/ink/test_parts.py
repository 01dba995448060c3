"""How tall digits are, whatever stands around them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import are_frames, ink_of_parts, parts_of, typical_height


def rings_with_numbers() -> NDArray[np.bool_]:
    """Seven numbers in rings that lines join."""
    ink = np.zeros((700, 900), np.uint8)
    places = [(450, 80), (250, 300), (650, 300), (120, 560), (350, 560), (560, 560), (780, 560)]
    for (x, y), child in zip(places[:3], (1, 3, 5), strict=True):
        for other in places[child : child + 2]:
            cv2.line(ink, (x, y + 70), (other[0], other[1] - 70), 1, 4)
    for x, y in places:
        cv2.circle(ink, (x, y), 70, 1, 4)
        cv2.ellipse(ink, (x, y), (14, 24), 0, 0, 360, 1, 4)
    return ink.view(bool)


def test_a_diagram_around_digits_does_not_count_for_their_height() -> None:
    assert 45 < typical_height(parts_of(rings_with_numbers())) < 60


def test_a_frame_is_told_from_what_stands_in_it() -> None:
    parts = parts_of(rings_with_numbers())
    frames = are_frames(parts, 80)
    assert frames.sum() == len(parts) - 7
    assert (parts.heights[~frames] < 60).all()


def test_a_nought_with_specks_in_it_is_no_frame() -> None:
    ink = np.zeros((200, 200), np.uint8)
    cv2.ellipse(ink, (100, 100), (50, 80), 0, 0, 360, 1, 8)
    ink[100:106, 95:100] = ink[60:66, 110:114] = 1
    assert not are_frames(parts_of(ink.view(bool)), 100).any()


def test_some_parts_are_drawn_alone() -> None:
    mask = rings_with_numbers()
    parts = parts_of(mask)
    frames = are_frames(parts, 80)
    around = ink_of_parts(mask, parts.where(frames))
    assert around[80 - 70, 450]
    assert not around[:, 430:470][40:120].any()
    assert (around | ink_of_parts(mask, parts.where(~frames)) == mask).all()


def test_nothing_has_no_height() -> None:
    assert typical_height(parts_of(np.zeros((50, 50), bool))) == 0
