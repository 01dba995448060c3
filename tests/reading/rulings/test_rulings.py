"""Which straight lines are printed ones, and which are strokes of digits."""

import numpy as np

from inkdigit.reading.rulings.choice import chosen
from inkdigit.reading.rulings.ruling import Ruling, Rulings, distinct

DIGIT = 40  # pixels that digits are tall
SHEET = (1000, 1400)


def straight(at: float, start: int, length: int, rise: float = 0.0) -> Ruling:
    """A line from `start` on; `at` is its row, or its column on the turned sheet."""
    middle = np.asarray(at + rise * np.arange(length), np.float32)
    return Ruling(start, middle, above=1, below=1, level=150.0)


def places(rulings: tuple[Ruling, ...]) -> list[int]:
    return sorted(round(float(ruling.middle.mean())) for ruling in rulings)


def combs() -> tuple[tuple[Ruling, ...], tuple[Ruling, ...]]:
    """Five combs of ten digits, one below another: their rules, and walls through all of them."""
    rows = [top + edge for top in range(100, 600, 100) for edge in (0, 60)]
    across = tuple(straight(row, 100, 520 if row < 580 else 760) for row in rows)
    return across, tuple(straight(100 + 52 * wall, 100, 460) for wall in range(11))


def test_walls_that_go_on_in_step_are_walls_though_one_row_alone_has_them() -> None:
    across, down = combs()
    across = (*across[:8], straight(500, 100, 760), straight(560, 100, 760))
    further = tuple(straight(100 + 52 * wall, 500, 60) for wall in (11, 12, 13))
    stem = straight(100 + 52 * 11 + 24, 500, 60)  # of a digit, between two of them
    kept = chosen(Rulings(across, (*down, *further, stem)), SHEET, DIGIT)
    assert places(kept.down) == [100 + 52 * wall for wall in range(14)]


def test_stems_one_below_another_are_no_wall_where_they_run_aslant() -> None:
    across = tuple(straight(100 + 60 * row, 100, 600) for row in range(6))
    down = tuple(straight(100 + 150 * wall, 100, 300) for wall in range(5))
    ones = straight(330, 160, 120, rise=-0.12)  # two of them, from rule to rule
    plain = straight(430, 160, 120)
    kept = chosen(Rulings(across, (*down, ones, plain)), SHEET, DIGIT)
    assert places(kept.down) == [100, 250, 400, 430, 550, 700]


def test_walls_that_fan_out_as_seen_from_aside_are_all_walls() -> None:
    across = tuple(straight(100 + 60 * row, 100, 600) for row in range(6))
    down = tuple(straight(100 + 100 * wall, 100, 300, rise=0.03 * (wall - 3)) for wall in range(7))
    short = straight(755, 160, 120, rise=0.03 * 3.5)
    assert len(chosen(Rulings(across, (*down, short)), SHEET, DIGIT).down) == 8


def test_a_line_that_was_found_twice_counts_once() -> None:
    twice = (straight(100, 0, 500), straight(101, 20, 300), straight(160, 0, 500))
    assert places(tuple(distinct(twice))) == [100, 160]
