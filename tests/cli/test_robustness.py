import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.types import Images, Labels
from tests.cli.conftest import Inkdigit


@pytest.fixture
def folder(tmp_path: Path, digits: tuple[Images, Labels]) -> Path:
    """Eight digits of each class, as PNG files."""
    images, labels = digits
    for label in range(10):
        place = tmp_path / "digits" / str(label)
        place.mkdir(parents=True)
        for number, row in enumerate(np.flatnonzero(labels == label)[:8]):
            Image.fromarray(images[row, ..., 0]).save(place / f"{number}.png")
    return tmp_path / "digits"


def test_shipped_weights_are_measured_on_validation(
    inkdigit: Inkdigit, folder: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    done = inkdigit(
        "evaluate", "quick", "--robustness", "--data", folder, "-o", page, "--json",
        "--other-writers", folder, "--not-digits", folder,
    )  # fmt: skip
    assert done.code == 0, done.err
    (line,) = done.out.splitlines()
    record = json.loads(line)
    assert (record["model"], record["part"]) == ("quick", "validation")
    assert len(record["corruptions"]) == 15
    assert record["clean"]["total"] == record["pictures"]
    assert record["other_writers"][str(folder)]["total"] == 80
    assert record["not_digits"][str(folder)]["total"] == 80
    assert record["not_digits"][str(folder)]["rejected"] < 20
    assert record["report"] == str(page)
    assert "may have seen some" in done.err
    assert page.is_file()
    assert not (tmp_path / "test_openings.jsonl").exists()


def test_framed_first_a_model_stands_paper_that_is_not_black(
    inkdigit: Inkdigit, folder: Path, tmp_path: Path
) -> None:
    records = []
    for framed in ((), ("--framed",)):
        done = inkdigit(
            "evaluate", "quick", "--robustness", "--data", folder, "--json", *framed,
            "-o", tmp_path / "page.html",
        )  # fmt: skip
        records.append(json.loads(done.out))
    raw, framed_first = (each["corruptions"]["brightness"]["accuracy"] for each in records)
    assert raw < 0.5 < 0.9 < framed_first
    assert records[1]["data"].endswith(", framed")


def test_the_test_part_is_written_down_beside_the_page(
    inkdigit: Inkdigit, folder: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    done = inkdigit(
        "evaluate", "quick", "--robustness", "--test-part", "--data", folder, "-o", page
    )
    assert done.code == 0, done.err
    assert "test part" in done.out
    assert "Mean corruption accuracy" in done.out
    (line,) = (tmp_path / "test_openings.jsonl").read_text().splitlines()
    assert json.loads(line)["why"] == "inkdigit evaluate --robustness --test-part"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("quick", "--test-part"), "--test-part without --robustness"),
        (("quick", "--robustness", "--min-accuracy", "0.5"), "--min-accuracy beside --robustness"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    inkdigit: Inkdigit, arguments: tuple[str, ...], told: str
) -> None:
    done = inkdigit("evaluate", *arguments)
    assert done.code == 2
    assert told in done.err


def test_a_model_that_is_not_there_is_named(inkdigit: Inkdigit) -> None:
    done = inkdigit("evaluate", "slow", "--robustness")
    assert done.code == 1
    assert "expected default, quick" in done.err


def test_not_digits_must_be_there(inkdigit: Inkdigit, folder: Path) -> None:
    done = inkdigit(
        "evaluate", "quick", "--robustness", "--data", folder, "--not-digits", folder / "none"
    )
    assert done.code == 5
    assert "no such folder" in done.err
