"""A composed page shows what its truth says, where it says so."""

import numpy as np
import pytest

from inkdigit.data.composing.page import PageKind, compose_page, draw_kind
from inkdigit.data.composing.page_camera import Taken, homography
from inkdigit.data.composing.page_layouts import LAYOUTS, Layout
from inkdigit.data.handwriting.pen import Pen
from inkdigit.types import Images, Labels


@pytest.fixture(scope="module")
def pen(digits: tuple[Images, Labels]) -> Pen:
    return Pen(digits)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_forty_to_sixty_digits_in_reading_order(pen: Pen, layout: Layout) -> None:
    for seed in range(3):
        kind = PageKind(layout=layout, taken="screen", megapixels=0.7, digits=45)
        page = compose_page(np.random.default_rng(seed), pen, kind)
        assert 40 <= sum(len(each.digits) for line in page.lines for each in line) <= 60
        for line in page.lines:
            lefts = [each.box.left for each in line]
            assert lefts == sorted(lefts)
        tops = [np.mean([each.box.top for each in line]) for line in page.lines]
        assert tops == sorted(tops)


@pytest.mark.parametrize("taken", ["screen", "scan", "photo", "close"])
def test_there_is_ink_where_the_truth_says_so(pen: Pen, taken: Taken) -> None:
    kind = PageKind(taken=taken, megapixels=0.7, labels=False)
    page = compose_page(np.random.default_rng(1), pen, kind)
    for number in (each for line in page.lines for each in line):
        left, top, right, bottom = number.box
        around = page.picture[max(top - 9, 0) : bottom + 9, max(left - 9, 0) : right + 9]
        inside = page.picture[top:bottom, left:right]
        grey = around.mean(axis=2)
        paper = np.percentile(grey, 90)
        dark = grey < paper - 0.5 * (paper - grey.min())
        assert (inside.mean(axis=2) < paper - 0.5 * (paper - grey.min())).sum() > 0.9 * dark.sum()


def test_a_page_on_which_so_many_digits_find_no_room_shows_those_that_it_claims(pen: Pen) -> None:
    kind = PageKind(layout="fields", taken="screen", megapixels=0.5, digits=400, labels=False)
    page = compose_page(np.random.default_rng(4), pen, kind)
    numbers = [number for line in page.lines for number in line]
    assert numbers
    for number in numbers:
        left, top, right, bottom = number.box
        assert np.ptp(page.picture[top:bottom, left:right].mean(axis=2)) > 40


def test_an_empty_form_has_no_numbers_and_no_handwriting(pen: Pen) -> None:
    kind = PageKind(layout="table", taken="screen", megapixels=0.5, labels=False, digits=0)
    page = compose_page(np.random.default_rng(2), pen, kind)
    assert page.lines == ()
    blank = compose_page(
        np.random.default_rng(2), pen, PageKind("lines", "plain", "screen", labels=False, digits=0)
    )
    assert np.ptp(blank.picture, axis=(0, 1)).max() == 0


def test_the_same_generator_composes_the_same_page(pen: Pen) -> None:
    one, other = (
        compose_page(np.random.default_rng(3), pen, PageKind(megapixels=0.5)) for _ in range(2)
    )
    assert np.array_equal(one.picture, other.picture)
    assert one.lines[0][0].text == other.lines[0][0].text


def test_kinds_are_as_different_as_is_said() -> None:
    kinds = [draw_kind(np.random.default_rng(seed)) for seed in range(100)]
    assert {kind.layout for kind in kinds} == set(LAYOUTS)
    assert {kind.taken for kind in kinds} == {"screen", "scan", "photo", "close"}
    assert min(kind.megapixels for kind in kinds) < 1 < 8 < max(kind.megapixels for kind in kinds)
    assert all(kind.paper == "plain" for kind in kinds if kind.layout in ("table", "combs"))


def test_a_homography_takes_four_points_to_four_others() -> None:
    start = np.array([(0, 0), (10, 0), (10, 20), (0, 20)], float)
    end = np.array([(3, 1), (12, 2), (11, 24), (1, 19)], float)
    moved = np.column_stack((start, np.ones(4))) @ homography(start, end).T
    assert moved[:, :2] / moved[:, 2:] == pytest.approx(end)
