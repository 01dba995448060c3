"""What stands where on a page of numbers: lines, columns, tables, fields of forms, nothing at all.

Each layout writes numbers until the page has the digits that it shall have, and gives them in
reading order: lines from top to bottom, in each from left to right.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from inkdigit.data.composing.page_desk import Desk, Placed
from inkdigit.data.composing.texts import SEPARATORS

Layout = Literal["lines", "columns", "table", "fields", "combs"]
Rows = list[list[Placed]]

_PRINTED = """
    Name Date Total Amount Please sign here and return by post Notes Code Item Unit Price Sum
    Account Member Order Weight Height Age Room Floor Visit Score Team Round Points Received
    Paid Balance the form of this page must be filled in with a pen Street City Phone Number
"""
_WORDS = tuple(_PRINTED.split())
_MARGIN = 0.06  # of the page's width


def draw_number(draws: np.random.Generator, longest: int = 7) -> str:
    """Draw a number as people write it: one to `longest` digits, some with separators."""
    length = int(np.clip(1 + draws.binomial(6, draws.choice((0.2, 0.45))), 1, longest))
    digits = "".join(map(str, draws.integers(0, 10, length)))
    style = draws.random()
    if style > 0.25 or length < 3:
        return digits
    if style > 0.18:
        return digits[:-2] + ".,"[draws.integers(2)] + digits[-2:]
    sign = SEPARATORS[2:][draws.integers(2)]
    return digits[:1] + sign + digits[1:2] + sign + digits[2:]


def words(draws: np.random.Generator, most: int) -> str:
    """Draw one to `most` printed words."""
    return " ".join(_WORDS[k] for k in draws.integers(0, len(_WORDS), draws.integers(1, most + 1)))


def lay_lines(desk: Desk, digits: int, *, labels: bool) -> Rows:
    """Write lines of numbers with wide gaps, some with a printed word before them."""
    draws, unit = desk.draws, desk.unit
    pitch = unit * draws.uniform(1.7, 2.8)
    left = _left(desk, 14 * unit)
    rows: Rows = []
    base = _first_base(desk, pitch * 10)
    climb = draws.normal(0, 0.008)
    while count_digits(rows) < digits and base < desk.height - 0.7 * unit:
        row: list[Placed] = []
        x = left + unit * draws.uniform(0, 0.6)
        if labels and draws.random() < 0.6:
            x = desk.print(words(draws, 2), x, base, 0.55 * unit) + unit * draws.uniform(0.9, 2)
        for _ in range(draws.integers(1, 5)):
            text = draw_number(draws)
            if x + 0.95 * len(text) * unit > desk.width * (1 - _MARGIN):
                break
            drop = climb * (x - left) + draws.normal(0, 0.05) * unit
            row.append(desk.write(text, x, base + drop))
            x = row[-1].box[2] + unit * draws.uniform(1.9, 4)
            if count_digits([*rows, row]) >= digits:
                break
        rows += [row] if row else []
        base += pitch
    return rows


def lay_columns(desk: Desk, digits: int, *, labels: bool) -> Rows:
    """Write columns under their headings, to the left or right of each; some end with a sum."""
    draws, unit = desk.draws, desk.unit
    step = unit * draws.uniform(7, 9)
    count = int(np.clip(desk.width * (1 - 2 * _MARGIN) // step, 1, draws.integers(2, 5)))
    pitch = unit * draws.uniform(1.45, 2.2)
    left, base = _left(desk, count * step), _first_base(desk, pitch * 9)
    to_right = draws.random() < 0.5
    rows: Rows = []
    if labels:
        for column in range(count):
            _print_label(desk, left + column * step, base - 1.3 * pitch, step - unit)
    while count_digits(rows) < digits and base < desk.height - 0.7 * unit:
        row = []
        for column in range(count):
            text = draw_number(draws, 6)
            start = left + column * step + unit * draws.uniform(0, 0.25)
            if to_right:
                start += 0.8 * unit * max(0, 6 - len(text))
            row.append(desk.write(text, start, base + draws.normal(0, 0.05) * unit))
        rows.append(row)
        base += pitch
    if draws.random() < 0.5:
        y = base - pitch + 0.3 * unit  # under the last row, as above a sum
        desk.pull([(left, y), (left + 5 * unit, y + draws.normal(0, 1))], 0.08 * unit)
    return rows


def lay_table(desk: Desk, digits: int, *, labels: bool) -> Rows:
    """Print, or draw by hand, a table with a number in most of its cells."""
    draws, unit = desk.draws, desk.unit
    by_hand = bool(draws.random() < 0.2)
    tall = unit * draws.uniform(1.35, 2.2)
    longest = int(draws.integers(2, 6))
    wide = unit * (0.85 * longest + draws.uniform(0.5, 1.6))
    count = int(np.clip(desk.width * (1 - 2 * _MARGIN) // wide, 1, draws.integers(2, 7)))
    left, top = _left(desk, count * wide), _first_base(desk, tall * 9) - tall
    rows: Rows = []
    base = top
    while count_digits(rows) < digits and base + tall < desk.height - 0.5 * unit:
        row = []
        for column in range(count):
            x = left + column * wide
            if labels and column == 0:
                _print_label(desk, x + 0.2 * unit, base + 0.7 * tall, wide - 0.4 * unit)
            elif draws.random() < 0.85:
                text = "".join(map(str, draws.integers(0, 10, draws.integers(1, longest + 1))))
                room = max(0.1, wide / unit - 0.8 * len(text))
                start = x + unit * (0.15 + draws.uniform(0.1, 0.9) * (room - 0.1))
                stand = base + (tall + unit) / 2 + draws.normal(0, 0.06) * unit
                row.append(desk.write(text, start, stand))
        rows += [row] if row else []
        base += tall
    thick = max(1.0, unit * draws.uniform(0.03, 0.1))
    lines = [((left, y), (left + count * wide, y)) for y in np.arange(top, base + 1, tall)]
    lines += [((left + k * wide, top), (left + k * wide, base)) for k in range(count + 1)]
    dark = draws.uniform(0.4, 1.0)
    for start_point, end in lines:
        if by_hand:
            desk.pull([start_point, end], 0.08 * unit)
        else:
            desk.rule(start_point, end, thick, dark)
    return rows


def lay_fields(desk: Desk, digits: int, *, labels: bool) -> Rows:
    """Print the fields of a form, each a box or a line to write on, with its label."""
    return _fields(desk, digits, labels=labels, combs=False)


def lay_combs(desk: Desk, digits: int, *, labels: bool) -> Rows:
    """Print the fields of a form that have a box for every digit."""
    return _fields(desk, digits, labels=labels, combs=True)


def _fields(desk: Desk, digits: int, *, labels: bool, combs: bool) -> Rows:
    draws, unit = desk.draws, desk.unit
    tall, pitch = unit * draws.uniform(1.4, 1.9), unit * draws.uniform(2.3, 3.4)
    cell = unit * draws.uniform(0.95, 1.4)
    most = 8
    wide = unit * (cell * most / unit if combs else 7.5)
    label = unit * draws.uniform(3, 5) if labels else 0.3 * unit
    count = int(np.clip(desk.width * (1 - 2 * _MARGIN) // (wide + label + unit), 1, 2))
    left, base = _left(desk, count * (wide + label + unit)), _first_base(desk, pitch * 8)
    thick, dark = max(1.0, unit * draws.uniform(0.03, 0.08)), draws.uniform(0.4, 1.0)
    kind = draws.choice(("box", "line", "open"), p=(0.6, 0.3, 0.1)) if not combs else "comb"
    rows: Rows = []
    while count_digits(rows) < digits and base < desk.height - 0.7 * unit:
        row: list[Placed] = []
        for column in range(count):
            x = left + column * (wide + label + unit)
            if labels:
                _print_label(desk, x, base, label - 0.5 * unit)
            x += label
            top, bottom = base - (tall + unit) / 2, base + (tall - unit) / 2
            if draws.random() < 0.1:
                text = ""
            elif combs:
                length = int(draws.integers(2, most + 1))
                text = "".join(map(str, draws.integers(0, 10, length)))
                walls = [x + k * cell for k in range(length + 1)]
                row.append(desk.write_in_cells(text, walls, base + draws.normal(0, 0.04) * unit))
            else:
                text = draw_number(draws)
                start = x + unit * draws.uniform(0.2, 1.2)
                row.append(desk.write(text, start, base + draws.normal(0, 0.05) * unit))
            cells = max(len(text), 4) if combs else 1
            _print_field(
                desk,
                (x, top, x + (cells * cell if combs else wide), bottom),
                str(kind),
                cells,
                (thick, dark),
            )
        rows += [row] if row else []
        base += pitch
    return rows


def _print_label(desk: Desk, left: float, base: float, room: float) -> None:
    """Print a word or two that fit between a field and what is left of it."""
    height = 0.45 * desk.unit
    text = words(desk.draws, 2)
    while _width(text, height) > room and " " in text:
        text = text.rsplit(" ", 1)[0]
    desk.print(text, left, base, height * min(1.0, room / _width(text, height)))


def _width(text: str, height: float) -> float:
    """Estimate how wide a text is when it is printed, whatever its letters."""
    return 0.8 * len(text) * height


def _print_field(
    desk: Desk,
    box: tuple[float, float, float, float],
    kind: str,
    cells: int,
    pen: tuple[float, float],
) -> None:
    """Print the walls of a field: all of them, only its floor, or one that is open above."""
    left, top, right, bottom = box
    desk.rule((left, bottom), (right, bottom), *pen)
    if kind == "line":
        return
    if kind != "open":
        desk.rule((left, top), (right, top), *pen)
    for x in np.linspace(left, right, cells + 1):
        desk.rule((float(x), top), (float(x), bottom), *pen)


def print_around(desk: Desk) -> None:
    """Print a heading above and a few lines of text below what is written."""
    draws, unit = desk.draws, desk.unit
    used = np.flatnonzero((desk.written + desk.printed).max(axis=1) > 0.3)
    first, last = (int(used[0]), int(used[-1])) if used.size else (desk.height // 2,) * 2
    left = desk.width * draws.uniform(0.06, 0.3)
    if first > 3.2 * unit:
        desk.print(words(draws, 3), left, first - 1.5 * unit, unit * draws.uniform(0.8, 1.3))
    small = unit * draws.uniform(0.4, 0.7)
    base = last + 2.2 * unit + small
    for _ in range(draws.integers(0, 5)):
        if base > desk.height - small:
            break
        text = words(draws, 7)
        while _width(text, small) > desk.width - left and " " in text:
            text = text.rsplit(" ", 1)[0]
        desk.print(text, left, base, small)
        base += 1.9 * small


def count_digits(rows: Rows) -> int:
    """Count the digits that are written."""
    return sum(sign.isdigit() for row in rows for placed in row for sign in placed.text)


def _left(desk: Desk, wanted: float) -> float:
    free = desk.width * (1 - 2 * _MARGIN) - wanted
    return desk.width * _MARGIN + max(0.0, free) * float(desk.draws.random())


def _first_base(desk: Desk, wanted: float) -> float:
    """Choose where the first line stands, with room for those that follow."""
    free = desk.height - wanted - 4.5 * desk.unit
    return 3.2 * desk.unit + max(0.0, free) * float(desk.draws.random())


LAYOUTS: dict[Layout, Callable[..., Rows]] = {
    "lines": lay_lines,
    "columns": lay_columns,
    "table": lay_table,
    "fields": lay_fields,
    "combs": lay_combs,
}
