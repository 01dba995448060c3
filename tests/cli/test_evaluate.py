import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from inkdigit.cli.app import app
from inkdigit.config import DataConfig
from inkdigit.errors import DataError, ModelError, QualityGateError, RunError
from inkdigit.types import Images, Preparation, Probabilities, Split
from tests.evaluation.run_folder import DIGITS, KnownAnswers, Recipe, build_run, make_split

PREPARATION = Preparation(image_size=28, channels=1, invert=False)


class TopLeft:
    """A recognizer whose answer hangs on the picture alone: the pixel in its corner."""

    class_names = DIGITS
    preparation = PREPARATION

    def probabilities(self, images: Images) -> Probabilities:
        answers = np.full((len(images), 10), 0.01, np.float32)
        answers[np.arange(len(images)), images[:, 0, 0, 0] % 10] = 0.91
        return answers


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return build_run(tmp_path / "fast-run")


@pytest.fixture
def own_test() -> Split:
    return make_split("test", DIGITS, 60)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, own_test: Split) -> dict[str, Split]:
    """Sources by name, and a model that needs no file."""
    sources = {"mnist-5k": own_test, "mnist": replace(own_test, sha256="m" * 64)}

    def open_source(config: DataConfig) -> SimpleNamespace:
        nothing = replace(own_test, indices=own_test.indices[:0])
        learned = sources.get(f"{config.source}, train", nothing)
        return SimpleNamespace(
            train=learned, validation=nothing, test=sources[config.test_source or config.source]
        )

    def open_test(config: DataConfig, _preparation: object, _names: object) -> Split:
        return sources[config.source]

    monkeypatch.setattr("inkdigit.recognition.recognizer.open_recognizer", lambda _path: TopLeft())
    monkeypatch.setattr("inkdigit.data.source.open_source", open_source)
    monkeypatch.setattr("inkdigit.data.source.open_test", open_test)
    return sources


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def right(split: Split) -> int:
    return int((split.images[:, 0, 0, 0] % 10 == split.labels).sum())


def openings(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "test_openings.jsonl").read_text().splitlines()]


def test_tests_on_the_runs_own_split_and_keeps_a_record(run: Path, own_test: Split) -> None:
    result = evaluate(run)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first == "Waiting Test!"
    assert f"{60 - right(own_test)} of 60 wrong, 95 % interval" in second
    assert "loss" in second
    assert [opening["why"] for opening in openings(run)] == ["the run's end", "inkdigit evaluate"]


def test_the_report_warns_of_the_second_opening(run: Path) -> None:
    evaluate(run)
    assert "The test split was opened 2 times." in (run / "report.html").read_text("utf-8")


def test_json_is_one_line_and_the_words_go_to_stderr(run: Path, own_test: Split) -> None:
    result = evaluate(run, "--json")
    record = json.loads(result.stdout)
    assert set(record) == {"run", "model", "test", "seconds"}
    assert set(record["test"]) == {"accuracy", "wrong", "total", "low", "high", "loss"}
    assert record["test"]["accuracy"] == pytest.approx(right(own_test) / 60)
    assert record["model"] == str(run / "model.onnx")
    assert set(record["seconds"]) == {"training", "total"}
    assert result.stderr.splitlines() == ["Waiting Test!"]


def test_other_data_is_tested_and_named_in_the_record(run: Path) -> None:
    assert evaluate(run, "--data", "mnist").exit_code == 0
    assert openings(run)[1]["why"] == "inkdigit evaluate --data mnist"
    assert openings(run)[1]["sha256"] == "m" * 64


def test_pictures_that_the_run_has_learned_from_are_counted(
    run: Path, world: dict[str, Split], own_test: Split
) -> None:
    seen = replace(own_test, indices=own_test.indices[:7])
    distinct = len({own_test.images[row].tobytes() for row in seen.indices})
    world["mnist-5k, train"] = seen
    result = evaluate(run, "--data", "mnist")
    assert result.exit_code == 0
    (note,) = result.stderr.splitlines()
    assert int(note.split()[0]) >= distinct
    assert "trained or validated with: the figure flatters" in note
    assert "flatters" not in evaluate(run).stderr


def test_a_run_tested_on_another_source_is_tested_there_again(
    tmp_path: Path, world: dict[str, Split], own_test: Split
) -> None:
    world["mnist"], world["mnist-5k"] = own_test, replace(own_test, sha256="s" * 64)
    run = build_run(tmp_path / "elsewhere", Recipe(settings=("data.test_source=mnist",)))
    assert evaluate(run).exit_code == 0
    assert openings(run)[1]["sha256"] == own_test.sha256


def test_data_that_changed_stays_closed(run: Path, world: dict[str, Split]) -> None:
    world["mnist-5k"] = replace(world["mnist-5k"], sha256="c" * 64)
    result = evaluate(run)
    assert isinstance(result.exception, DataError)
    assert "the pictures changed since" in str(result.exception)
    assert len(openings(run)) == 1


def test_predictions_are_one_row_for_each_picture(
    run: Path, own_test: Split, tmp_path: Path
) -> None:
    evaluate(run, "--predictions", tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["index", "truth", "predicted", "confidence", *DIGITS]
    assert [int(row["index"]) for row in rows] == list(range(60))
    assert [row["truth"] for row in rows] == [DIGITS[label] for label in own_test.labels]
    assert all(row["confidence"] == row[row["predicted"]] == "0.91" for row in rows)
    assert sum(row["truth"] == row["predicted"] for row in rows) == right(own_test)


def test_a_missed_gate_is_told_after_the_result(run: Path) -> None:
    result = evaluate(run, "--min-accuracy", 0.99)
    assert "Test accuracy" in result.stdout
    assert isinstance(result.exception, QualityGateError)
    assert result.exception.exit_code == 4


def test_a_gate_that_is_met_is_silent(run: Path) -> None:
    assert evaluate(run, "--min-accuracy", 0).exit_code == 0


@pytest.mark.parametrize("floor", ["-0.1", "98", "much"])
def test_a_gate_must_be_a_share(run: Path, floor: str) -> None:
    assert evaluate(run, "--min-accuracy", floor).exit_code == 2
    assert len(openings(run)) == 1


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    assert isinstance(evaluate(tmp_path).exception, RunError)


def test_answers_that_are_no_numbers_are_the_models_fault(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = KnownAnswers(DIGITS, np.full((60, 10), np.nan, np.float32))
    monkeypatch.setattr("inkdigit.recognition.recognizer.open_recognizer", lambda _path: broken)
    assert isinstance(evaluate(run).exception, ModelError)
