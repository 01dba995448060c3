"""The overlay: every answer can be seen, and tells how sure it is."""

import numpy as np
import pytest

from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.overlay import BANDS, colour_of, draw_overlay
from inkdigit.types import Page
from tests.reading.handmade import number, page


def paper(width: int, height: int, grey: int = 128) -> Pixels:
    return np.full((height, width, 1), grey, np.uint8)


def drawn(read: Page, grey: int = 128) -> Pixels:
    return np.asarray(draw_overlay(paper(read.width, read.height, grey), read))


def of_colour(picture: Pixels, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour)).all(axis=2).sum())


@pytest.mark.parametrize("at", [(0, 0), (150, 0), (0, 100), (150, 100), (75, 0), (150, 50)])
def test_an_answer_at_the_edge_is_seen_as_well_as_one_in_the_middle(at: tuple[int, int]) -> None:
    colour = colour_of(0.999)
    inside = of_colour(drawn(page([number("12345", at=(75, 50))])), colour)
    at_edge = of_colour(drawn(page([number("12345", at=at)])), colour)
    assert inside > 1000
    assert at_edge == pytest.approx(inside, rel=0.02)


def test_answers_do_not_cover_each_other_where_lines_are_close() -> None:
    colour, size = colour_of(0.999), (900, 300)
    blank = of_colour(drawn(page(size=size)), colour)
    alone = of_colour(drawn(page([number("888", at=(10, 50))], size=size)), colour) - blank
    lines = [[number("888", at=(x, y)) for x in (10, 110, 210)] for y in (50, 75, 100)]
    together = of_colour(drawn(page(*lines, size=size)), colour) - blank
    assert together == pytest.approx(9 * alone, rel=0.02)


@pytest.mark.parametrize(
    ("confidence", "band"), [(1.0, 0), (0.99, 0), (0.98, 1), (0.9, 1), (0.89, 2), (0.0, 2)]
)
def test_the_colour_tells_the_confidence(confidence: float, band: int) -> None:
    assert colour_of(confidence) == BANDS[band][1]
    picture = drawn(page([number("5", at=(90, 50), shares=[confidence])]))
    blank = drawn(page())
    most = [of_colour(picture, colour) - of_colour(blank, colour) for _, colour, _ in BANDS]
    assert int(np.argmax(most)) == band


def test_what_is_rejected_differs_without_its_colour() -> None:
    taken = number("1234", at=(75, 50), shares=[0.6] * 4)
    rejected = number("1234", at=(75, 50), shares=[0.6] * 4, reason="rule")
    colour = colour_of(0.6)
    few = of_colour(drawn(page([rejected])), colour)
    many = of_colour(drawn(page([taken])), colour)
    assert few < 0.6 * many  # dashes, and letters on white


@pytest.mark.parametrize("grey", [0, 10, 105, 255])
def test_a_box_shows_on_any_paper(grey: int) -> None:
    size = (900, 300)
    with_box = drawn(page([number("7", at=(90, 50))], size=size), grey)
    without = drawn(page(size=size), grey)
    changed = np.abs(with_box.astype(int) - without).max(axis=2)
    assert (changed > 60).sum() > 300


@pytest.mark.parametrize(
    ("size", "longest"),
    [
        ((158, 54), 900),
        ((4000, 3000), 2400),
        ((1200, 1600), 1600),
        ((1, 1), 6),
        ((20_000, 3), 2400),
    ],
)
def test_small_pictures_are_enlarged_and_large_ones_reduced(
    size: tuple[int, int], longest: int
) -> None:
    picture = draw_overlay(paper(*size), page(size=size))
    assert longest <= max(picture.size) <= max(longest + 150, 550)  # and the margin, the legend


def test_nothing_read_leaves_the_picture_and_the_legend() -> None:
    read = page(size=(300, 1000))
    picture = drawn(read)
    assert (picture == 128).all(axis=2).sum() > 0.95 * 300 * 1000
    for _, colour, _ in BANDS:
        assert of_colour(picture, colour) > 20


def test_colours_of_the_picture_stay() -> None:
    pixels = np.zeros((1000, 300, 3), np.uint8)
    pixels[..., 1] = 200
    picture = np.asarray(draw_overlay(pixels, page(size=(300, 1000))))
    assert of_colour(picture, (0, 200, 0)) > 0.95 * 300 * 1000


def test_a_page_of_very_many_numbers_can_be_drawn() -> None:
    rows = [[number("1", at=(12 * x, 22 * y)) for x in range(40)] for y in range(40)]
    assert draw_overlay(paper(480, 900), page(*rows, size=(480, 900))).width > 480
