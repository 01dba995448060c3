"""`inkdigit read`: numbers for people and machines, whatever the reader finds.

The reader here is a stand-in that knows what stands on each picture by its height.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.decode import decode
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.documents.document import PageLimits
from inkdigit.reading.documents.page_range import PageRange
from inkdigit.reading.fields.rules import applied
from inkdigit.reading.reader import ReadOptions, Seen
from inkdigit.reading.records import COLUMNS
from inkdigit.types import Line, Number, Page
from tests.cli.conftest import Inkdigit
from tests.evaluation.html_check import read_offline_page
from tests.reading.handmade import number, page

UNSURE = number("1234", at=(5, 5), shares=[0.99, 0.3, 0.99, 0.99], reason="unsure", second="1734")
NUMBERS: dict[int, list[list[Number]]] = {
    40: [[number("12", at=(5, 5)), number("345", at=(40, 5))], [number("6", at=(5, 15))]],
    41: [[UNSURE]],
    42: [],
    43: [[number("27", at=(5, 5), reason="printed")]],
}
HEIGHTS = {"good": 40, "unsure": 41, "blank": 42}


class Reader:
    def threshold(self, target_error: float | None) -> float:
        if target_error is not None and target_error < 0.001:
            raise ConfigError(f"target error {target_error:g}: not promised.")
        return 0.0

    def look(self, pixels: Pixels, *, options: ReadOptions) -> tuple[Page, tuple[Seen, ...]]:
        found = self.read(pixels, options=options)
        strip = np.zeros((32, 90), np.uint8)
        return found, tuple(
            Seen(strip, np.zeros((len(each.digits), 28, 28), np.uint8)) for each in found.numbers
        )

    def read(self, pixels: Pixels, *, options: ReadOptions) -> Page:
        lines = NUMBERS[pixels.shape[0]]
        if options.printed:
            lines = [[replace(n, rejected=False, reason=None) for n in line] for line in lines]
        found = page(*lines, size=(pixels.shape[1], pixels.shape[0]))
        if options.rule is None:
            return found
        ruled = (Line(tuple(applied(n, options.rule) for n in line)) for line in lines)
        return Page(1, found.width, found.height, tuple(ruled))


def pages_of(
    source: Path | bytes, *, pages: PageRange, dpi: int, limits: PageLimits
) -> Iterator[tuple[int, Pixels]]:
    """A picture is a page; what is named .pdf is three pages, the last of which is damaged."""
    if isinstance(source, Path) and source.suffix == ".pdf":
        for place, height in enumerate(HEIGHTS.values(), start=1):
            if place in pages:
                if place == 3:
                    raise DataError(f"{source}: page 3 is damaged.")
                yield place, np.full((height, 90, 3), 200, np.uint8)
    elif (limits.pixels, limits.bytes) != (PageLimits.pixels, PageLimits.bytes):
        raise DataError(f"{limits.pixels} pixels, {limits.bytes} bytes")
    else:
        yield 1, decode(source)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stand-in read."""
    monkeypatch.setattr("inkdigit.reading.reader.open_reader", lambda _model: Reader())
    monkeypatch.setattr("inkdigit.reading.side_by_side.pages_of", pages_of)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures of those heights, and a broken one."""
    (tmp_path / "scans").mkdir()
    for name, height in HEIGHTS.items():
        Image.new("L", (90, height), 220).save(tmp_path / "scans" / f"{name}.png")
    (tmp_path / "scans" / "broken.png").write_text("no picture")
    (tmp_path / "three.pdf").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_people_get_the_numbers_line_by_line(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "scans/good.png")
    assert (done.code, done.out, done.err) == (0, "12  345\n6\n", "")


@pytest.mark.usefixtures("folder")
def test_limits_are_options_and_those_of_documents_if_not_given(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "--pixel-limit", "70", "--byte-limit", "80", "scans/good.png")
    assert (done.code, done.err) == (5, "inkdigit: 70 pixels, 80 bytes\n")


@pytest.mark.usefixtures("folder")
def test_several_files_have_their_names_above_and_faults_on_stderr(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "scans")
    assert done.code == 5
    assert done.out == (
        "scans/blank.png\n(no numbers)\n\n"
        "scans/good.png\n12  345\n6\n\n"
        "scans/unsure.png\n1?34  rejected: unsure\n"
    )
    assert done.err.startswith("inkdigit: scans/broken.png: no picture")
    assert done.err.count("\n") == 1


@pytest.mark.usefixtures("folder")
def test_pages_have_their_numbers_above_and_those_before_a_fault_are_read(
    inkdigit: Inkdigit,
) -> None:
    done = inkdigit("read", "three.pdf")
    assert done.code == 5
    assert done.out == (
        "three.pdf, page 1\n12  345\n6\n\nthree.pdf, page 2\n1?34  rejected: unsure\n"
    )
    assert done.err == "inkdigit: three.pdf: page 3 is damaged.\n"
    record = json.loads(inkdigit("read", "three.pdf", "--json").out)
    assert [found["number"] for found in record["pages"]] == [1, 2]
    assert record["error"] == "three.pdf: page 3 is damaged."


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("pages", "found"), [("1", [1]), ("2", [2]), ("1-2", [1, 2]), ("1, 2", [1, 2]), ("-", None)]
)
def test_only_the_pages_that_are_asked_for_are_read(
    inkdigit: Inkdigit, pages: str, found: list[int] | None
) -> None:
    done = inkdigit("read", "three.pdf", "--json", "--pages", pages)
    if found is None:
        assert done.code == 2
        assert done.err.startswith("inkdigit: pages '-': '-' is no page")
    else:
        assert done.code == 0
        assert [each["number"] for each in json.loads(done.out)["pages"]] == found


@pytest.mark.usefixtures("folder")
def test_an_open_span_of_pages_goes_to_the_end(inkdigit: Inkdigit) -> None:
    assert inkdigit("read", "three.pdf", "--pages", "2-").code == 5  # the third is damaged


@pytest.mark.usefixtures("folder")
def test_a_picture_without_numbers_is_told_and_no_fault(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "scans/blank.png", "--strict")
    assert (done.code, done.out) == (0, "")
    assert done.err == "inkdigit: scans/blank.png: no numbers found.\n"


@pytest.mark.usefixtures("folder")
def test_json_has_a_line_for_each_file(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "scans", "--json")
    assert (done.code, done.err) == (5, "")
    blank, broken, good, unsure = map(json.loads, done.out.splitlines())
    assert list(broken) == ["file", "error"]
    assert blank == {
        "file": "scans/blank.png",
        "pages": [{"number": 1, "width": 90, "height": 42, "lines": []}],
    }
    texts = [[n["text"] for n in line["numbers"]] for line in good["pages"][0]["lines"]]
    assert texts == [["12", "345"], ["6"]]
    (rejected,) = unsure["pages"][0]["lines"][0]["numbers"]
    assert (rejected["text"], rejected["rejected"], rejected["reason"]) == ("1234", True, "unsure")


@pytest.mark.usefixtures("folder")
def test_csv_has_a_row_for_each_number(inkdigit: Inkdigit) -> None:
    rows = list(csv.DictReader(io.StringIO(inkdigit("read", "scans", "--csv").out)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["text"] for row in rows] == ["", "12", "345", "6", "1234"]
    assert "no picture" in rows[0]["error"]


@pytest.mark.usefixtures("folder")
def test_a_rule_chooses_among_the_alternatives(inkdigit: Inkdigit) -> None:
    done = inkdigit("read", "scans/unsure.png", "--format", "d7dd", "--json")
    (found,) = json.loads(done.out)["pages"][0]["lines"][0]["numbers"]
    assert found["text"] == "1734"
    assert found["rule"] == {"satisfied": True, "changed": True}
    assert inkdigit("read", "scans/unsure.png", "--range", "..9").out == "1234  rejected: rule\n"


def test_a_rule_of_ones_own_is_found_in_the_current_folder(
    inkdigit: Inkdigit, folder: Path
) -> None:
    (folder / "club_rules.py").write_text("def is_member(text): return text[1] == '7'\n")
    done = inkdigit("read", "scans/unsure.png", "--rule", "club_rules:is_member")
    assert done.out == "1734  by its rule, it looks like 1234\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "code"), [("good", 0), ("unsure", 3), ("broken", 5)])
def test_strict_leaves_with_3_if_anything_is_rejected(
    inkdigit: Inkdigit, name: str, code: int
) -> None:
    assert inkdigit("read", f"scans/{name}.png", "--strict").code == code


def test_print_is_rejected_unless_asked_for_and_strictness_does_not_mind_it(
    inkdigit: Inkdigit, folder: Path
) -> None:
    Image.new("L", (90, 43), 220).save(folder / "form.png")
    done = inkdigit("read", "form.png", "--strict")
    assert (done.code, done.out) == (0, "27  rejected: printed\n")
    assert inkdigit("read", "form.png", "--printed").out == "27\n"


def test_the_overlay_of_one_page_has_the_name_that_is_asked_for(
    inkdigit: Inkdigit, folder: Path
) -> None:
    inkdigit("read", "scans/good.png", "--overlay", "out/seen.png")
    assert [file.name for file in (folder / "out").iterdir()] == ["seen.png"]
    assert decode(folder / "out" / "seen.png").shape[2] == 3


def test_overlays_of_more_pages_are_numbered(inkdigit: Inkdigit, folder: Path) -> None:
    inkdigit("read", "three.pdf", "--overlay", "seen.png")
    assert {file.name for file in folder.glob("seen*")} == {"seen.png", "seen-2.png"}
    inkdigit("read", "scans", "--overlay", "seen")
    assert sorted(file.name for file in (folder / "seen").iterdir()) == [
        "0001-blank.png",
        "0002-good.png",
        "0003-unsure.png",
    ]


def test_the_page_of_explanations_shows_every_page(inkdigit: Inkdigit, folder: Path) -> None:
    inkdigit("read", "scans", "--explain", "why.html")
    words = read_offline_page((folder / "why.html").read_text("utf-8")).words
    for name in ("scans/blank.png", "scans/good.png", "scans/unsure.png"):
        assert name in words
    assert "1?34 rejected: unsure" in words
    html = (folder / "why.html").read_text("utf-8")
    assert html.count("what the network that reads lines saw") == 4  # one for each number


def test_a_picture_may_come_through_a_pipe(
    inkdigit: Inkdigit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (folder / "scans" / "good.png").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    done = inkdigit("read", "-", "--json")
    assert json.loads(done.out)["file"] == "-"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--json", "--csv"], "both --json and --csv were given. Give one of them."),
        (["--format", "dx"], "format 'dx': 'x' as its character 2"),
        (["--range", "5"], "range '5': expected two whole numbers"),
        (["--rule", "mine"], "rule 'mine': expected module:function"),
        (["--pages", "3-1"], "pages '3-1': '3-1' is no span"),
        (["--target-error", "0.0001"], "target error 0.0001: not promised."),
        (["--overlay", "a.jpg"], "overlay a.jpg: expected a name that ends in .png, or a folder."),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wishes_that_cannot_be_met_are_told_in_one_line(
    inkdigit: Inkdigit, options: list[str], message: str
) -> None:
    done = inkdigit("read", "scans/good.png", *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"inkdigit: {message}")
    assert done.err.count("\n") == 1


def test_a_folder_without_pictures_is_told(inkdigit: Inkdigit, tmp_path: Path) -> None:
    done = inkdigit("read", tmp_path)
    assert done.code == 5
    assert done.err == "inkdigit: no pictures found, expected files or folders that hold some.\n"


FORM = '[fields.age]\nbox = [0, 0, 1, 1]\n[fields.paid]\nbox = [0, 0, 1, 1]\nformat = "d7dd"\n'


def test_a_form_gives_a_row_for_each_page(inkdigit: Inkdigit, folder: Path) -> None:
    (folder / "form.toml").write_text(FORM)
    done = inkdigit("read", "scans", "three.pdf", "--template", "form.toml")
    assert done.code == 5
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["age"], row["paid"]) for row in rows] == [
        ("", ""),
        ("", ""),  # broken.png
        ("123456", "123456"),
        ("1234", "1734"),
        ("123456", "123456"),
        ("1234", "1734"),
        ("", ""),  # three.pdf's third page
    ]
    assert [row["page"] for row in rows] == ["1", "", "1", "1", "1", "2", ""]
    assert rows[3]["rejected"] == "age: unsure"
    assert "no picture" in rows[1]["error"]


def test_a_form_in_json_has_fields(inkdigit: Inkdigit, folder: Path) -> None:
    (folder / "form.toml").write_text(FORM)
    done = inkdigit("read", "scans/unsure.png", "--template", "form.toml", "--json")
    fields = json.loads(done.out)["pages"][0]["fields"]
    assert {name: found["text"] for name, found in fields.items()} == {
        "age": "1234",
        "paid": "1734",
    }


def test_rules_of_a_form_stand_in_its_file(inkdigit: Inkdigit, folder: Path) -> None:
    (folder / "form.toml").write_text(FORM)
    done = inkdigit("read", "scans", "--template", "form.toml", "--luhn")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("inkdigit: a rule beside --template")
