"""`inkdigit study` measures claims, goes on where it was stopped, and says what it found."""

import json
from pathlib import Path

from tests.cli.conftest import Inkdigit
from tests.training.conftest import pictures as pictures

SMALL = ("--depth", 8, "--depth", 14, "--seeds", 1, "--steps", 2, "--threads", 1)


def test_study_residual_says_what_holds_and_keeps_the_page(
    inkdigit: Inkdigit, pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    done = inkdigit("study", "residual", "--data", pictures, *SMALL, "-o", folder, "--json")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert len(record["networks"]) == 8
    verdicts = {"holds", "holds in part", "does not hold", "not shown"}
    assert {each["verdict"] for each in record["findings"]} <= verdicts
    assert Path(record["report"]).is_file()
    assert "8 of 8: residual with batch norm, 14 layers" in done.err
    again = inkdigit("study", "residual", "--resume", folder)
    assert again.code == 0, again.err
    assert "Residual connections cure vanishing" in again.out


def test_study_pooling_says_what_holds_and_keeps_the_page(
    inkdigit: Inkdigit, pictures: Path, tmp_path: Path
) -> None:
    asked = ("--seeds", 1, "--steps", 1, "--threads", 1, "-o", tmp_path / "study")
    done = inkdigit("study", "pooling", "--data", pictures, *asked)
    assert done.code == 0, done.err
    assert "Pooling makes features stable under rotation: " in done.out
    assert (tmp_path / "study/report.html").is_file()


def test_study_layers_trains_a_network_and_looks_into_it(
    inkdigit: Inkdigit, pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    short = ("-s", "training.epochs=1", "-s", "training.threads=1", "--quick")
    done = inkdigit("study", "layers", "--data", pictures, "-o", folder, *short)
    assert done.code == 0, done.err
    assert "The first layer finds edges: " in done.out
    assert (folder / "layers.html").is_file()
    record = json.loads((folder / "layers.json").read_text())
    assert record["network"] == "fast-cnn"
    wrong = inkdigit("study", "layers", folder, "--class", "barr")
    assert wrong.code == 5
    assert "Did you mean 'bar'?" in wrong.err


def test_options_that_contradict_each_other_are_refused(inkdigit: Inkdigit, tmp_path: Path) -> None:
    beside = inkdigit("study", "residual", "--resume", tmp_path, "--quick")
    assert beside.code == 2
    assert "--quick beside --resume" in beside.err
    trained = inkdigit("study", "layers", tmp_path, "--preset", "fast")
    assert trained.code == 2
    assert "--preset beside RUN" in trained.err
    depth = inkdigit("study", "residual", "--depth", 8, "--depth", 9, "-o", tmp_path / "new")
    assert depth.code == 2
    assert "6n + 2" in depth.err
    nothing = inkdigit("study", "pooling", "--resume", tmp_path)
    assert nothing.code == 2
    assert "study.json" in nothing.err
