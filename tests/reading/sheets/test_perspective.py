"""The corners of a sheet are found by its sides, in shade, on cloth, and partly out of sight."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.sheets.four_sides import Corners
from inkdigit.reading.sheets.perspective import corners_of
from tests.reading.pages import in_shadow, page

CORNERS = np.array([(90, 60), (420, 80), (440, 540), (70, 520)], np.float64)
SIZE = (500, 600)  # width and height
_ALL = [(0, 0), (1, 0), (1, 1), (0, 1)]  # then a window's light is left out


def _picture(
    sheet: int = 210, ground: int = 90, corners: NDArray[np.float64] = CORNERS
) -> NDArray[np.uint8]:
    grey = np.full((SIZE[1], SIZE[0]), ground, np.uint8)
    cv2.fillConvexPoly(grey, np.rint(corners).astype(np.int32), sheet, cv2.LINE_AA)
    for row in range(6):  # writing
        cv2.putText(grey, "407 1592", (150, 170 + 50 * row), 0, 1.0, ground // 2, 2)
    noise = np.random.default_rng(0).normal(0, 3, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def _corners_of(grey: NDArray[np.uint8]) -> Corners | None:
    return corners_of(grey, grey[..., None])


def _in_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _inside() -> NDArray[np.bool_]:
    inside = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    cv2.fillConvexPoly(inside, np.rint(CORNERS).astype(np.int32), 1)
    return inside > 0


def _assert_found(found: NDArray[np.float64] | None, within: float = 4) -> None:
    assert found is not None
    assert np.abs(found - CORNERS).max() < within  # pixels


@pytest.mark.parametrize(("sheet", "ground"), [(210, 90), (200, 150), (60, 160)])
def test_a_sheet_is_found_on_a_ground_that_is_darker_or_brighter(sheet: int, ground: int) -> None:
    _assert_found(_corners_of(_picture(sheet, ground)))


def test_a_shadow_over_sheet_and_ground_hides_no_side() -> None:
    grey = _picture().astype(np.float64)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    grey[x + y > 560] *= 0.45  # darker than the ground in the light
    _assert_found(_corners_of(grey.astype(np.uint8)))


def test_a_sheet_on_cloth_is_found() -> None:
    grey = _picture(180, 120).astype(np.float64)
    weave = np.random.default_rng(1).uniform(-60, 60, (SIZE[1] // 12, SIZE[0] // 12))
    cloth = cv2.resize(weave, SIZE, interpolation=cv2.INTER_CUBIC)
    _assert_found(_corners_of(np.clip(grey + cloth * ~_inside(), 0, 255).astype(np.uint8)), 8)


def test_a_sheet_as_bright_as_a_ground_with_a_pattern_is_found() -> None:
    grey = _picture(150, 150).astype(np.float64)
    fibres = np.random.default_rng(1).uniform(-50, 50, (SIZE[1] // 10, SIZE[0] // 2))
    wood = cv2.resize(fibres, SIZE, interpolation=cv2.INTER_CUBIC)
    _assert_found(_corners_of(np.clip(grey + wood * ~_inside(), 0, 255).astype(np.uint8)), 8)


def test_a_sheet_as_bright_as_a_ground_with_coarse_blotches_is_found() -> None:
    grey = _picture(150, 150).astype(np.float64)
    spots = np.random.default_rng(1).uniform(-45, 45, (SIZE[1] // 8, SIZE[0] // 8))
    fleece = cv2.GaussianBlur(cv2.resize(spots, SIZE, interpolation=cv2.INTER_CUBIC), (0, 0), 2)
    _assert_found(_corners_of(np.clip(grey + fleece * ~_inside(), 0, 255).astype(np.uint8)), 8)


def test_a_sheet_of_nearly_the_colour_of_its_ground_is_found() -> None:
    pixels = np.where(_inside()[..., None], (198, 186, 158), (204, 184, 174)).astype(np.uint8)
    _assert_found(corners_of(_in_grey(pixels), pixels))


def test_a_sheet_of_another_colour_as_bright_as_its_ground_is_found() -> None:
    pixels = np.where(_inside()[..., None], (150, 150, 140), (90, 180, 130)).astype(np.uint8)
    _assert_found(corners_of(_in_grey(pixels), pixels))


def test_the_edge_of_a_shadow_is_not_taken_for_a_side_of_a_sheet_of_another_colour() -> None:
    coloured = np.where(_inside()[..., None], (150, 140, 115), (95, 125, 110)).astype(np.float64)
    weave = np.random.default_rng(1).uniform(-10, 10, (SIZE[1] // 10, SIZE[0] // 10))
    cloth = cv2.resize(weave, SIZE, interpolation=cv2.INTER_NEAREST)
    coloured += (cloth * ~_inside())[..., None]
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    light = 1 - 0.55 / (1 + np.exp(-(x - 250 + 0.1 * y) / 4))
    pixels = np.clip(coloured * light[..., None], 0, 255).astype(np.uint8)
    _assert_found(corners_of(_in_grey(pixels), pixels), 8)


def test_a_sheet_whose_foot_is_out_of_sight_keeps_its_other_corners() -> None:
    found = _corners_of(_picture()[:500])
    assert found is not None
    assert np.abs(found[:2] - CORNERS[:2]).max() < 4
    assert found[2:, 1].min() >= 495


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_there_is_no_sheet_in_an_even_picture(grey: int) -> None:
    assert _corners_of(np.full((400, 300), grey, np.uint8)) is None


def test_a_page_full_of_lines_is_no_sheet_on_a_ground() -> None:
    page = np.full((640, 480), 235, np.uint8)
    for row in range(60, 600, 22):
        cv2.putText(page, "some words that fill the line", (50, row), 0, 0.8, 40, 2)
    cv2.rectangle(page, (40, 30), (440, 610), 60, 2)
    assert _corners_of(page) is None


def test_a_block_of_words_and_rules_on_bright_paper_is_no_sheet() -> None:
    grey = np.full((640, 480), 248, np.uint8)
    grey[135:452, 37:275] = 246  # two levels are a large change in the negative
    for row in range(135, 460, 35):
        grey[row - 12 : row, 37:110] = np.where(np.arange(73) % 6 < 4, 90, 246)
        grey[row : row + 2, 120:275] = 120
        grey[row - 16 : row - 2, 258:275] = 100
    assert corners_of(grey, grey[..., None]) is None


def test_a_rough_frame_on_even_paper_is_no_ground_under_a_sheet() -> None:
    spots = np.random.default_rng(1).uniform(-45, 45, (SIZE[1] // 8, SIZE[0] // 8))
    rough = cv2.GaussianBlur(cv2.resize(spots, SIZE, interpolation=cv2.INTER_CUBIC), (0, 0), 2)
    wider = cv2.dilate(_inside().view(np.uint8), np.ones((51, 51), np.uint8)) > 0
    grey = _picture(150, 150).astype(np.float64) + rough * (wider & ~_inside())
    assert _corners_of(np.clip(grey, 0, 255).astype(np.uint8)) is None


def _table(line: int) -> NDArray[np.uint8]:
    """A table of three columns that fills a screenshot: its rules are so thick, in pixels."""
    grey = np.full((400, 640), 235, np.uint8)
    for row in range(15, 400, 61):
        cv2.line(grey, (12, row), (628, row), 80, line)
    for column in (12, 210, 398, 628):
        cv2.line(grey, (column, 15), (column, 381), 80, line)
    for row in range(6):
        for column in (30, 230, 420):
            cv2.putText(grey, "407", (column, 60 + 61 * row), 0, 1.0, 40, 2)
    noise = np.random.default_rng(0).normal(0, 0.5, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_the_cells_of_a_table_are_no_sheets(line: int) -> None:
    assert _corners_of(_table(line)) is None


@pytest.mark.parametrize("level", [185, 205, 220])
def test_the_bands_of_a_table_are_no_sheets(level: int) -> None:
    grey = np.full((400, 640), 250, np.uint8)
    for row in range(60, 320, 90):
        grey[row : row + 45, 60:580] = level
    for row in range(6):
        cv2.putText(grey, "407 1592", (80, 50 + 45 * row), 0, 1.0, 40, 2)
    assert _corners_of(grey) is None


@pytest.mark.parametrize("light", [0.45, 0.7])
@pytest.mark.parametrize("soft", [1, 5])
@pytest.mark.parametrize(
    "shadow",
    [
        [(0.2, 0.25), (0.55, 0.22), (0.58, 0.85), (0.23, 0.88)],  # a phone's
        [(0.3, 0.2), (0.6, 0.2), (0.6, 0.9), (0.3, 0.9)],
        [
            *_ALL,
            (0, 0.01),
            (0.25, 0.1),
            (0.2, 0.8),
            (0.8, 0.85),
            (0.8, 0.15),
            (0.25, 0.1),
            (0, 0.01),
        ],
    ],
)
def test_a_shadow_on_a_sheet_that_fills_the_picture_is_no_sheet(
    shadow: list[tuple[float, float]], soft: float, light: float
) -> None:
    written = page(7, size=(600, 500), digit_height=20)
    assert _corners_of(in_shadow(written, shadow, light=light, soft=soft).pixels[..., 0]) is None


def test_a_sheet_with_many_marks_around_it_is_found() -> None:
    """A ground with marks of every size has no writing that goes on there."""
    grey = _picture()
    draws = np.random.default_rng(2)
    for x, y in draws.uniform((0, 0), SIZE, (300, 2)):
        size = draws.uniform(2, 14)
        spot = (int(x), int(y)), (int(size), int(draws.uniform(1, size)))
        if not _inside()[
            max(0, int(y - 18)) : int(y + 18), max(0, int(x - 18)) : int(x + 18)
        ].any():
            cv2.ellipse(grey, *spot, draws.uniform(0, 180), 0, 360, 40, -1, cv2.LINE_AA)
    _assert_found(_corners_of(grey))


@pytest.mark.parametrize(
    "colours", [((22, 105, 100), (18, 30, 80)), ((60, 90, 170), (22, 105, 100))]
)
@pytest.mark.parametrize("across", [True, False])
def test_where_a_gradient_of_colours_is_steepest_no_sheet_ends(
    colours: tuple[tuple[int, int, int], ...], across: bool
) -> None:
    y, x = np.mgrid[:360, :640]
    share = (x / 640 if across else y / 360)[..., None]
    slide = ((1 - share) * colours[0] + share * colours[1]).astype(np.uint8)
    cv2.putText(slide, "2849", (360, 190), 0, 2.6, (250, 230, 60), 8, cv2.LINE_AA)
    assert corners_of(_in_grey(slide), slide) is None


def test_a_frame_of_strokes_is_no_sheet() -> None:
    draws = np.random.default_rng(2)
    grey = draws.normal(90, 8, (600, 440)).astype(np.uint8)
    cv2.rectangle(grey, (80, 180), (360, 590), 200, 9)
    cv2.rectangle(grey, (150, 40), (290, 180), 200, 9)
    cv2.putText(grey, "6", (190, 150), 0, 3.0, 200, 9)
    cv2.putText(grey, "45", (150, 420), 0, 3.0, 200, 9)
    assert _corners_of(grey) is None


def test_a_picture_on_a_page_of_words_is_no_sheet() -> None:
    draws = np.random.default_rng(2)
    page_of_words = np.full((480, 640), 248, np.uint8)
    for row in range(9):
        cv2.putText(page_of_words, "with clear words", (20, 60 + 45 * row), 0, 0.8, 60, 2)
    picture = cv2.GaussianBlur(draws.normal(150, 900, (260, 300)), (0, 0), 25)
    noise = draws.normal(0, 2, picture.shape)
    page_of_words[60:320, 320:620] = np.clip(picture + noise, 60, 220)
    cv2.putText(page_of_words, "32", (350, 150), 0, 2.0, 20, 6, cv2.LINE_AA)
    assert _corners_of(page_of_words) is None
