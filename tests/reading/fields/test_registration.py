"""A form is found again on pictures of it, and not on others."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.errors import DataError
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.fields.registration import Form

WIDTH, HEIGHT = 700, 1000
CORNERS = np.array([(60, 60), (640, 60), (640, 940), (60, 940)], np.float64)
WORDS = ("Membership", "Name", "Street", "Born", "Paid", "Children", "Telephone", "Age")


def printed(*, words: bool = True) -> Pixels:
    """A form with a line of words and boxes for each thing, or the boxes of a table."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(sheet)
    for row, word in enumerate(WORDS):
        top = 60 + 110 * row
        if words:
            draw.text((60, top + 10), word, 0, ImageFont.load_default(30))
            draw.rectangle((300, top, 400 + 30 * (row % 4), top + 60), outline=0, width=3)
        else:
            for column in range(4):
                left = 60 + 145 * column
                draw.rectangle((left, top, left + 145, top + 110), outline=0, width=3)
    return np.asarray(sheet)[..., None]


def pictured(
    form: Pixels, degrees: float, scale: float, shift: float
) -> tuple[Pixels, NDArray[np.float64]]:
    """Write on the form, lay it under uneven light, and tell where its corners are then."""
    sheet = form[..., 0].copy()
    for row in range(len(WORDS)):
        cv2.putText(
            sheet, "2718", (310, 110 + 110 * row), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.4, 60, 3
        )
    turn = np.asarray(cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, scale), np.float64)
    turn[:, 2] = turn[:, 2] + shift
    laid = cv2.warpAffine(sheet, turn, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=255)
    light = np.linspace(0.95, 0.6, WIDTH)
    grain = np.random.default_rng(0).normal(0, 4, laid.shape)
    pixels = np.clip(laid * light + grain, 0, 255).astype(np.uint8)[..., None]
    return pixels, CORNERS @ turn[:, :2].T + turn[:, 2]


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize(
    ("degrees", "scale", "shift"), [(0, 1.0, 0), (10, 0.85, 20), (-10, 0.8, -30), (3, 1.1, 10)]
)
def test_a_form_is_found_where_it_lies(
    words: bool, degrees: float, scale: float, shift: float
) -> None:
    form = printed(words=words)
    pixels, corners = pictured(form, degrees, scale, shift)
    found = cv2.perspectiveTransform(CORNERS[None], Form(form).find(pixels))[0]
    assert np.abs(found - corners).max() < 4


def test_another_resolution_is_no_trouble() -> None:
    form = printed()
    pixels, corners = pictured(form, 5, 0.9, 10)
    larger = np.asarray(cv2.resize(pixels, None, fx=1.7, fy=1.7), np.uint8)[..., None]
    found = cv2.perspectiveTransform(CORNERS[None], Form(form).find(larger))[0]
    assert np.abs(found - 1.7 * corners).max() < 6


def test_another_form_is_refused() -> None:
    other, _ = pictured(printed(words=False), 2, 0.95, 5)
    with pytest.raises(DataError, match="the form is not found on this page"):
        Form(printed()).find(other)
    with pytest.raises(DataError, match="the form is not found on this page"):
        Form(printed()).find(np.full((500, 400, 3), 240, np.uint8))


def test_a_form_without_print_is_told() -> None:
    with pytest.raises(DataError, match="next to nothing printed"):
        Form(np.full((HEIGHT, WIDTH, 1), 255, np.uint8))
