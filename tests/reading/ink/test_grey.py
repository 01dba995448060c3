"""What only a colour shows is seen in that colour, everything else in its brightness."""

import cv2
import numpy as np
import pytest

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.ink.grey import grey_of
from inkdigit.reading.reader import open_reader
from tests.reading.pages import bold_ink

GREEN, RED, BLUE, GREY = (60, 140, 60), (200, 60, 60), (70, 90, 230), (150, 150, 150)


def coloured(pen: tuple[int, ...], paper: tuple[int, ...], thick: float = 0.07) -> Pixels:
    ink = bold_ink("24557", thick, 80)[..., None]
    return np.asarray(np.array(paper) * (1 - ink) + np.array(pen) * ink, np.uint8)


@pytest.mark.parametrize("thick", [0.03, 0.07, 0.14])
@pytest.mark.parametrize(
    ("pen", "paper"), [(RED, GREEN), (GREEN, RED), ((230, 60, 60), BLUE), ((235, 120, 170), GREY)]
)
def test_a_pen_as_bright_as_its_paper_is_read(
    pen: tuple[int, ...], paper: tuple[int, ...], thick: float
) -> None:
    page = open_reader().read(coloured(pen, paper, thick))
    assert [number.text for number in page.numbers] == ["24557"]


@pytest.mark.parametrize(
    ("pen", "paper"), [((20, 30, 90), (240, 235, 200)), ((250, 250, 250), RED)]
)
def test_what_brightness_shows_is_seen_in_it(pen: tuple[int, ...], paper: tuple[int, ...]) -> None:
    picture = coloured(pen, paper)
    assert np.array_equal(grey_of(picture), cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def test_grain_of_a_blank_coloured_paper_is_no_writing() -> None:
    grain = np.random.default_rng(0).normal(0, 6, (200, 300, 3))
    paper = np.clip(np.array((210, 190, 120)) + grain, 0, 255).astype(np.uint8)
    assert np.array_equal(grey_of(paper), cv2.cvtColor(paper, cv2.COLOR_RGB2GRAY))
