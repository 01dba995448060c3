"""Cross-validation: what is kept, what counts as a flip, and that killing it changes nothing."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inkdigit.config import dump
from inkdigit.data.folds import all_but_test, deal
from inkdigit.data.source import open_source
from inkdigit.errors import CheckpointError, DataError, RunError
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.studies.cross_validation import result as cross_validation_result
from inkdigit.studies.cross_validation.agreement import agree
from inkdigit.studies.cross_validation.fold_answers import FoldAnswers, FoldScore
from inkdigit.studies.cross_validation.refit import refit
from inkdigit.studies.cross_validation.study import (
    CrossValidation,
    Event,
    FoldDone,
    Plan,
    begin,
    go_on,
)
from inkdigit.training.loop import StepReport
from tests.evaluation.html_check import read_offline_page
from tests.faults import Victim
from tests.training.conftest import config_for

PLAN = Plan(folds=3, repeats=2)
DECISIVE = ("predictions.npz", "result.json", "flips.csv")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all of these tests: the folder is packed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def whole(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> CrossValidation:
    folder = tmp_path_factory.mktemp("whole") / "study"
    begin(config_for(pictures, training={"epochs": 2}), PLAN, folder)
    found = go_on(folder)
    cross_validation_result.write(found, cross_validation_result.judge(found))
    return found


def test_every_picture_but_the_test_part_is_answered_once_a_repeat(whole: CrossValidation) -> None:
    source = whole.source
    assert len(whole.pictures) == len(source.train) + len(source.validation)
    assert not set(whole.pictures.indices) & set(source.test.indices)
    for repeat in (1, 2):
        held = [each.held for each in whole.folds if each.score.repeat == repeat]
        assert sorted(np.concatenate(held)) == list(range(len(whole.pictures)))


def test_a_picture_is_answered_by_the_network_of_its_own_fold(whole: CrossValidation) -> None:
    dealt = deal(all_but_test(whole.source), 3, whole.config.data.split_seed, repeat=1)
    for answers in whole.folds[3:]:
        assert np.array_equal(answers.held, np.flatnonzero(dealt == answers.score.fold - 1))
        labels = whole.pictures.labels[whole.pictures.indices][answers.held]
        classes = answers.outputs[:, :3].argmax(axis=1)
        assert (classes != labels).sum() == answers.score.wrong
        assert np.array_equal(classes, answers.predicted[answers.held])


def test_networks_differ_in_their_seeds(whole: CrossValidation) -> None:
    assert [each.score.seed for each in whole.folds] == list(range(6))


def test_predictions_can_be_read_by_numpy_alone(whole: CrossValidation) -> None:
    with np.load(whole.folder / "predictions.npz") as arrays:
        assert arrays["outputs"].shape == (2, len(whole.pictures), 3)
        assert arrays["predicted"].shape == (6, len(whole.pictures))
        assert arrays["class_names"].tolist() == ["bar", "dash", "slash"]
        wrong = (arrays["outputs"][0].argmax(axis=1) != arrays["labels"]).sum()
    result = json.loads((whole.folder / "result.json").read_text())
    assert result["pooled"][0]["wrong"] == wrong
    assert result["accuracy"]["n"] == 6


def test_flips_are_counted_from_answers() -> None:
    labels = np.array([0, 0, 1, 1])

    def fold(repeat: int, number: int, held: list[int], predicted: list[int]) -> FoldAnswers:
        score = FoldScore(repeat, number, seed=0, accuracy=0, loss=0, wrong=0, total=2)
        outputs = np.zeros((2, 2), np.float32)
        return FoldAnswers(score, np.array(held), outputs, np.array(predicted, np.int32), 1.0)

    found = agree(
        [
            fold(1, 1, [0, 1], [0, 1, 1, 0]),  # 1 is wrong unseen; 3 is wrong though learned
            fold(1, 2, [2, 3], [0, 0, 1, 0]),
            fold(2, 1, [0, 2], [0, 0, 1, 0]),
            fold(2, 2, [1, 3], [0, 0, 1, 0]),
        ],
        labels,
        repeats=2,
    )
    assert found.unseen.tolist() == [[0, 1, 1, 0], [0, 0, 1, 0]]
    assert found.unseen_wrong.tolist() == [0, 1, 0, 2]
    assert found.seen_wrong.tolist() == [0, 0, 0, 2]
    assert found.flips.tolist() == [False, True, False, False]
    assert found.flips_unseen.tolist() == [False, True, False, False]
    assert found.hardest(9).tolist() == [3, 1]


def test_the_table_of_flips_has_the_hard_pictures_only(whole: CrossValidation) -> None:
    rows = list(csv.DictReader((whole.folder / "flips.csv").read_text().splitlines()))
    agreement = whole.agreement
    assert len(rows) == int((agreement.right < 6).sum())
    for row in rows:
        place = int(row["picture"])
        assert int(row["networks_right"]) == agreement.right[place]
        assert whole.pictures.indices[place] == int(row["row"])
        assert row["name"].startswith(f"{row['truth']}/")


def test_a_finished_fold_is_never_trained_again(whole: CrossValidation, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(whole.folder, folder)
    shutil.rmtree(folder / "folds" / "repeat-1-fold-2")
    events: list[Event] = []
    again = go_on(folder, events.append)
    done = [event for event in events if isinstance(event, FoldDone)]
    assert [event.was_there for event in done] == [True, False, True, True, True, True]
    steps = [event for event in events if isinstance(event, StepReport)]
    assert len(steps) == steps[-1].step  # one training
    assert np.array_equal(again.outputs, whole.outputs)


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with Victim(tmp_path_factory.mktemp("victim")) as victim:
        yield victim


@pytest.mark.parametrize(
    "deaths", [pytest.param(2, id="short"), pytest.param(25, id="long", marks=pytest.mark.torture)]
)
def test_a_killed_one_comes_to_the_same_end(
    deaths: int, victim: Victim, pictures: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "often.toml"
    often = {"epochs": 2, "checkpoint_every_s": 0}
    settings.write_text(dump(config_for(pictures, training=often)))
    start = ("cross-validate", settings, "--folds", "2", "--refit", "--json")
    unbroken = victim.run(*start, "-o", tmp_path / "unbroken")
    assert unbroken.code == 0, unbroken.err
    draws = np.random.default_rng(0)
    for number in range(deaths):
        folder = tmp_path / f"killed-{number}"
        died = victim.run(*start, "-o", folder, die_at=int(draws.integers(60, unbroken.calls)))
        assert died.code == -9
        ended = victim.run("cross-validate", "--resume", folder, "--refit", "--json")
        assert ended.code == 0, ended.err
        for name in (*DECISIVE, "final/result.json", "final/model.onnx"):
            assert (folder / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
        assert not list(folder.rglob(".*")), "a stray file stayed"
        assert not list(folder.glob("folds/*-checkpoints"))


def test_the_final_model_learns_from_all_and_is_tested_once(
    whole: CrossValidation, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(whole.folder, folder)
    found = go_on(folder)
    images: list[int] = []

    def watch(report: object) -> None:
        if isinstance(report, StepReport) and report.epoch == 1:
            images.append(report.images)

    tested = refit(found, watch)
    assert sum(images) == len(whole.pictures)
    assert refit(found) == tested
    assert len((folder / "final" / "test_openings.jsonl").read_text().splitlines()) == 1
    card = open_recognizer(folder / "final" / "model.onnx").card
    assert card.calibration.source == "3-fold"
    assert card.calibration.total == len(whole.pictures)
    assert card.test is not None
    assert card.test.wrong == tested.wrong


def test_the_report_is_complete_in_itself(whole: CrossValidation) -> None:
    from inkdigit.studies.cross_validation.report import write_report

    result = cross_validation_result.judge(whole)
    words = read_offline_page(write_report(whole, result, None).read_text("utf-8")).words
    assert "mean accuracy of 6 networks" in words
    assert "The test part was not opened" in words
    assert f"{result.pooled[1].wrong} of {len(whole.pictures)}" in words


def test_other_pictures_are_refused(pictures: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(pictures, mine)
    begin(config_for(mine), Plan(folds=2), tmp_path / "study")
    (mine / "dash" / "1.png").unlink()
    with pytest.raises(DataError, match="changed since"):
        go_on(tmp_path / "study")


def test_a_damaged_fold_is_named(whole: CrossValidation, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(whole.folder, folder)
    (folder / "folds" / "repeat-2-fold-1" / "answers.npz").write_bytes(b"PK")
    with pytest.raises(CheckpointError, match=r"repeat-2-fold-1 is damaged.*--resume trains"):
        go_on(folder)


def test_a_study_in_the_way_is_not_touched(whole: CrossValidation, pictures: Path) -> None:
    with pytest.raises(RunError, match=r"holds a study already.*--resume"):
        begin(config_for(pictures), PLAN, whole.folder)


def test_another_commands_study_is_refused(whole: CrossValidation, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(whole.folder, folder)
    file = folder / "study.json"
    file.write_text(file.read_text().replace('"cross-validate"', '"search"'))
    with pytest.raises(RunError, match="is a study of `inkdigit search`"):
        go_on(folder)


def test_all_but_test_is_what_a_run_learns_and_chooses_by(pictures: Path) -> None:
    source = open_source(config_for(pictures).data)
    joined = all_but_test(source)
    assert len(joined) == len(source.train) + len(source.validation)
    assert joined.sha256 not in {source.train.sha256, source.validation.sha256}
