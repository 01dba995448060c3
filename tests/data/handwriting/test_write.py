"""A writer's pen keeps what a digit consists of, and adds nothing to it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.data.handwriting.redrawn import evenly_inked
from inkdigit.data.handwriting.write import write_digit, write_other
from inkdigit.data.handwriting.writer import Writer, draw_writer

PENS = (0.22, 0.44, 0.66)  # the thickest, a usual one, the finest


@pytest.fixture
def writer() -> Writer:
    upright = draw_writer(np.random.default_rng(0), plain=True)
    return replace(upright, height=40.0, width=1.0, slant=0.0, curve=0.0, edge=1.5, thin=False)


def ring(level: int) -> NDArray[np.uint8]:
    """Draw a zero with a stroke of two pixels whose right half is as faint as is said."""
    y, x = np.mgrid[:28, :28] - 13.5
    away = np.hypot(x / 0.7, y)
    picture = np.where(np.abs(away - 9) < 1, 255, 0)
    return np.where((x > 0) & (picture > 0), level, picture).astype(np.uint8)


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("thin", [False, True])
def test_no_pen_loses_a_faint_stroke(writer: Writer, pen: float, thin: bool) -> None:
    writer = replace(writer, pen=pen, thin=thin)
    for level in (255, 100):
        glyph = write_digit(np.random.default_rng(1), writer, evenly_inked(ring(level)), 0, 40.0)
        for half in (glyph[:, : glyph.shape[1] // 2], glyph[:, glyph.shape[1] // 2 :]):
            assert (half.max(axis=1) > 0.4).mean() > 0.95, f"level {level}"


def test_a_rough_writers_fine_pen_breaks_narrow_strokes_off(writer: Writer) -> None:
    fine = replace(writer, pen=0.44, thin=True, height=20.0)
    narrow = np.where(ring(255) > 0, 200, 0).astype(np.uint8)
    kept, worn = (
        write_digit(np.random.default_rng(1), replace(fine, rough=rough), narrow, 0, 20.0)
        for rough in (False, True)
    )
    assert (kept.max(axis=1) > 0.4).mean() > 0.95
    assert np.median(worn.max(axis=1)) < 0.75 * np.median(kept.max(axis=1))
    assert worn.max() > 0.3  # nothing is lost altogether


@pytest.mark.parametrize("pen", PENS)
def test_no_pen_inks_the_paper_around_a_digit(writer: Writer, pen: float) -> None:
    glyph = write_digit(np.random.default_rng(2), replace(writer, pen=pen), ring(255), 0, 40.0)
    assert max(glyph[0, 0], glyph[0, -1], glyph[-1, 0], glyph[-1, -1]) == 0
    assert glyph[len(glyph) // 2, glyph.shape[1] // 2] == 0


def test_signs_hang_below_stand_on_or_float_above_the_line(writer: Writer) -> None:
    draws = np.random.default_rng(9)
    raised = np.array([write_other(draws, writer)[1] for _ in range(300)])
    assert raised.min() < -0.2  # the foot of a p
    assert raised.max() > 0.4  # a degree
    assert (np.abs(raised) < 0.1).mean() > 0.5


def test_print_alone_stands_on_the_line(writer: Writer) -> None:
    draws = np.random.default_rng(9)
    assert {write_other(draws, writer, print_only=True)[1] for _ in range(30)} == {0.0}
