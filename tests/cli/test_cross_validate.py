"""`inkdigit cross-validate` from the command line to the files, mistakes included."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigit.config import dump
from tests.cli.conftest import Inkdigit
from tests.training.conftest import config_for
from tests.training.conftest import pictures as pictures


@pytest.fixture
def settings(pictures: Path, tmp_path: Path) -> Path:
    file = tmp_path / "quick.toml"
    file.write_text(dump(config_for(pictures, training={"epochs": 1})))
    return file


def test_people_get_each_fold_the_mean_and_the_places(
    inkdigit: Inkdigit, settings: Path, tmp_path: Path
) -> None:
    done = inkdigit("cross-validate", settings, "--folds", 2, "-o", tmp_path / "cv")
    assert done.code == 0, done.err
    assert re.search(
        r"^Repeat 1, fold 2: accuracy \d+\.\d\d% \(\d+ of 48 wrong\), .* s$", done.out, re.M
    )
    assert re.search(r"^Accuracy \d+\.\d\d% ± \d+\.\d\d points over 2 folds; ", done.out, re.M)
    assert "pictures flip between networks" in done.out
    assert (tmp_path / "cv" / "report.html").is_file()
    assert done.err == ""

    again = inkdigit("cross-validate", "--resume", tmp_path / "cv", "--refit", "--json")
    assert again.code == 0, again.err
    record = json.loads(again.out)
    assert again.err.count("kept from before") == 2
    assert "Waiting Test!" in again.err
    assert record["accuracy"]["n"] == 2
    assert record["out_of_fold"][0]["total"] == 96
    assert record["final"]["test"]["total"] == 24
    model = record["final"]["model"]
    picture = next(pictures_of(settings))
    asked = inkdigit("classify", picture, "--model", model, "--json")
    assert json.loads(asked.out)["label"] in {"bar", "dash", "slash"}


def pictures_of(settings: Path) -> Iterator[Path]:
    source = re.search(r'^source = "(.*)"$', settings.read_text(), re.M)
    assert source is not None
    return iter(sorted(Path(source[1]).rglob("*.png")))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--folds", 1), 2, "--folds"),
        (("--preset", "fsat"), 2, r"unknown preset 'fsat'\. Did you mean 'fast'"),
        (("-s", "training.epohcs=1"), 2, r"Did you mean 'training\.epochs'"),
        (("--resume", "none"), 2, r"none holds no study\.json"),
        (("--resume", "none", "--folds", 3), 2, "--folds beside --resume"),
        (("--folds", 600, "-s", "training.epochs=1"), 5, r"expected at least 600.*fewer folds"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[object, ...],
    code: int,
    said: str,
    inkdigit: Inkdigit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = inkdigit("cross-validate", *arguments)
    assert done.code == code
    assert re.search(said, done.err)
    assert done.out == ""
    assert not (tmp_path / "runs").exists()
