"""`inkdigit search` from the command line to the preset, mistakes included."""

import json
import re
from pathlib import Path

import pytest

from inkdigit.config import dump
from tests.cli.conftest import Inkdigit
from tests.training.conftest import config_for
from tests.training.conftest import pictures as pictures

SPACE = "[optimizer]\nlearning_rate = [0.01, 0.1]\n"


@pytest.fixture
def begun(pictures: Path, tmp_path: Path) -> list[object]:
    """Give the words that begin a small search."""
    (tmp_path / "space.toml").write_text(SPACE)
    (tmp_path / "quick.toml").write_text(dump(config_for(pictures, training={"epochs": 1})))
    words = [tmp_path / "space.toml", "--config", tmp_path / "quick.toml", "--sampler", "grid"]
    return [*words, "--threads-per-worker", 1, "-o", tmp_path / "found"]


def test_people_get_each_trial_the_best_and_a_preset_to_train_with(
    inkdigit: Inkdigit, begun: list[object], tmp_path: Path
) -> None:
    done = inkdigit("search", *begun)
    assert done.code == 0, done.err
    assert len(re.findall(r"^Trial \d: accuracy .* optimizer\.learning_rate=", done.out, re.M)) == 2
    assert re.search(r"^Best of 2: trial \d, accuracy .* on validation \(", done.out, re.M)
    assert done.err == ""
    trained = inkdigit("train", tmp_path / "found" / "best.toml", "-o", tmp_path / "run", "--json")
    assert trained.code == 0, trained.err

    again = inkdigit("search", "--resume", tmp_path / "found", "--json")
    record = json.loads(again.out)
    assert record["trials"] == {"complete": 2, "given_up": 0}
    assert record["best"]["settings"]["optimizer.learning_rate"] in {0.01, 0.1}
    assert record["preset"] == str(tmp_path / "found" / "best.toml")
    assert again.err == ""  # nothing was left to do


def test_list_shows_the_spaces_that_come_along(inkdigit: Inkdigit) -> None:
    done = inkdigit("search", "--list")
    assert done.code == 0
    for name in ("augmentation", "optimizer", "rate"):
        assert re.search(rf"^  {name} ", done.out, re.M)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no search space was given.*--list"),
        (("optimiser",), r"unknown search space 'optimiser'\. Did you mean 'optimizer'"),
        (("none.toml",), r"none\.toml: no such file"),
        (("rate", "--sampler", "rnadom"), r"unknown sampler 'rnadom'\. Did you mean 'random'"),
        (("rate", "--pruner", "medain"), r"Did you mean 'median'"),
        (("rate", "--metric", "acuracy"), r"Did you mean 'accuracy'"),
        (("augmentation", "--sampler", "grid"), "expected `step` or `points`"),
        (("rate", "--storage", "nonsense"), "no SQLAlchemy URL"),
        (("--resume", "none"), r"none holds no study\.json"),
        (("--resume", "none", "--seed", 1), "--seed beside --resume"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[object, ...],
    said: str,
    inkdigit: Inkdigit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = inkdigit("search", *arguments)
    assert done.code == 2
    assert re.search(said, done.err)
    assert done.out == ""
    assert not (tmp_path / "runs").exists()
