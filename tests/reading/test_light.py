"""Which of two brightnesses is the ink, whatever light falls on the page."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.light import is_light_on_dark
from tests.reading.pages import page


def _grey(seed: int, across: float) -> NDArray[np.uint8]:
    """A page of pale ink of which a shadow covers a part; its edge runs aslant."""
    pixels = 200 - 0.3 * (255 - page(seed).pixels[..., 0].astype(np.float32))
    height, width = pixels.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along = (x - across * width) + 0.4 * (y - height / 2)
    light = 1 - 0.5 / (1 + np.exp(-along / (width / 50)))
    return np.asarray(pixels * light, np.uint8)


@pytest.mark.parametrize("across", [0.25, 0.3, 0.35, 0.4, 0.6])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_edge_of_a_shadow_does_not_turn_ink_into_paper(seed: int, across: float) -> None:
    grey = _grey(seed, across)
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)
