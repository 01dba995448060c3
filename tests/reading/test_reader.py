import json
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inkdigit.data.composing.line import ComposedLine, compose_line
from inkdigit.data.handwriting.glyph import lay
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.handwriting.write import print_text
from inkdigit.data.sources.sample import read_sample
from inkdigit.errors import ConfigError, DataError
from inkdigit.reading.fields.rules import Rule
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.looks.views import views_of
from inkdigit.reading.reader import (
    Reader,
    ReadOptions,
    open_reader,
    read_document,
    read_page,
)
from inkdigit.reading.sheets.sheet import lay_flat
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.types import Images, Labels
from tests.reading.pages import (
    Desk,
    Written,
    bold,
    clutter,
    in_shadow,
    page,
    table,
    with_note,
    written,
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader()


@pytest.fixture(scope="module")
def lines(digits: tuple[Images, Labels]) -> list[ComposedLine]:
    """Forty numbers of four digits each on plain and patterned paper."""
    draws, pen = np.random.default_rng(5), Pen(digits)
    texts = ["".join(map(str, draws.integers(0, 10, 4))) for _ in range(40)]
    return [compose_line(draws, pen, text, plain=True) for text in texts]


def _texts(reader: Reader, picture: NDArray[np.uint8]) -> list[str]:
    return [number.text for number in reader.read(picture).numbers]


def test_most_composed_numbers_are_read(reader: Reader, lines: list[ComposedLine]) -> None:
    right = [_texts(reader, line.picture) == [line.digits] for line in lines]
    assert np.mean(right) >= 0.75


def test_a_thick_digit_that_fills_its_picture_is_mostly_read(
    reader: Reader, digits: tuple[Images, Labels]
) -> None:
    right = []
    for row in range(0, 5000, 200):
        image = digits[0][row, ..., 0]
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        tight = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        size = (2 * tight.shape[1], 2 * tight.shape[0])
        large = np.asarray(Image.fromarray(tight).resize(size, Image.Resampling.BICUBIC))
        thick = Image.fromarray(np.pad(large, 3)).filter(ImageFilter.MaxFilter(5))
        right.append(_texts(reader, 255 - np.asarray(thick)) == [str(digits[1][row])])
    assert np.mean(right) > 0.8


def test_a_digit_alone_is_read_though_its_strokes_are_thick(
    reader: Reader, digits: tuple[Images, Labels]
) -> None:
    right = []
    for row in range(0, 5000, 25):
        large = Image.fromarray(digits[0][row, ..., 0]).resize((84, 84), Image.Resampling.BICUBIC)
        ink = np.asarray(large.filter(ImageFilter.MaxFilter(5)).crop((9, 9, 75, 75)), np.float32)
        picture = (230 - 0.55 * ink).astype(np.uint8)
        right.append(_texts(reader, picture) == [str(digits[1][row])])
    assert np.mean(right) >= 0.94


def test_small_digits_one_above_the_other_stay_two_numbers(
    reader: Reader, digits: tuple[Images, Labels]
) -> None:
    right = []
    for upper, lower in ((100, 3100), (700, 2200), (1800, 4100), (2600, 600), (3300, 1200)):
        column = [np.pad(digits[0][row, ..., 0], 6) for row in (upper, lower)]
        large = Image.fromarray(np.concatenate(column)).resize((80, 160), Image.Resampling.BICUBIC)
        picture = (230 - 0.8 * np.asarray(large, np.float32)).astype(np.uint8)
        right.append(_texts(reader, picture) == [str(digits[1][row]) for row in (upper, lower)])
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize("row", [3045, 4023, 4040])
def test_a_digit_on_hatched_paper_is_not_taken_for_the_strokes_around_it(
    reader: Reader, digits: tuple[Images, Labels], row: int
) -> None:
    images, labels = digits
    glyph = cv2.resize(images[row, ..., 0], (112, 112), interpolation=cv2.INTER_CUBIC)
    ink = np.pad(glyph / 255, ((15, 15), (50, 50)))
    paper = np.full(ink.shape, 150.0, np.float32)
    for x in range(-60, 260, 22):
        for y in range(-10, 142, 34):
            first, last = y + x % 20, y + 26 + x % 20
            cv2.line(paper, (x + int(y * 0.3), first), (x + int((y + 26) * 0.3), last), 90, 2)
    grain = np.random.default_rng(row).normal(0, 3, ink.shape)
    picture = cv2.GaussianBlur(paper * (1 - ink) + 20 * ink + grain, (0, 0), 0.8)
    assert _texts(reader, np.clip(picture, 0, 255).astype(np.uint8)) == [str(labels[row])]


def _four_digits(digits: tuple[Images, Labels], seed: int) -> tuple[str, NDArray[np.uint8]]:
    draws = np.random.default_rng(seed)
    text = "".join(map(str, draws.integers(0, 10, 4)))
    return text, compose_line(draws, Pen(digits), text, plain=True).picture


@pytest.mark.parametrize("seed", [326, 434])
def test_scraps_of_a_number_and_its_paper_give_way_to_a_softer_look(
    reader: Reader, digits: tuple[Images, Labels], seed: int
) -> None:
    text, picture = _four_digits(digits, seed)
    assert len(find_lines(lay_flat(picture[..., None]))) > 1, "the paper's pattern is found, too"
    assert _texts(reader, picture) == [text]


@pytest.mark.parametrize("seed", [671, 1316, 3085])
def test_a_line_that_falls_into_pieces_on_patterned_paper_is_read_as_one(
    reader: Reader, digits: tuple[Images, Labels], seed: int
) -> None:
    text, picture = _four_digits(digits, seed)
    assert _texts(reader, picture) == [text]


@pytest.mark.parametrize("thick", [0.04, 0.14, 0.22, 0.28])
@pytest.mark.parametrize("size", [28, 150, 600])
def test_a_number_by_any_pen_is_read_dark_on_light_and_light_on_dark(
    reader: Reader, thick: float, size: int
) -> None:
    picture = bold("24557", thick, size)
    assert _texts(reader, picture) == ["24557"]
    assert _texts(reader, 255 - picture) == ["24557"]


def test_light_on_dark_is_read_as_dark_on_light(reader: Reader, lines: list[ComposedLine]) -> None:
    same = [_texts(reader, line.picture) == _texts(reader, 255 - line.picture) for line in lines]
    assert np.mean(same) > 0.9


def test_boxes_lie_on_the_digits(reader: Reader, lines: list[ComposedLine]) -> None:
    apart = []
    for line in lines:
        for number in reader.read(line.picture).numbers:
            if number.text == line.digits:
                for digit, mark in zip(number.digits, line.marks, strict=True):
                    middle = (digit.box.left + digit.box.right) / 2
                    apart.append(abs(middle - (mark.box.left + mark.box.right) / 2))
    assert np.median(apart) < 3  # pixels
    assert len(apart) > 80


def test_what_is_said_of_a_number_fits_together(reader: Reader, lines: list[ComposedLine]) -> None:
    for line in lines:
        page = reader.read(line.picture)
        for number in page.numbers:
            assert number.text == "".join(digit.label for digit in number.digits)
            assert number.alternatives[0].text == number.text
            assert number.alternatives[0].confidence == number.confidence
            shares = [each.confidence for each in number.alternatives]
            assert sum(shares) <= 1 + 1e-6
            assert shares[1:] == sorted(shares[1:], reverse=True)
            assert 0 <= number.confidence <= 1
            assert number.rejected == (number.reason is not None)
            for box in (number.box, *(digit.box for digit in number.digits)):
                assert 0 <= box.left < box.right <= page.width
                assert 0 <= box.top < box.bottom <= page.height


def test_what_was_seen_of_a_number_is_shown(reader: Reader, lines: list[ComposedLine]) -> None:
    page, seen = reader.look(lines[0].picture)
    assert len(seen) == len(page.numbers) > 0
    assert seen[0].strip.max() == 255
    assert seen[0].digits.shape == (len(page.numbers[0].digits), 28, 28)


def test_digits_are_cut_out_of_their_number_so_that_each_can_be_told_alone(
    reader: Reader, lines: list[ComposedLine]
) -> None:
    recognizer = open_recognizer()
    right = []
    for line in lines:
        page, seen = reader.look(line.picture)
        if [number.text for number in page.numbers] == [line.digits]:
            told = recognizer.probabilities(seen[0].digits[..., None]).argmax(axis=1)
            right += (told == np.array(list(map(int, line.digits)))).tolist()
    assert len(right) > 100
    assert np.mean(right) > 0.95


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_empty_picture_holds_no_number(reader: Reader, shade: int) -> None:
    for size in ((1, 1), (40, 200), (600, 400)):
        assert _texts(reader, np.full(size, shade, np.uint8)) == []


def test_what_noise_looks_like_is_never_given_for_a_number(reader: Reader) -> None:
    draws = np.random.default_rng(0)
    for _ in range(5):
        noise = np.clip(draws.normal(200, 12, (300, 400)), 0, 255).astype(np.uint8)
        assert all(number.rejected for number in reader.read(noise).numbers)


def test_a_rule_chooses_among_what_a_number_may_be(
    reader: Reader, lines: list[ComposedLine]
) -> None:
    options = ReadOptions(rule=Rule(format="ddddd"))
    for line in lines[:5]:
        for number in reader.read(line.picture, options=options).numbers:
            assert number.rule is not None
            assert number.rule.satisfied == (len(number.text) == 5)
            assert number.rule.satisfied or number.reason == "rule"


def test_a_promise_that_was_not_made_is_refused(reader: Reader) -> None:
    with pytest.raises(ConfigError, match="does not promise"):
        reader.read(np.zeros((40, 40), np.uint8), options=ReadOptions(target_error=1e-9))


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_page(b"no picture")
    with pytest.raises(DataError):
        read_document(tmp_path / "absent.png")


def test_python_and_the_command_say_the_same(lines: list[ComposedLine], tmp_path: Path) -> None:
    path = tmp_path / "line.png"
    Image.fromarray(lines[0].picture).save(path)
    (number,) = read_page(path).numbers
    (again,) = read_document(path).pages[0].numbers
    command = [sys.executable, "-m", "inkdigit", "read", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (page,) = json.loads(done.stdout)["pages"]
    (told,) = page["lines"][0]["numbers"]
    assert number == again
    assert (told["text"], told["confidence"]) == (number.text, number.confidence)
    assert told["box"] == list(number.box)


def test_reading_never_loads_torch() -> None:
    code = (
        "import sys, numpy as np\n"
        "from inkdigit.reading.reader import read_page\n"
        "read_page(np.full((60, 90), 200, np.uint8))\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_all_looks_at_a_line_on_clean_paper_show_the_same_ink(slope: float) -> None:
    """They differ in how ink is found and in how high they reach, not in what they show."""
    pixels = np.full((300, 500, 1), 235, np.uint8)
    for left in (120, 200, 280):  # three slanted strokes
        for step in range(60):
            y, x = 120 + step + round(slope * (left - 200)), left + step // 3
            pixels[y : y + 2, x : x + 8] = 60
    sheet = lay_flat(pixels)
    (regions,) = find_lines(sheet)
    shown = [_along(strip) for strip in views_of(sheet, regions[0])]
    assert len(shown) >= 4
    for other in shown[1:]:
        assert np.corrcoef(shown[0], other)[0, 1] > 0.9


def test_all_looks_at_digits_on_squares_show_their_strokes_whole() -> None:
    desk = _desk(900, 500)
    for row in range(5):
        desk.write(200, 100 + 80 * row, 42, 2)
    desk.grid(24, 0.5)
    sheet = lay_flat(written(desk, [], ()).pixels)
    regions = [region for line in find_lines(sheet) for region in line]
    assert len(regions) == 5
    for region in regions:
        first, *others = (_along(view) for view in views_of(sheet, region))
        for other in others:
            assert np.corrcoef(first, other)[0, 1] > 0.9


def _along(strip: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give the ink along a strip at a hundred places, whatever its scale."""
    columns = strip[:, 6:-6].mean(axis=0)  # without the paper at both ends
    places = np.linspace(0, len(columns) - 1, 100)
    return np.asarray(np.interp(places, np.arange(len(columns)), columns), np.float64)


def _desk(width: int, height: int) -> Desk:
    return Desk(np.zeros((height, width), np.float32), np.random.default_rng(8))


def test_the_box_of_a_number_does_not_hold_the_word_beside_it(reader: Reader) -> None:
    desk = _desk(900, 360)
    boxes = []
    for row in range(4):
        base = 80 + 80 * row
        word = np.zeros(desk.ink.shape, np.uint8)
        cv2.putText(word, "Total", (60, base), cv2.FONT_HERSHEY_DUPLEX, 1.2, 255, 3)
        desk.ink = np.maximum(desk.ink, word / np.float32(255))
        boxes.append(desk.write(200, base, 42, 3))
    found = [number.box for number in reader.read(written(desk, [], ()).pixels).numbers]
    assert len(found) == 4
    for box, (left, _, right, _) in zip(found, boxes, strict=True):
        assert abs(box.left - left) < 12
        assert abs(box.right - right) < 12


@pytest.mark.parametrize(
    ("label", "digits", "tall", "gap"),
    [
        ("12. Years of age:", 3, 32, 16),  # another number stands before the words
        ("The invoice that", 1, 46, 12),  # the digit is taller than letters, so the gap seems small
        ("Age in years:", 1, 24, 6),  # a colon is no letter of a word
    ],
)
def test_a_number_is_read_right_behind_its_printed_label(
    reader: Reader, label: str, digits: int, tall: float, gap: int
) -> None:
    found = 0
    for seed in range(12):
        desk = Desk(np.zeros((360, 700), np.float32), np.random.default_rng(seed))
        glyph = print_text(np.random.default_rng(1), label, 22.0)  # not bold
        lay(desk.ink, glyph, 60, 160 - len(glyph) + 6 * ("g" in label))
        box = desk.write(60 + glyph.shape[1] + gap, 160, tall, digits)
        numbers = reader.read(written(desk, [], ()).pixels).numbers
        found += any(
            abs(each.box.left - box[0]) < 8 and len(each.text) == digits for each in numbers
        )
    assert found >= 10


def test_printed_words_with_round_letters_hold_hardly_a_nought(reader: Reader) -> None:
    words = ("Room", "Order", "Floor", "Score", "Code of", "Balance", "Street", "Room Number")
    invented = []
    for height in (20, 28, 36):
        for seed in range(3):
            desk, draws = _desk(900, 460), np.random.default_rng(seed)
            for place, word in enumerate(words):
                glyph = print_text(draws, word, float(height))
                lay(desk.ink, glyph, 80 + 420 * (place % 2), 90 + 90 * (place // 2) - len(glyph))
            invented += _texts(reader, written(desk, [], ()).pixels)
    assert len(invented) <= 1  # of 72 words; 12 of 48 were before letters beside digits told


@pytest.mark.parametrize(
    "shadow",
    [
        [(0.2, 0.25), (0.55, 0.22), (0.58, 0.85), (0.23, 0.88)],  # a phone's
        [(0, 0), (1, 0), (1, 1), (0.05, 1), (0.48, 0.62), (0, 0.52)],  # all but a wedge
    ],
)
def test_a_page_is_read_in_a_shadow_and_beside_it(
    reader: Reader, shadow: list[tuple[float, float]]
) -> None:
    plain = page(7, size=(600, 500), digit_height=20)
    clear = [number.text for number in reader.read(plain.pixels).numbers]
    dim = reader.read(in_shadow(plain, shadow).pixels).numbers
    same = SequenceMatcher(None, clear, [number.text for number in dim], autojunk=False)
    assert len(clear) >= 23
    assert sum(block.size for block in same.get_matching_blocks()) >= 0.7 * len(clear)


@pytest.mark.parametrize(("top", "foot"), [(0.3, 0.7), (0.7, 0.3), (0.7, 0.7), (0.3, 0.5)])
def test_a_number_is_read_across_the_edge_of_a_shadow(
    reader: Reader, top: float, foot: float
) -> None:
    lit = np.pad(bold("24557", 0.08, 140), 140, constant_values=245)
    sheet = Written(lit[..., None], np.zeros((0, 4, 2)), ())
    shaded = in_shadow(sheet, [(top, 0), (1, 0), (1, 1), (foot, 1)], soft=1.5)
    assert _texts(reader, shaded.pixels[..., 0]) == ["24557"]


@pytest.mark.parametrize(("seed", "soft"), [(8, 1), (11, 2)])
def test_one_stroke_at_the_side_of_a_doubtful_page_is_not_all_there_is(
    reader: Reader, seed: int, soft: float
) -> None:
    """What the edges of a shadow leave beside the numbers is read as one sure 1."""
    arms = [(0.4, 0.12), (0.62, 0.12), (0.62, 0.5), (0.85, 1), (0.68, 1), (0.57, 0.67)]
    arms += [(0.45, 0.67), (0.35, 1), (0.17, 1), (0.4, 0.5)]
    plain = page(seed, size=(600, 500), digit_height=20)
    shaded = in_shadow(plain, arms, light=0.49, soft=soft)
    assert len(reader.read(shaded.pixels).numbers) > 20


def test_numbers_on_notes_are_read_and_nothing_of_what_lies_around_them(reader: Reader) -> None:
    notes = [page(seed, size=(420, 340), digit_height=18) for seed in (1, 4)]
    alone = [text for note in notes for text in _texts(reader, note.pixels)]
    ground = with_note(clutter(1), notes[0], [(60, 40), (480, 60), (470, 390), (55, 370)])
    picture = with_note(ground, notes[1], [(540, 390), (950, 370), (960, 700), (550, 730)])
    same = SequenceMatcher(None, alone, found := _texts(reader, picture), autojunk=False)
    assert sum(block.size for block in same.get_matching_blocks()) >= 0.85 * len(alone)
    assert len(found) <= len(alone) + 2


def test_strokes_among_leaves_are_not_given_for_numbers(reader: Reader) -> None:
    found = [each for seed in range(3) for each in reader.read(clutter(seed)).numbers]
    assert not [each.text for each in found if not each.rejected]


def test_a_long_row_of_digits_is_read_though_no_text_for_it_is_probable(reader: Reader) -> None:
    images, labels = read_sample()
    (found,) = _texts(reader, np.hstack(images[labels == 7][:120, ..., 0]))
    assert found.count("7") > 100


@pytest.mark.parametrize("sign", ["$", "kg"])
def test_a_sign_right_beside_a_number_makes_no_word_of_it(
    reader: Reader, digits: tuple[Images, Labels], sign: str
) -> None:
    draws, right = np.random.default_rng(6), []
    for _ in range(12):
        text = "".join(map(str, draws.integers(0, 10, 3)))
        line = compose_line(draws, Pen(digits), text, plain=True)
        glyph = print_text(draws, sign, 0.8 * (line.box.bottom - line.box.top))
        ink = np.zeros((line.picture.shape[0], glyph.shape[1] + 8), np.float32)
        lay(ink, glyph, 4, line.box.bottom - len(glyph))
        paper = float(np.median(line.picture))
        printed = (paper * (1 - 0.8 * ink)).astype(np.uint8)
        parts = [printed, line.picture] if sign == "$" else [line.picture, printed]
        right.append(_texts(reader, np.hstack(parts)) == [text])
    assert np.mean(right) >= 0.75


def test_a_wall_parts_numbers_whose_digits_lie_on_it(reader: Reader) -> None:
    desk = _desk(700, 420)
    table(desk, 5, 2, width=290, height=66)
    for row in range(5):
        base = 92 + 66 * row
        first = desk.write(300 - 40, base, 42, 2)  # ends on the wall or just before it
        cv2.line(desk.ink, (round(first[2]) - 3, base - 6), (362, base - 6), 1.0, 4)
        desk.write(366, base, 42, 2)
    page = reader.read(written(desk, [], ()).pixels)
    assert [len(line.numbers) for line in page.lines] == [2, 2, 2, 2, 2]


def test_a_digit_across_the_wall_of_its_cell_is_one_of_its_number(reader: Reader) -> None:
    desk = _desk(700, 420)
    table(desk, 5, 2, width=290, height=66)
    boxes = []
    for row in range(5):
        start = desk.draws.bit_generator.state
        width = desk.write(100, 92 + 66 * row, 42, 3)[2] - 100
        desk.ink[42 + 66 * row : 104 + 66 * row, 62:348] = 0  # measured; written where it counts
        desk.draws.bit_generator.state = start
        boxes.append(desk.write(368 - width, 92 + 66 * row, 42, 3))
    page = reader.read(written(desk, [], ()).pixels)
    assert [len(line.numbers) for line in page.lines] == [1, 1, 1, 1, 1]
    found = [line.numbers[0].box for line in page.lines]
    assert all(abs(each.right - box[2]) < 8 for each, box in zip(found, boxes, strict=True))
