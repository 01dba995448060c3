"""What is straight, thin and long on a sheet."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.rulings.ridges import candidates


def drawn(corners: Sequence[tuple[float, float]], *, thick: int = 3) -> NDArray[np.uint8]:
    """Draw a line from corner to corner."""
    level = np.zeros((600, 800), np.uint8)
    points = np.rint(np.array(corners) * 16).astype(np.int32)
    cv2.polylines(level, [points], False, 230, thick, cv2.LINE_AA, 4)
    return level


@pytest.mark.parametrize("aside", [0, 4, 8, 14])
def test_a_line_by_hand_with_a_corner_is_followed_past_it(aside: float) -> None:
    level = drawn([(100, 300), (370, 300 + aside), (700, 300)])
    found = candidates(level).across
    columns = np.unique(np.concatenate([each.start + np.arange(each.length) for each in found]))
    assert len(columns) > 0.95 * 600
    for each in found:
        middle = np.rint(each.middle).astype(int)
        on_it = level[middle, each.start + np.arange(each.length)] > 0
        assert on_it.mean() > 0.9


def test_a_line_with_corners_everywhere_is_no_ruling() -> None:
    zigzag = [(100 + 40 * k, 300 + 12 * (k % 2)) for k in range(16)]
    assert not candidates(drawn(zigzag)).across
