import json
from pathlib import Path

import pytest

from inkdigit.errors import ConfigError, RunError
from inkdigit.evaluation.compare import compare, write_comparison
from inkdigit.evaluation.metrics import mcnemar
from inkdigit.evaluation.run_record import read
from tests.evaluation.html_check import read_offline_page
from tests.evaluation.run_folder import Recipe, build_run


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A run with another rate and other mistakes on the same pictures as `run`."""
    settings = ("optimizer.learning_rate=0.5",)
    return build_run(tmp_path / "other-run", Recipe(wrong=20, seed=1, settings=settings))


def test_only_what_differs_is_listed(run: Path, other: Path) -> None:
    differences = compare([run, other]).differences
    assert set(differences) == {"optimizer.learning_rate"}
    assert differences["optimizer.learning_rate"][1] == "0.5"


def test_machines_that_differ_are_listed_too(run: Path, other: Path) -> None:
    file = other / "environment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"device": "cuda: H100"}))
    assert compare([run, other]).differences["device"] == ("cpu", "cuda: H100")


def test_runs_are_paired_on_validation(run: Path, other: Path) -> None:
    (pair,) = compare([run, other]).pairs
    answers = [read(folder).validation for folder in (run, other)]
    misses = [
        {k for k, label in enumerate(each.labels) if each.predicted[k] != label} for each in answers
    ]
    only_a, only_b = len(misses[0] - misses[1]), len(misses[1] - misses[0])
    assert (pair.only_a_wrong, pair.only_b_wrong) == (only_a, only_b)
    assert pair.p == mcnemar(only_a, only_b) < 0.05


def test_every_pair_of_runs_is_compared(run: Path, other: Path, tmp_path: Path) -> None:
    third = build_run(tmp_path / "third", Recipe(seed=2))
    pairs = compare([run, other, third]).pairs
    assert [(pair.a, pair.b) for pair in pairs] == [
        ("fast-run", "other-run"),
        ("fast-run", "third"),
        ("other-run", "third"),
    ]


def test_runs_on_other_pictures_are_not_paired(run: Path, tmp_path: Path) -> None:
    (pair,) = compare([run, build_run(tmp_path / "moved", Recipe(split_seed=1))]).pairs
    assert pair.p is None
    assert pair.why_not == "they were validated on different pictures"


def test_runs_with_other_classes_are_not_paired(run: Path, tmp_path: Path) -> None:
    letters = build_run(tmp_path / "letters", Recipe(class_names=tuple("abcdefghij")))
    (pair,) = compare([run, letters]).pairs
    assert pair.why_not == "they know different classes"


def test_folders_of_one_name_are_told_apart_by_their_paths(run: Path, tmp_path: Path) -> None:
    twin = build_run(tmp_path / "elsewhere" / "fast-run", Recipe(seed=1))
    assert compare([run, twin]).names == (str(run), str(twin))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_runs_are_refused(run: Path, count: int) -> None:
    with pytest.raises(ConfigError, match="at least two"):
        compare([run] * count)


def test_a_run_is_not_compared_with_itself(run: Path) -> None:
    with pytest.raises(ConfigError, match="each once"):
        compare([run, run / ".." / run.name])


def test_an_unfinished_run_is_refused(run: Path, other: Path) -> None:
    (other / "result.json").unlink()
    with pytest.raises(RunError, match="other-run"):
        compare([run, other])


def test_the_page_stands_alone_and_says_what_was_found(run: Path, tmp_path: Path) -> None:
    runs = [run, *(build_run(tmp_path / f"<b>{k}", Recipe(seed=k, wrong=k)) for k in range(9))]
    write_comparison(compare(runs), tmp_path / "compare.html")
    page = read_offline_page((tmp_path / "compare.html").read_text("utf-8"))
    assert "10 runs compared" in page.words
    assert "<b>7" in page.words
    assert "5 of 60" in page.words
    assert "never compared" in page.words


def test_the_page_says_so_where_nothing_differed(run: Path, tmp_path: Path) -> None:
    write_comparison(compare([run, build_run(tmp_path / "same")]), tmp_path / "compare.html")
    assert "Nothing: settings, device and versions are the same." in (
        tmp_path / "compare.html"
    ).read_text("utf-8")


def test_the_record_is_json(run: Path, other: Path) -> None:
    record = json.loads(json.dumps(compare([run, other]).to_record()))
    assert record["runs"][0]["test"]["wrong"] == 5
    assert record["pairs"][0]["b"] == "other-run"
    assert record["differences"]["optimizer.learning_rate"][1] == "0.5"
