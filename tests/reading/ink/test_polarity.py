"""Which of two brightnesses is the ink, whatever the light."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.ink.polarity import is_light_on_dark, told_by_width
from tests.reading.pages import bold, in_shadow, page, round_shadow


def _grey(seed: int, across: float, *, ink: float = 0.3, shade: float = 0.5) -> NDArray[np.uint8]:
    """A page of pale ink of which a shadow covers a part; its edge runs aslant."""
    pixels = 200 - ink * (255 - page(seed).pixels[..., 0].astype(np.float32))
    height, width = pixels.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along = (x - across * width) + 0.4 * (y - height / 2)
    light = 1 - shade / (1 + np.exp(-along / (width / 50)))
    return np.asarray(pixels * light, np.uint8)


@pytest.mark.parametrize("across", [0.25, 0.3, 0.35, 0.4, 0.6])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_edge_of_a_shadow_does_not_turn_ink_into_paper(seed: int, across: float) -> None:
    grey = _grey(seed, across)
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)


@pytest.mark.parametrize("across", [0.25, 0.45, 0.75])
@pytest.mark.parametrize("shade", [0.5, 0.7])
def test_a_deep_shadow_does_not_turn_faint_ink_into_paper(shade: float, across: float) -> None:
    grey = _grey(7, across, ink=0.15, shade=shade)
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)


@pytest.mark.parametrize("tip", [0.2, 0.4])
@pytest.mark.parametrize("soft", [20, 40])
def test_the_round_edge_of_a_shadow_does_not_turn_faint_ink_into_paper(
    tip: float, soft: float
) -> None:
    written = page(7, lines=2, size=(700, 1000), digit_height=24).pixels[..., 0]
    light = round_shadow(written.shape, tip, soft, shade=0.5)
    grey = ((200 - 0.1 * (255.0 - written)) * light).astype(np.uint8)
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)


@pytest.mark.parametrize("light", [0.3, 0.5])
@pytest.mark.parametrize("seed", [7, 9])
def test_what_a_shadow_leaves_of_the_light_is_no_stroke(seed: int, light: float) -> None:
    wedge = [(0, 0), (1, 0), (1, 1), (0.05, 1), (0.48, 0.62), (0, 0.52)]
    written = page(seed, size=(600, 500), digit_height=20)
    grey = in_shadow(written, wedge, light=light).pixels[..., 0]
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)


@pytest.mark.parametrize(("text", "size"), [("24557", 150), ("24557", 400), ("7245", 60)])
def test_gaps_between_bold_strokes_are_paper(text: str, size: int) -> None:
    grey = bold(text, 0.28, size)
    assert not is_light_on_dark(grey)
    assert is_light_on_dark(255 - grey)


def test_a_picture_of_one_tone_or_of_its_grain_has_no_strokes() -> None:
    grain = np.random.default_rng(0).integers(200, 210, (300, 400), np.uint8)
    for grey in (np.full((300, 400), 90, np.uint8), grain, np.zeros((1, 1), np.uint8)):
        assert told_by_width(grey) is None
