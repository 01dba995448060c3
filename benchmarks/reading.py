"""How well whole numbers are read: run it and write down what came out.

    python -m benchmarks.reading [cheques | lines | pages | speed]... [--final]

Without --final: the development half of the cheque amounts (even rows), and lines and pages
composed from MNIST's validation digits. With it: the other half and the test digits; every such
opening is written into openings.jsonl. The measuring data is looked for below INKDIGIT_DATA.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.pages import count_pages, large_page, memory_of_reading, time_large
from benchmarks.recognition import data_folder, note_opening
from benchmarks.results import append, commit
from inkdigit.config import DataConfig
from inkdigit.data.composing.line import compose_line
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.source import open_source
from inkdigit.evaluation import metrics
from inkdigit.pictures.inputs import Input
from inkdigit.reading.reader import Reader, open_reader
from inkdigit.reading.side_by_side import FileReader, read_side_by_side
from inkdigit.types import Page

_LINES = 1_000  # composed for each length
_LENGTHS = (1, 2, 4, 6, 8, 10)
_OF_ANY_HAND = (4, 8)  # lengths that are also measured with other pens, hands, rules and signs
_SEED = 2_000_000  # of composed lines and pages: that of no training
_FINAL_PAGES = 2_000_002  # seed of the second final set; 2,000,001 was opened at 29a5221
_PAGES, _BLANK = 200, 60  # composed pages with numbers, and without
_LARGE = 4  # pages of 12 megapixels
_PROCESSES = 2


def measure_cheques(*, final: bool) -> None:
    """Read the amounts of bank cheques."""
    measured, reader = commit(), open_reader()
    folder = data_folder() / "cheque_amounts"
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[int(final) :: 2]
    if final:
        note_opening("cheque_amounts, final half: amounts read", len(rows))
    exact = changes = signs = alone = given = wrong = 0
    for row in rows:
        page = reader.read(folder / row["file"])
        text = _amount(page)
        exact += text == row["label"]
        alone += len(page.numbers) == 1
        changes += _edits(text, row["label"])
        signs += len(row["label"])
        sure = len(page.numbers) == 1 and not page.numbers[0].rejected
        given += sure
        wrong += sure and text != row["label"]
    low, high = metrics.wilson_interval(exact, len(rows))
    append(
        f"Cheque amounts, {_half(final=final)}",
        [
            f"$ python -m benchmarks.reading cheques{' --final' if final else ''}",
            "",
            "| what | measured | to reach |",
            "|---|---|---|",
            (
                f"| amount exact | {exact} of {len(rows)} = {exact / len(rows):.1%}, "
                f"95 % interval {low:.1%} to {high:.1%} | ≥ 85 % |"
            ),
            f"| digits, 1 − edits / digits | {1 - changes / signs:.1%} | ≥ 95 % |",
            f"| one number was found | {alone / len(rows):.1%} | |",
            f"| given at a promised 1 % | {given}, {wrong} of them wrong | |",
        ],
        measured=measured,
    )


def measure_lines(*, final: bool) -> None:
    """Read composed numbers of 1 to 10 digits, a fifth of the neighbours touching.

    They have MNIST's own digits, slanted, on paper, in some light, with blur and noise. Numbers
    by any hand have, besides, other pens and shapes, rules, and signs before and after them.
    """
    measured, reader = commit(), open_reader()
    source = open_source(DataConfig(source="mnist"))
    split = source.test if final else source.validation
    if final:
        note_opening("MNIST test digits in composed lines", len(split))
    pen = Pen(split.read())
    lines = [
        f"$ python -m benchmarks.reading lines{' --final' if final else ''}",
        "",
        f"{_LINES:,} numbers of each length, seed {_SEED}, digits of MNIST's {split.name} part.",
        "",
        "| digits | exact | 95 % interval | given at a promised 1 % | of them wrong | to reach |",
        "|---|---|---|---|---|---|",
        *(_row_of_lines(reader, pen, length, plain=True) for length in _LENGTHS),
        *(_row_of_lines(reader, pen, length, plain=False) for length in _OF_ANY_HAND),
    ]
    append(f"Composed lines, {_half(final=final)}", lines, measured=measured)


def _row_of_lines(reader: Reader, pen: Pen, length: int, *, plain: bool) -> str:
    """Read composed numbers of one length, and give a row of the table."""
    exact = given = wrong = 0
    draws = np.random.default_rng((_SEED, length))
    for _ in range(_LINES):
        text = "".join(map(str, draws.integers(0, 10, length)))
        page = reader.read(compose_line(draws, pen, text, plain=plain).picture)
        right = [number.text for number in page.numbers] == [text]
        sure = len(page.numbers) == 1 and not page.numbers[0].rejected
        exact, given, wrong = exact + right, given + sure, wrong + (sure and not right)
    low, high = metrics.wilson_interval(exact, _LINES)
    name = f"{length}" if plain else f"{length}, by any hand"
    wanted = {4: "≥ 97 %", 8: "≥ 93 %"}.get(length, "") if plain else ""
    share = f"{wrong / given:.2%}" if given else ""
    return (
        f"| {name} | {exact / _LINES:.1%} | {low:.1%} to {high:.1%} | {given / _LINES:.1%} "
        f"| {wrong} = {share} | {wanted} |"
    )


def measure_pages(*, final: bool) -> None:
    """Read composed pages of 40 to 60 digits: what is found, in which order, what is invented."""
    measured = commit()
    source = open_source(DataConfig(source="mnist"))
    split = source.test if final else source.validation
    if final:
        note_opening("MNIST test digits in composed pages", len(split))
    seed = _FINAL_PAGES if final else _SEED
    count, empty = count_pages(Pen(split.read()), seed, _PAGES, _BLANK)
    all_of_them = count.written

    def share(of_them: int) -> str:
        low, high = metrics.wilson_interval(of_them, all_of_them)
        return (
            f"{of_them:,} of {all_of_them:,} = {of_them / all_of_them:.2%}, "
            f"95 % interval {low:.2%} to {high:.2%}"
        )

    append(
        f"Composed pages, {_half(final=final)}",
        [
            f"$ python -m benchmarks.reading pages{' --final' if final else ''}",
            "",
            (
                f"{count.pages} pages of 40 to 60 digits, {empty.pages} blank, printed or ruled "
                f"ones, seed {seed}, digits of MNIST's {split.name} part."
            ),
            "",
            "| what | measured | to reach |",
            "|---|---|---|",
            f"| regions found by the layout | {share(count.found)} | |",
            f"| of them in reading order | {share(count.in_order)} | |",
            f"| numbers found | {share(count.numbers_found)} | |",
            f"| of them in reading order | {share(count.numbers_in_order)} | ≥ 99 % |",
            f"| all digits right | {share(count.right)} | |",
            (
                f"| invented beside what is written, given of them | {count.invented}, "
                f"{count.invented_sure} | none |"
            ),
            (
                f"| invented on empty pages, given of them | {empty.invented}, "
                f"{empty.invented_sure} | none |"
            ),
        ],
        measured=measured,
    )


def measure_speed(*, final: bool) -> None:
    """Time cheque amounts and large pages; nothing of what is read is looked at."""
    del final
    measured = commit()
    folder = data_folder() / "cheque_amounts"
    files = sorted(folder.glob("*.jpg"))[::2][:100]
    rates = [f"{_per_second(open_reader(threads=threads), files):.0f}" for threads in (1, 2)]
    many = _side_by_side(sorted(folder.glob("*.jpg"))[::2])
    pen = Pen(open_source(DataConfig(source="mnist")).validation.read())
    large = [large_page(pen, _SEED, number).picture for number in range(_LARGE)]
    seconds, memory = time_large(large), memory_of_reading(large)
    append(
        "Speed of reading",
        [
            "$ python -m benchmarks.reading speed",
            "",
            "| what | measured | to reach |",
            "|---|---|---|",
            (
                "| cheque amounts a second, one after the other; one thread, two threads "
                f"| {', '.join(rates)} | ≥ 40 |"
            ),
            (
                f"| cheque amounts a second, {_PROCESSES} processes side by side, their start "
                f"included; three times | {', '.join(f'{rate:.0f}' for rate in many)} | ≥ 40 |"
            ),
            (
                "| pages of 12 megapixels and about 50 digits, seconds for each "
                f"| {', '.join(f'{each:.2f}' for each in seconds)} | ≤ 1.5 |"
            ),
            f"| most memory of `inkdigit read` with those pages | {memory / 1e9:.2f} GB | ≤ 1 GB |",
        ],
        measured=measured,
    )


def _per_second(reader: Reader, files: list[Path]) -> float:
    seconds = []
    for file in files:
        started = perf_counter()
        reader.read(file)
        seconds.append(perf_counter() - started)
    return 1 / median(seconds)


def _side_by_side(files: list[Path]) -> list[float]:
    """Read files as `inkdigit read` does many; give how many a second, three times."""
    inputs = [Input(str(file), file) for file in files]
    rates = []
    for _ in range(3):
        started = perf_counter()
        count = sum(1 for _ in read_side_by_side(inputs, FileReader(), processes=_PROCESSES))
        rates.append(count / (perf_counter() - started))
    return rates


def _amount(page: Page) -> str:
    """Give the longest number of a picture that shows one amount."""
    return max((number.text for number in page.numbers), key=len, default="")


def _edits(one: str, other: str) -> int:
    """Count the changes between two texts (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        last, row = row, [place]
        for column, wanted in enumerate(other):
            row.append(min(row[-1] + 1, last[column + 1] + 1, last[column] + (sign != wanted)))
    return row[-1]


def _half(*, final: bool) -> str:
    return "final half" if final else "development half"


MEASUREMENTS = {
    "cheques": measure_cheques,
    "lines": measure_lines,
    "pages": measure_pages,
    "speed": measure_speed,
}


def _wanted(arguments: list[str]) -> Iterator[str]:
    names = [each for each in arguments if each != "--final"]
    wrong = [name for name in names if name not in MEASUREMENTS]
    if wrong:
        sys.exit(f"{wrong[0]}: expected {', '.join(MEASUREMENTS)}")
    yield from names or MEASUREMENTS


def main() -> None:
    """Run the measurements whose names are given, or all."""
    for name in _wanted(sys.argv[1:]):
        MEASUREMENTS[name](final="--final" in sys.argv)


if __name__ == "__main__":
    main()
