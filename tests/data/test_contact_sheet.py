"""A contact sheet shows every pixel, and the right caption below it."""

import numpy as np
from PIL import ImageFont

from inkdigit.data.contact_sheet import BACKGROUND, contact_sheet, pick_per_class
from inkdigit.data.contact_sheet import _shortened as shortened
from inkdigit.types import Images, Labels


def test_every_picture_is_there_enlarged_and_unchanged(digits: tuple[Images, Labels]) -> None:
    images = digits[0][::1000]
    sheet = np.asarray(contact_sheet(images, ["0", "2", "4", "6", "8"], 3).convert("L"))
    for place, picture in enumerate(images):
        left, top = 24 + place % 3 * 94, 24 + place // 3 * 112
        assert (sheet[top : top + 84 : 3, left : left + 84 : 3] == picture[..., 0]).all()
    assert sheet.shape == (24 + 2 * 112 - 10 + 24, 24 + 3 * 94 - 10 + 24)


def test_the_last_row_may_be_short_and_colour_stays() -> None:
    sheet = contact_sheet(np.full((1, 64, 64, 3), (9, 99, 199), np.uint8), ["a class"], 10)
    assert sheet.getpixel((30, 30)) == (9, 99, 199)
    assert "#{:02x}{:02x}{:02x}".format(*np.asarray(sheet)[0, 0]) == BACKGROUND


def test_long_captions_stay_inside_their_tile() -> None:
    font = ImageFont.load_default(12)
    text = shortened("a very long name of a class", font, 84)
    assert text.endswith("…")
    assert font.getlength(text) <= 84


def test_classes_are_picked_in_turn() -> None:
    labels = np.array([1, 0, 1, 1, 0, 2])
    assert pick_per_class(labels, 2).tolist() == [1, 4, 0, 2, 5]
