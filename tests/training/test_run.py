"""A whole run on a small folder: every file is there, the test is opened once, and it repeats."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from inkdigit.config import load
from inkdigit.errors import CheckpointError, ConfigError, DataError, DivergedError, RunError
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.training.choice import most_wrong, rank
from inkdigit.training.loop import EpochReport, Score, StepReport
from inkdigit.training.run import run
from inkdigit.training.run_folder.checkpoint import load_weights
from inkdigit.training.run_folder.events import Event, Phase, Reading, RunResult, Started
from tests.training.conftest import CLASSES, config_for, draw_strokes


@pytest.fixture(scope="module")
def finished(
    pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunResult, list[Event]]:
    events: list[Event] = []
    folder = tmp_path_factory.mktemp("runs") / "one"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        return run(config_for(pictures), folder, watch=events.append), events


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_a_run_leaves_every_file_that_the_design_names(
    finished: tuple[RunResult, list[Event]],
) -> None:
    folder = finished[0].folder
    names = {entry.name for entry in folder.iterdir() if "tfevents" not in entry.name}
    assert names == {
        "README.md",
        "augmented.png",
        "checkpoints",
        "config.toml",
        "environment.json",
        "metrics.jsonl",
        "model.json",
        "model.onnx",
        "report.html",
        "result.json",
        "splits.json",
        "test_openings.jsonl",
        "timings.jsonl",
        "validation.json",
    }
    checkpoints = {entry.name for entry in (folder / "checkpoints").iterdir()}
    assert checkpoints == {"best", "last", "previous"}
    assert not [entry for entry in folder.parent.iterdir() if entry != folder]


def test_events_come_in_the_order_of_the_work(finished: tuple[RunResult, list[Event]]) -> None:
    _, events = finished
    kinds = [event.name if isinstance(event, Phase) else type(event) for event in events]
    start = kinds.index(Started)
    assert set(kinds[:start]) == {Reading}  # the folder was packed for the first time
    assert kinds[-3:] == ["export", "test", "report"]
    middle = kinds[start + 1 : -3]
    assert set(middle) == {StepReport, EpochReport}
    assert middle.count(EpochReport) == 3


def test_the_test_is_opened_once_and_says_what_it_opened(
    finished: tuple[RunResult, list[Event]],
) -> None:
    result, _ = finished
    (opening,) = lines_of(result.folder / "test_openings.jsonl")
    splits = json.loads((result.folder / "splits.json").read_text())["splits"]
    assert opening["sha256"] == splits["test"]["sha256"]
    assert opening["size"] == splits["test"]["size"] == result.test.total


def test_the_last_epoch_that_is_as_good_as_any_on_validation_is_the_one_that_is_tested(
    finished: tuple[RunResult, list[Event]],
) -> None:
    result, events = finished
    scores = {event.epoch: event.validation for event in events if isinstance(event, EpochReport)}
    most = most_wrong(min(scores.values(), key=rank))
    assert result.epoch == max(epoch for epoch, each in scores.items() if each.wrong <= most)
    record = json.loads((result.folder / "validation.json").read_text())
    wrong = int((np.array(record["labels"]) != np.array(record["predicted"])).sum())
    assert wrong == scores[result.epoch].wrong


def test_an_epoch_of_which_chance_cannot_be_told_is_as_good_and_patience_ends_where_none_is_better(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 24 pictures: 1.8 is a standard error where three are wrong."""
    wrong = iter([9, 3, 4, 6, 3, 2])
    monkeypatch.setattr(
        "inkdigit.training.run.score",
        lambda *_, **__: Score(0.5, 1.0, 1.0, next(wrong), 24),
    )
    config = config_for(pictures, training={"epochs": 6, "early_stopping": 2})
    result = run(config, tmp_path / "run")
    assert (result.epoch, result.validation.wrong) == (3, 4)
    assert next(wrong) == 3  # four epochs: the second had the fewest wrong, two were not better


def test_metrics_hold_no_clock_and_repeat_to_the_byte(
    finished: tuple[RunResult, list[Event]], pictures: Path, tmp_path: Path
) -> None:
    first = finished[0].folder
    second = run(config_for(pictures), tmp_path / "again").folder
    for name in ("metrics.jsonl", "splits.json", "validation.json", "config.toml", "model.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    for name in ("best", "last"):
        weights = Path("checkpoints", name, "weights.safetensors")
        assert (first / weights).read_bytes() == (second / weights).read_bytes()
    assert open_recognizer(first).card == open_recognizer(second).card


def test_the_saved_configuration_runs_again_to_the_same_result(
    finished: tuple[RunResult, list[Event]], tmp_path: Path
) -> None:
    first = finished[0]
    again = run(load(file=first.folder / "config.toml"), tmp_path / "again")
    assert again.test == first.test


def test_tensorboard_holds_curves_pictures_and_the_test(
    finished: tuple[RunResult, list[Event]],
) -> None:
    result, events = finished
    board = EventAccumulator(str(result.folder))
    board.Reload()
    tags = board.Tags()
    steps = [event for event in events if isinstance(event, StepReport)]
    losses = board.Scalars("step/training loss")
    assert [(each.step, pytest.approx(each.value)) for each in losses] == [
        (each.step, pytest.approx(each.loss)) for each in steps
    ]
    assert {
        "epoch/loss/training",
        "epoch/loss/validation",
        "epoch/accuracy/training",
        "epoch/accuracy/validation",
        "step/learning rate",
        "step/gradient norm",
        "step/images per second",
    } <= set(tags["scalars"])
    assert set(tags["images"]) == {"samples/as they are", "samples/augmented"}
    (tested,) = board.Scalars("test/accuracy")
    assert tested.value == pytest.approx(result.test.accuracy)


def test_early_stopping_stops_when_validation_no_longer_improves(
    pictures: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    config = config_for(
        pictures,
        training={"epochs": 50, "early_stopping": 2},
        optimizer={"learning_rate": 1e-12},
        averaging={"decay": 0.0},
    )
    run(config, tmp_path / "run", watch=events.append)
    epochs = [event for event in events if isinstance(event, EpochReport)]
    top = min(epochs, key=lambda epoch: rank(epoch.validation))
    assert epochs[-1].epoch == top.epoch + 2 < 50


def test_a_folder_that_holds_something_is_not_touched(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    with pytest.raises(RunError, match=r"exists already.*-o"):
        run(config_for(pictures), tmp_path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "cache"] == ["precious"]


def test_bad_data_leaves_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(config_for(tmp_path / "no" / "such"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_that_diverges_names_the_last_good_checkpoint(pictures: Path, tmp_path: Path) -> None:
    config = config_for(pictures, optimizer={"learning_rate": 1e30}, schedule={"name": "constant"})
    with pytest.raises(DivergedError, match=r"epoch 1, step \d+.*Last good checkpoint: none"):
        run(config, tmp_path / "run")
    assert not (tmp_path / "run" / "result.json").exists()


def test_fine_tuning_starts_where_the_other_run_ended(
    finished: tuple[RunResult, list[Event]], pictures: Path, tmp_path: Path
) -> None:
    events: list[Event] = []
    config = config_for(
        pictures,
        training={"epochs": 1},
        optimizer={"learning_rate": 1e-9},
        averaging={"decay": 0.0},
        augmentation={"shift": 0.0},
    )
    first = finished[0]
    result = run(config, tmp_path / "tuned", init_from=first.folder, watch=events.append)
    start = next(event for event in events if isinstance(event, StepReport))
    fresh = run(config, tmp_path / "fresh")
    assert result.validation.loss < fresh.validation.loss
    assert start.loss == pytest.approx(first.validation.loss, abs=0.25)


def test_fine_tuning_for_other_classes_starts_only_the_last_layer_anew(
    finished: tuple[RunResult, list[Event]],
    pictures: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fewer = tmp_path / "fewer"
    for name in CLASSES[:2]:
        (fewer / name).mkdir(parents=True)
        for file in (pictures / name).iterdir():
            (fewer / name / file.name).write_bytes(file.read_bytes())
    with caplog.at_level(logging.INFO):
        result = run(config_for(fewer), tmp_path / "tuned", init_from=finished[0].folder)
    assert "last layer starts anew" in caplog.text
    assert open_recognizer(result.model).class_names == CLASSES[:2]


def test_fine_tuning_for_classes_of_other_names_does_not_take_their_outputs_over(
    finished: tuple[RunResult, list[Event]], pictures: Path, tmp_path: Path
) -> None:
    renamed = tmp_path / "renamed"
    for old, new in zip(CLASSES, ("x", "y", "z"), strict=True):
        (renamed / new).mkdir(parents=True)
        for file in (pictures / old).iterdir():
            (renamed / new / file.name).write_bytes(file.read_bytes())
    config = config_for(
        renamed,
        training={"epochs": 1},
        optimizer={"learning_rate": 1e-9},
        averaging={"decay": 0.0},
    )
    result = run(config, tmp_path / "tuned", init_from=finished[0].folder)
    first = finished[0].folder / "checkpoints" / "best"
    tuned = result.folder / "checkpoints" / "best"
    before, after = load_weights(first), load_weights(tuned)
    torch.testing.assert_close(before["conv1.weight"], after["conv1.weight"])
    assert not torch.allclose(before["fc.weight"], after["fc.weight"], atol=1e-3)


def test_fine_tuning_from_another_network_names_the_setting(
    finished: tuple[RunResult, list[Event]], pictures: Path, tmp_path: Path
) -> None:
    config = config_for(pictures, model={"name": "two-layer-cnn"})
    with pytest.raises(ConfigError, match=r"holds the network 'fast-cnn'.*model\.name=fast-cnn"):
        run(config, tmp_path / "run", init_from=finished[0].folder)


def test_fine_tuning_from_a_folder_without_a_run_is_refused(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        run(config_for(pictures), tmp_path / "run", init_from=tmp_path)


def test_a_run_can_be_tested_on_another_source(pictures: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    images, labels = draw_strokes(60, seed=77)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = other / "test" / CLASSES[label] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image[:, :, 0]).save(place)  # dark on light this time
        copy = other / "train" / CLASSES[label] / f"{number}.png"
        copy.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - np.roll(image[:, :, 0], 1, axis=0)).save(copy)
    config = config_for(pictures, data={"test_source": str(other)}, training={"epochs": 6})
    result = run(config, tmp_path / "run")
    assert result.test.total == 60
    assert result.test.accuracy > 0.8
