"""Forms: their fields are found on the page, read by their rules, and told by their names.

What reads here is a stand-in that counts dark blobs: so many numbers stand in a field.
"""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.decode import as_picture
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.fields.rules import Rule
from inkdigit.reading.fields.template import open_template
from inkdigit.types import Alternative, Box, Number, Page, Separator
from tests.reading.fields.test_registration import printed
from tests.reading.handmade import number, page

GOOD = """
reference = "form.png"
unit = "pixels"
[fields.name]
box = [303, 173, 427, 227]
[fields.paid]
box = [303, 503, 397, 557]
range = "0..20"
"""


def write(folder: Path, text: str) -> Path:
    as_picture(printed()).save(folder / "form.png")
    (folder / "form.toml").write_text(text)
    return folder / "form.toml"


def blobs(pixels: Pixels, rule: Rule | None) -> Page:
    """Read each dark blob as a number whose text is its area in hundreds of pixels."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((pixels[..., 0] < 100).astype(np.uint8))
    inner = [row.tolist() for row in stats[1:] if row[4] > 60 and row[2] < 60 and row[3] < 50]
    numbers = [
        replace(number("7"), box=Box(left, top, left + width, top + height))
        for left, top, width, height, _ in sorted(inner)
    ]
    assert all(each.text == "7" for each in numbers)
    return page(numbers, size=(pixels.shape[1], pixels.shape[0]))


def filled(degrees: float, *blots: tuple[int, int]) -> tuple[Pixels, NDArray[np.float64]]:
    """The form with blots of 16 × 16 at these corners, turned; and how it was."""
    sheet = printed()[..., 0].copy()
    for x, y in blots:
        sheet[y : y + 16, x : x + 16] = 0
    turn = np.asarray(cv2.getRotationMatrix2D((350, 500), degrees, 0.9), np.float64)
    laid = cv2.warpAffine(sheet, turn, (700, 1000), flags=cv2.INTER_AREA, borderValue=255)
    return np.asarray(laid, np.uint8)[..., None], turn


@pytest.mark.parametrize("degrees", [0, 6, -9])
def test_a_field_is_read_where_it_lies_on_the_page(tmp_path: Path, degrees: float) -> None:
    pixels, turn = filled(degrees, (350, 190))
    name, paid = open_template(write(tmp_path, GOOD)).read(pixels, blobs).lines
    assert paid.numbers == ()
    (found,) = name.numbers
    left, top, right, bottom = found.box
    x, y = turn[:, :2] @ (358, 198) + turn[:, 2]
    assert abs((left + right) / 2 - x) < 4
    assert abs((top + bottom) / 2 - y) < 4


def test_numbers_in_one_field_are_one_number(tmp_path: Path) -> None:
    pixels, _ = filled(2, (310, 520), (350, 520), (370, 190))
    name, paid = open_template(write(tmp_path, GOOD)).read(pixels, blobs).lines
    assert [each.text for each in name.numbers] == ["7"]
    assert [each.text for each in paid.numbers] == ["77"]
    (joined,) = paid.numbers
    assert joined.confidence == pytest.approx(0.999**2)
    assert len(joined.digits) == 2
    assert (joined.rejected, joined.reason) == (True, "rule")  # 77 is not in 0..20


def test_a_rule_chooses_among_what_the_parts_may_be(tmp_path: Path) -> None:
    one = replace(
        number("7"),
        alternatives=(Alternative("7", 0.6), Alternative("1", 0.3)),
        confidence=0.6,
        separators=(Separator(",", Box(0, 0, 1, 1), 1),),
    )

    def reads_two(pixels: Pixels, rule: Rule | None) -> Page:
        return page([one, one], size=(pixels.shape[1], pixels.shape[0]))

    pixels, _ = filled(0, (310, 520))
    _, paid = open_template(write(tmp_path, GOOD)).read(pixels, reads_two).lines
    found: Number = paid.numbers[0]
    assert found.text == "17"
    assert found.rule is not None
    assert found.rule.changed
    assert [each.after for each in found.separators] == [1, 2]
    assert found.alternatives[0].text == "77"


def test_fields_get_their_rules(tmp_path: Path) -> None:
    rules: list[Rule | None] = []

    def noting(pixels: Pixels, rule: Rule | None) -> Page:
        rules.append(rule)
        return page(size=(1, 1))

    open_template(write(tmp_path, GOOD)).read(filled(0)[0], noting)
    assert rules == [None, Rule(low=0, high=20)]


def test_without_a_picture_the_page_is_the_form(tmp_path: Path) -> None:
    path = write(tmp_path, "[fields.age]\nbox = [0.5, 0.0, 1.0, 0.5]\n")
    pixels = np.full((200, 400, 3), 255, np.uint8)
    pixels[40:60, 300:320] = 0
    (line,) = open_template(path).read(pixels, blobs).lines
    assert line.numbers[0].box == Box(300, 40, 320, 60)


def test_another_page_is_refused(tmp_path: Path) -> None:
    other = np.full((1000, 700, 1), 240, np.uint8)
    with pytest.raises(DataError, match="the form is not found on this page"):
        open_template(write(tmp_path, GOOD)).read(other, blobs)


def test_a_page_that_lacks_a_field_is_refused(tmp_path: Path) -> None:
    low = GOOD.replace("[303, 503, 397, 557]", "[303, 833, 397, 887]")
    with pytest.raises(DataError, match=r"field 'paid' reaches \d+ pixels out of the page"):
        open_template(write(tmp_path, low)).read(printed()[:860], blobs)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fields = 3", "fields: Input should be a valid dictionary"),
        ("", "fields: Field required"),
        ("[fields]", "fields: Dictionary should have at least 1 item"),
        ("fields: 3", "no valid TOML"),
        ("refrence = 'a'", "unknown key 'refrence'. Did you mean 'reference'?"),
        ("[fields.a]\nbox = [0, 0, 1, 1]\nfromat = 'd'", "Did you mean 'format'?"),
        ("[fields.a]\nbox = [0, 0, 1]", "fields.a.box.3: Field required"),
        ("[fields.a]\nbox = [0, 0, 1, 2]", "field 'a' has the box [0.0, 0.0, 1.0, 2.0]"),
        ("[fields.a]\nbox = [0.5, 0, 0.5, 1]", "expected left, top, right, bottom inside"),
        ("[fields.a]\nbox = [0, 0, nan, 1]", "fields.a.box.2: Input should be a finite number"),
        ("[fields.a]\nbox = [0, 0, 1, 1]\nrange = '5'", "field 'a': range '5': expected two"),
        ("unit = 'pixels'\n[fields.a]\nbox = [0, 0, 9, 9]", "unit = 'pixels' without a picture"),
        ("unit = 'cm'\n[fields.a]\nbox = [0, 0, 1, 1]", "unit: Input should be 'fraction' or"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ConfigError) as told:
        open_template(write(tmp_path, text))
    assert str(told.value).startswith(str(tmp_path / "form.toml"))
    assert found in str(told.value)
    assert "\n" not in str(told.value)


def test_a_form_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or directory, expected the TOML file"):
        open_template(tmp_path / "none.toml")
    path = write(tmp_path, GOOD.replace("form.png", "none.png"))
    with pytest.raises(DataError, match=r"none\.png: no such file"):
        open_template(path)
