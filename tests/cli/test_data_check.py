"""`inkdigit data check`: what it prints, its exit codes, and what training makes of its files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Inkdigit
from tests.training.conftest import CLASSES, draw_strokes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ninety strokes, one of them twice and one blank."""
    monkeypatch.chdir(tmp_path)
    images, labels = draw_strokes(90, seed=2)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = tmp_path / "strokes" / CLASSES[label] / f"{number:02}.png"
        place.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(image[..., 0]).save(place)
    bars = tmp_path / "strokes" / "bar"
    (bars / "copy.png").write_bytes((bars / "00.png").read_bytes())
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(bars / "blank.png")
    return Path("strokes")


def test_what_was_found_is_said_and_how_to_go_on(folder: Path, inkdigit: Inkdigit) -> None:
    done = inkdigit("data", "check", folder, "--no-labels", "-o", "found")
    assert done.code == 0
    for words in (
        "problem: blank pictures",
        "notice: doubles",
        "1 problem, 1 notice in",
        "Exclude: found/exclude.jsonl (2 pictures)",
        "Relabel: found/relabel.jsonl (0 pictures)",
    ):
        assert words in done.out
    assert "--exclude found/exclude.jsonl --relabel found/relabel.jsonl" in done.err
    assert {file.name for file in Path("found").iterdir()} == {
        *("report.html", "findings.jsonl", "exclude.jsonl", "relabel.jsonl")
    }


def test_json_is_a_line_for_each_finding_and_one_for_all(folder: Path, inkdigit: Inkdigit) -> None:
    done = inkdigit("data", "check", folder, "--no-labels", "-o", "found", "--json")
    *findings, end = map(json.loads, done.out.splitlines())
    assert [(each["check"], each["severity"]) for each in findings] == [
        ("blank pictures", "problem"),
        ("doubles", "notice"),
    ]
    (copy,) = findings[1]["pictures"]
    assert (copy["picture"], copy["twin"]) == ("bar/copy.png", "bar/00.png")
    assert end["source"] == "strokes"
    assert end["folder"] == "found"
    assert (end["problems"], end["notices"], end["exclude"], end["relabel"]) == (1, 1, 2, 0)


def test_strict_leaves_with_3_where_there_is_a_problem(folder: Path, inkdigit: Inkdigit) -> None:
    check = ("data", "check", folder, "--no-labels", "--strict", "-o")
    assert inkdigit(*check, "found").code == 3
    assert inkdigit(*check, "again", "-s", "data.exclude=found/exclude.jsonl").code == 0


def test_training_honours_the_files_and_its_record_says_so(
    folder: Path, inkdigit: Inkdigit
) -> None:
    inkdigit("data", "check", folder, "--no-labels", "-o", "found")
    Path("other.jsonl").write_text('{"picture": "bar/03.png", "label": "dash"}\n')
    train = ("train", "--data", folder, "-s", "training.epochs=1", "--quiet", "-o")
    assert inkdigit(*train, "plain").code == 0
    fixes = ("--exclude", "found/exclude.jsonl", "--relabel", "other.jsonl")
    assert inkdigit(*train, "fixed", *fixes).code == 0
    plain, fixed = (
        json.loads(Path(run, "splits.json").read_text("utf-8")) for run in ("plain", "fixed")
    )
    sizes = [sum(split["size"] for split in record["splits"].values()) for record in (plain, fixed)]
    assert sizes == [92, 90]
    assert (plain["excluded"], plain["relabelled"]) == (0, 0)
    assert (fixed["excluded"], fixed["relabelled"]) == (2, 1)
    assert plain["splits"] != fixed["splits"]
    assert 'exclude = "found/exclude.jsonl"' in Path("fixed", "config.toml").read_text("utf-8")
    assert inkdigit("evaluate", "fixed").code == 0
    Path("other.jsonl").write_text("")
    resumed = inkdigit("train", "--resume", "fixed", "--exclude", "x")
    assert (resumed.code, "--exclude beside --resume" in resumed.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere/at/all",), 5, "no such folder"),
        (("mnist5k",), 2, "Did you mean 'mnist-5k'"),
        (("strokes", "-o", "strokes"), 2, "not empty"),
        (("strokes", "--test", "--no-labels"), 2, "--test beside --no-labels"),
        (("strokes", "--folds", "1"), 2, "'--folds'"),
        (("strokes", "--preset", "fats"), 2, "Did you mean 'fast'"),
        (("strokes", "-s", "data.exclude=none.jsonl"), 5, "none.jsonl: no such file"),
    ],
)
def test_a_wrong_input_is_one_line(
    arguments: tuple[str, ...], code: int, words: str, folder: Path, inkdigit: Inkdigit
) -> None:
    before = set(Path().iterdir())
    done = inkdigit("data", "check", *arguments)
    assert (done.code, words in done.err) == (code, True), done.err
    assert "Traceback" not in done.err
    assert set(Path().iterdir()) == before
