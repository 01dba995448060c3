"""Squared paper that is written on as if it were blank is told from tables."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.reading.rulings.paper import is_written_across
from inkdigit.reading.rulings.ruling import Rulings
from tests.reading.rulings.test_rulings import straight

HEIGHT, WIDTH, STEP = 600, 800, 64


def paper(step: int = STEP, wide: int = STEP, *, missing: int = -1) -> Rulings:
    """Lines from edge to edge, all over the sheet."""
    return Rulings(
        tuple(straight(y, 0, WIDTH) for y in range(step, HEIGHT, step)),
        tuple(
            straight(x, 0, HEIGHT) for k, x in enumerate(range(wide, WIDTH, wide)) if k != missing
        ),
    )


def parts(*, across: int) -> NDArray[np.int64]:
    """Twenty digits in the middle of their squares, so many of them on a line instead."""
    left = [STEP * (1 + k % 10) + (STEP - 12 if k < across else 20) for k in range(20)]
    top = [STEP * (1 + 2 * (k // 10)) + 10 for k in range(20)]
    return np.array([(x, y, x + 24, y + 40) for x, y in zip(left, top, strict=True)], np.int64)


def test_writing_that_lies_across_lines_is_on_paper() -> None:
    assert is_written_across(paper(), parts(across=6), (HEIGHT, WIDTH))


def test_a_line_that_was_not_found_makes_no_difference() -> None:
    assert is_written_across(paper(missing=4), parts(across=6), (HEIGHT, WIDTH))


@pytest.mark.parametrize(
    ("rulings", "across"),
    [
        (paper(), 1),
        (paper(wide=2 * STEP), 6),
        (Rulings(paper().across, ()), 6),
        (Rulings(paper().across[:3], paper().down), 6),
    ],
    ids=["digits in their squares", "no squares", "ruled paper", "few lines"],
)
def test_walls_of_tables_are_not_taken_for_papers(rulings: Rulings, across: int) -> None:
    assert not is_written_across(rulings, parts(across=across), (HEIGHT, WIDTH))


def test_a_page_without_writing_is_not_written_across() -> None:
    assert not is_written_across(paper(), np.zeros((0, 4), np.int64), (HEIGHT, WIDTH))
