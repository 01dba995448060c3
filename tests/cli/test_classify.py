"""`inkdigit classify`: answers for people and machines, and a page that shows why."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inkdigit.cli.classify import _COLUMNS
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.types import Images, Labels
from tests.cli.conftest import Inkdigit
from tests.evaluation.html_check import Page

SEVEN = 3620  # a plain 7 among the embedded digits


@pytest.fixture
def folder(tmp_path: Path, digits: tuple[Images, Labels]) -> Path:
    """A folder with a 7 in a picture of its own size, a K, a blank sheet, and a broken file."""
    place = tmp_path / "scans"
    (place / "more").mkdir(parents=True)
    seven = Image.fromarray(255 - digits[0][SEVEN, ..., 0]).resize((90, 90))
    sheet = Image.new("L", (200, 140), 255)
    sheet.paste(seven, (70, 30))
    sheet.save(place / "more" / "seven.jpg", quality=95)
    letter = Image.new("L", (120, 120), 240)
    ImageDraw.Draw(letter).text((60, 60), "K", 20, ImageFont.load_default(90), anchor="mm")
    letter.save(place / "letter.png")
    Image.new("L", (30, 30), 200).save(place / "blank.png")
    (place / "broken.png").write_text("no picture")
    (place / "notes.txt").write_text("no picture either")
    (place / ".hidden.png").write_text("hidden")
    return place


def records(out: str) -> dict[str, dict[str, object]]:
    lines = [json.loads(line) for line in out.splitlines()]
    return {Path(line["file"]).name: line for line in lines}


def test_a_digit_is_read_and_what_is_none_is_rejected_with_the_reason(
    inkdigit: Inkdigit, folder: Path
) -> None:
    done = inkdigit("classify", folder, "--json")
    assert done.code == 5  # one file could not be read
    found = records(done.out)
    assert list(found) == ["blank.png", "broken.png", "letter.png", "seven.jpg"]
    assert found["seven.jpg"]["label"] == "7"
    assert found["seven.jpg"]["rejected"] is False
    assert found["seven.jpg"]["reason"] is None
    assert found["letter.png"]["reason"] == "not a digit"
    assert found["blank.png"]["reason"] == "blank"
    assert "no picture" in str(found["broken.png"]["error"])
    top = found["seven.jpg"]["top"]
    assert isinstance(top, list)
    assert next(entry["label"] for entry in top) == "7"
    assert len(top) == 3


def test_people_get_a_line_for_each_and_faults_on_stderr(inkdigit: Inkdigit, folder: Path) -> None:
    done = inkdigit("classify", folder)
    assert done.code == 5
    lines = done.out.splitlines()
    assert [line.rsplit(maxsplit=1)[1] for line in lines] == [
        str(folder / name) for name in ("blank.png", "letter.png", "more/seven.jpg")
    ]
    assert "rejected: not a digit" in lines[1]
    assert lines[2].startswith("7 ")
    assert f"{folder}/broken.png: no picture" in done.err


def test_csv_has_a_row_for_every_file(inkdigit: Inkdigit, folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(inkdigit("classify", folder, "--csv").out)))
    assert tuple(rows[0]) == _COLUMNS
    assert [row["label"] for row in rows[3:]] == ["7"]
    assert [row["rejected"] for row in rows] == ["true", "", "true", "false"]
    assert rows[1]["error"]


def test_a_picture_may_come_through_a_pipe(
    inkdigit: Inkdigit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (folder / "more" / "seven.jpg").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    done = inkdigit("classify", "-", "--json")
    assert done.code == 0
    assert records(done.out)["-"]["label"] == "7"


@pytest.mark.parametrize(("name", "code"), [("letter.png", 3), ("more/seven.jpg", 0)])
def test_strict_leaves_with_3_if_anything_is_rejected(
    inkdigit: Inkdigit, folder: Path, name: str, code: int
) -> None:
    assert inkdigit("classify", folder / name, "--strict").code == code
    assert inkdigit("classify", folder / name).code == 0


def test_the_command_says_what_python_says(inkdigit: Inkdigit, folder: Path) -> None:
    names = ["blank.png", "letter.png", "more/seven.jpg"]
    done = inkdigit("classify", *(folder / name for name in names), "--json", "--model", "quick")
    answers = open_recognizer("quick").classify([folder / name for name in names])
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["label"] for line in lines] == list(answers.labels)
    assert [line["reason"] for line in lines] == list(answers.reasons)
    np.testing.assert_allclose([line["confidence"] for line in lines], answers.confidence)


def test_the_page_shows_every_answer_and_loads_nothing(
    inkdigit: Inkdigit, folder: Path, tmp_path: Path
) -> None:
    page = tmp_path / "why.html"
    done = inkdigit("classify", folder, "--explain", page, "--neighbours", "mnist-5k")
    assert done.code == 5
    text = page.read_text("utf-8")
    found = Page(text)
    assert all(link.startswith("data:") for link in found.links)
    for name in ("blank.png", "broken.png", "letter.png", "more/seven.jpg"):
        assert str(folder / name) in text
    assert "rejected: not a digit" in text
    assert text.count("<figcaption>") == 3 * 6  # six neighbours of each answer


def test_a_folder_without_pictures_is_told(inkdigit: Inkdigit, tmp_path: Path) -> None:
    done = inkdigit("classify", tmp_path)
    assert done.code == 5
    assert done.err == "inkdigit: no pictures found, expected files or folders that hold some.\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--json", "--csv"], "both --json and --csv were given. Give one of them."),
        (["--neighbours", "mnist-5k"], "--neighbours without a page to show them on."),
        (["--target-error", "0.0000001"], "target error 1e-07: the model does not promise that"),
        (["--model", "slow"], "slow: no such file or directory, expected default, quick, a run"),
    ],
)
def test_wishes_that_cannot_be_met_are_told_in_one_line(
    inkdigit: Inkdigit, folder: Path, options: list[str], message: str
) -> None:
    done = inkdigit("classify", folder, *options)
    assert done.code in (1, 2)
    assert done.out == ""
    assert done.err.startswith(f"inkdigit: {message}")
    assert done.err.count("\n") == 1
