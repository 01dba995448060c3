"""Which straight lines are printed ones, and which are strokes of digits."""

import numpy as np

from inkdigit.reading.rulings.choice import chosen
from inkdigit.reading.rulings.directions import running_along
from inkdigit.reading.rulings.erase import erased
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


def test_pieces_of_a_grid_run_as_its_long_lines_do() -> None:
    grid = Rulings(tuple(straight(row, 0, 600) for row in (100, 140, 180)), ())
    piece, stroke = straight(220, 50, 70), straight(150, 50, 70, rise=-0.2)
    kept = running_along(Rulings((piece, stroke), ()), grid, DIGIT)
    assert kept.across == (piece,)


def test_walls_stand_upright_on_the_rules_of_their_form() -> None:
    """Where all walls are short, the rules tell how they run: here all is turned by 3 degrees."""
    turn = 0.05
    across = tuple(straight(100 + 60 * row, 100, 600, rise=turn) for row in range(4))
    walls = tuple(straight(100 + 50 * wall, 100, 60, rise=-turn) for wall in range(5))
    one = straight(372, 100, 60, rise=-0.25)
    kept = running_along(Rulings(across, (*walls, one)), Rulings(across, walls), DIGIT)
    assert kept.across == across
    assert kept.down == walls


def test_walls_of_boxes_one_below_another_make_no_grid() -> None:
    """Walls that were followed on to the next box, some of them twice, are long; others are not."""
    tops = range(100, 900, 80)
    across = tuple(straight(top + edge, 100, 800) for top in tops for edge in (0, 50))
    columns = (100, 400, 500, 800)
    down = tuple(
        straight(column, start, 130) for column in columns for start in (100, 101, 260, 261)
    )
    short = tuple(straight(column, 500, 50) for column in columns)
    kept = chosen(Rulings(across, (*down, *short)), SHEET, DIGIT)
    assert all(any(wall is each for each in kept.down) for wall in short)


def test_a_rule_with_gaps_is_taken_out_where_it_ends() -> None:
    """Rules of boxes side by side are one ruling, whose own ink is that beside the gaps."""
    level = np.zeros((60, 600), np.uint8)
    for left in (20, 320):
        level[29:32, left : left + 200] = 150
    clean, _ = erased(level, Rulings((straight(30, 20, 500),), ()))
    assert clean.max() == 0


def test_a_line_that_was_found_twice_counts_once() -> None:
    twice = (straight(100, 0, 500), straight(101, 20, 300), straight(160, 0, 500))
    assert places(tuple(distinct(twice))) == [100, 160]
