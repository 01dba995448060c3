"""How much ink lies where, whatever the light."""

import cv2
import numpy as np
import pytest

from inkdigit.reading.ink.light import ink_of_page
from tests.reading.pages import page, round_shadow


@pytest.mark.parametrize("thick", [9, 14, 20])
@pytest.mark.parametrize("falls_off", [0.0, 0.3])
def test_strokes_of_a_thick_pen_are_as_dark_inside_as_at_their_rim(
    thick: int, falls_off: float
) -> None:
    """A 7 and a 1 in a picture that is hardly taller than they are, on grey paper, in any light."""
    ink = np.zeros((70, 160), np.uint8)
    cv2.polylines(ink, [np.array([(20, 14), (62, 14), (34, 56)])], False, 255, thick)
    cv2.line(ink, (120, 14), (112, 56), 255, thick)
    light = 1 - falls_off * np.linspace(0, 1, 160)
    grey = ((160 - 60 * (ink / 255)) * light).astype(np.uint8)
    level = ink_of_page(grey).level
    inside = cv2.erode(ink, np.ones((3, 3), np.uint8)) > 0
    assert np.percentile(level[inside], 2) > 190
    assert level[cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0].max() < 40


@pytest.mark.parametrize("tip", [0.05, 0.15, 0.3])
def test_little_of_the_round_edge_of_a_soft_shadow_is_taken_for_ink(tip: float) -> None:
    written = page(7, lines=3, size=(700, 1000), digit_height=24).pixels[..., 0]
    light = round_shadow(written.shape, tip, soft=30, shade=0.4)
    level = ink_of_page(((220 - 0.3 * (255.0 - written)) * light).astype(np.uint8)).level
    assert (level[written > 190] > 84).mean() < 0.028
