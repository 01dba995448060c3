"""A sheet is its ink and nothing else: grey strokes on empty paper, rules taken out."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inkdigit.reading.ink.parts import parts_of, typical_height
from inkdigit.reading.sheets.sheet import lay_flat
from tests.reading.pages import Desk, inverted, page, photographed, shaded, written


def test_paper_is_empty_and_strokes_are_full_in_any_light() -> None:
    drawn = page(7)
    ink = lay_flat(shaded(drawn).pixels).ink
    strokes = drawn.pixels[..., 0] < 70
    core = np.asarray(cv2.erode(strokes.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    near = (drawn.pixels[..., 0] < 190).astype(np.uint8)
    far = np.asarray(cv2.dilate(near, np.ones((9, 9), np.uint8))) == 0
    assert np.median(ink[core]) > 220
    assert ink[far].mean() < 4


def test_strokes_keep_their_grey_levels() -> None:
    ink = lay_flat(page(7).pixels).ink
    assert len(np.unique(ink)) > 100


def test_light_on_dark_is_the_same_ink() -> None:
    drawn = page(8)
    dark, light = (lay_flat(view.pixels).mask for view in (drawn, inverted(drawn)))
    assert (dark & light).sum() > 0.9 * (dark | light).sum()


def test_faint_pencil_beside_a_heavy_pen_is_ink() -> None:
    desk = Desk(np.zeros((400, 900), np.float32), np.random.default_rng(1))
    pencil = desk.write(60, 120, 50, 4)
    desk.ink *= 0.22
    desk.write(500, 330, 50, 4)
    mask = lay_flat(written(desk, [], ()).pixels).mask
    left, top, right, bottom = (round(edge) for edge in pencil)
    assert mask[top:bottom, left:right].mean() > 0.1


def test_a_stroke_that_crosses_a_rule_stays_whole() -> None:
    ink = np.zeros((300, 600), np.float32)
    cv2.line(ink, (280, 60), (330, 240), 1.0, 7, cv2.LINE_AA)
    cv2.line(ink, (0, 150), (600, 153), 0.7, 3, cv2.LINE_AA)
    desk = Desk(ink, np.random.default_rng(2))
    desk.write(80, 140, 60, 2)
    sheet = lay_flat(written(desk, [], ()).pixels)
    assert not sheet.mask[140:165, 400:].any()
    assert sheet.rulings[140:165, 400:].any()
    assert all(sheet.mask[row, 270:340].any() for row in range(65, 235))


def test_thick_rules_between_large_digits_are_taken_out() -> None:
    desk = Desk(np.zeros((1100, 1700), np.float32), np.random.default_rng(3))
    for row in range(40, 1100, 170):
        cv2.line(desk.ink, (30, row), (1670, row), 0.8, 10, cv2.LINE_AA)
        for left in (100, 600, 1100):
            if row > 40:
                desk.write(left, row - 30, 100, 2)
    for column in (30, 560, 1060, 1670):
        cv2.line(desk.ink, (column, 40), (column, 1060), 0.8, 10, cv2.LINE_AA)
    sheet = lay_flat(written(desk, [], ()).pixels)
    parts = parts_of(sheet.mask)
    assert parts.widths.max() < 0.2 * sheet.mask.shape[1]
    assert typical_height(parts) < 80


def test_small_boxes_for_digits_are_seen_enlarged() -> None:
    desk = Desk(np.zeros((500, 640), np.float32), np.random.default_rng(4))
    for top in range(60, 440, 70):
        for row in (top, top + 34):
            desk.line((60, row), (60 + 8 * 26, row), 0.5)
        for wall in range(9):
            desk.line((60 + 26 * wall, top), (60 + 26 * wall, top + 34), 0.5)
        for digit in range(5):
            desk.write(64 + 26 * digit, top + 29, 24, 1)
    pixels = written(desk, [], ()).pixels
    assert lay_flat(pixels).mask.shape[1] > 1.4 * pixels.shape[1]


def test_a_stem_that_ends_near_the_rules_of_a_field_is_no_wall() -> None:
    ink = np.zeros((160, 660), np.float32)
    for rule in (12, 140):
        cv2.line(ink, (0, rule), (660, rule), 0.6, 2, cv2.LINE_AA)
    for zero in (70, 430, 550):
        cv2.ellipse(ink, (zero, 80), (28, 50), 0, 0, 360, 1.0, 8, cv2.LINE_AA)
    stem = 224  # of a 4; it ends a tenth of a digit's height from both rules
    cv2.line(ink, (180, 32), (168, 88), 1.0, 8, cv2.LINE_AA)
    cv2.line(ink, (168, 88), (248, 88), 1.0, 8, cv2.LINE_AA)
    cv2.line(ink, (stem, 24), (stem, 128), 1.0, 4, cv2.LINE_AA)
    sheet = lay_flat(written(Desk(ink, np.random.default_rng(0)), [], ()).pixels)
    assert sheet.mask[40:76, stem - 3 : stem + 4].any(axis=1).all()
    assert not sheet.mask[10:15, 450:520].any()


def test_the_table_under_a_sheet_is_not_in_it() -> None:
    taken = photographed(page(9), 9)
    sheet = lay_flat(taken.pixels)
    height, width = sheet.mask.shape
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], float)
    edge = cv2.perspectiveTransform(corners, sheet.to_picture)[0]
    picture_area = taken.pixels.shape[0] * taken.pixels.shape[1]
    assert cv2.contourArea(edge.astype(np.float32)) < 0.9 * picture_area
    assert max(sheet.ink[:5].max(), sheet.ink[:, :5].max()) < 64


@pytest.mark.parametrize("colour", [(20, 40, 160), (190, 30, 40), (10, 120, 60), (110, 110, 110)])
def test_pens_of_any_colour_are_ink(colour: tuple[int, int, int]) -> None:
    drawn = page(3)
    share = (228 - drawn.pixels.astype(np.float32)) / 185
    pixels = np.clip(235 * (1 - share) + np.array(colour) * share, 0, 255).astype(np.uint8)
    grey, coloured = lay_flat(drawn.pixels).mask, lay_flat(pixels).mask
    assert (grey & coloured).sum() > 0.8 * (grey | coloured).sum()


def test_small_writing_on_a_large_page_is_not_shrunk_away() -> None:
    large = page(2, size=(2800, 2100), digit_height=20)
    sheet = lay_flat(large.pixels)
    assert sheet.to_picture[0, 0] < 1.01


def test_small_signs_that_nearly_touch_are_told_apart() -> None:
    words = "hunted names are unnamed"
    picture = Image.new("L", (420, 300), 230)
    for row in range(8):
        place = (30, 30 + 30 * row)
        ImageDraw.Draw(picture).text(place, words, 40, ImageFont.load_default(18))
    parts = parts_of(lay_flat(np.asarray(picture)[..., None]).mask)
    assert len(parts) > 0.9 * 8 * len(words.replace(" ", ""))


def test_walls_of_a_low_table_are_not_taken_for_large_digits() -> None:
    desk = Desk(np.zeros((790, 560), np.float32), np.random.default_rng(2))
    for row in range(5):
        desk.line((60, 240 + 22 * row), (440, 240 + 22 * row), 0.6)
    for column in range(6):
        desk.line((60 + 76 * column, 240), (60 + 76 * column, 328), 0.6)
    for row in range(4):
        for column in (0, 4):
            desk.write(70 + 76 * column, 259 + 22 * row, 16, 3)
    pixels = written(desk, [], ()).pixels
    assert len(lay_flat(pixels).mask) >= len(pixels)


def test_a_large_page_is_read_at_a_bounded_size() -> None:
    large = page(2, size=(2800, 2100), digit_height=70)
    assert lay_flat(large.pixels).ink.size < 4_500_000


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_an_empty_picture_has_no_ink(grey: int) -> None:
    sheet = lay_flat(np.full((300, 400, 1), grey, np.uint8))
    assert not sheet.mask.any()


def test_small_round_digits_of_a_thick_pen_are_not_taken_for_printed_dots() -> None:
    ink = np.zeros((500, 700), np.float32)
    for row in range(6):
        for column in range(3):
            cv2.ellipse(ink, (80 + 26 * column, 60 + 70 * row), (6, 8), 0, 0, 360, 1.0, 7)
    for top in (30, 170, 310):
        cv2.line(ink, (300, top), (330, top + 80), 1.0, 6)  # taller writing
    desk = Desk(ink, np.random.default_rng(2))
    mask = lay_flat(written(desk, [], ()).pixels).mask
    assert cv2.connectedComponents(mask[:, : mask.shape[1] // 3].view(np.uint8))[0] - 1 == 18
