"""An interrupted run goes on to the result that it would have had, to the bit, or says why not."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from inkdigit import durable
from inkdigit.config import RunConfig
from inkdigit.errors import CheckpointError, DataError, RunError, StoppedError
from inkdigit.training.loop import StepReport
from inkdigit.training.run import resume, run
from inkdigit.training.run_folder.events import Event, Phase, RunResult, Started
from tests.training.conftest import config_for

STEPS = 18  # three epochs of six

DECISIVE = (  # what must not differ by a bit
    "metrics.jsonl",
    "validation.json",
    "model.onnx",
    "checkpoints/best/weights.safetensors",
    "checkpoints/last/weights.safetensors",
    "checkpoints/last/state.safetensors",
)

CONFIGS: dict[str, dict[str, dict[str, Any]]] = {
    "averaged sgd": {},
    "adamw without an average": {"optimizer": {"name": "adamw"}, "averaging": {"decay": 0.0}},
    "a network that drops out": {"model": {"name": "two-layer-cnn"}},
    "early stopping": {
        "training": {"early_stopping": 1},
        "optimizer": {"learning_rate": 1e-12},
        "averaging": {"decay": 0.0},
    },
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for all of these tests: the folder is packed once."""
    monkeypatch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.getbasetemp() / "resume-cache"))


@pytest.fixture(scope="module")
def unbroken(
    pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], RunResult]:
    """Give the run that was never interrupted, for one of the `CONFIGS`."""
    done: dict[str, RunResult] = {}

    def find(name: str) -> RunResult:
        if name not in done:
            folder = tmp_path_factory.mktemp("unbroken") / "run"
            done[name] = run(config_for(pictures, **CONFIGS[name]), folder)
        return done[name]

    return find


def decisive(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in DECISIVE}


def stop_after(step: int) -> tuple[Callable[[], bool], Callable[[Event], None]]:
    """Ask to stop once a step is done."""
    steps: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, StepReport):
            steps.append(event.step)

    return lambda: bool(steps) and steps[-1] >= step, watch


def interrupted(config: RunConfig, folder: Path, *, step: int) -> Path:
    stop, watch = stop_after(step)
    with pytest.raises(StoppedError, match=rf"after step {step} of .*--resume"):
        run(config, folder, stop=stop, watch=watch)
    return folder


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("step", [1, 6, 8])
def test_a_stopped_run_goes_on_to_the_same_bits(
    name: str,
    step: int,
    pictures: Path,
    unbroken: Callable[[str], RunResult],
    tmp_path: Path,
) -> None:
    folder = interrupted(config_for(pictures, **CONFIGS[name]), tmp_path / "run", step=step)
    result = resume(folder)
    expected = unbroken(name)
    assert decisive(folder) == decisive(expected.folder)
    assert result.test == expected.test
    assert (result.epoch, result.validation) == (expected.epoch, expected.validation)
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == [
        "best",
        "last",
        "previous",
    ]


def test_a_run_may_be_stopped_again_and_again(
    pictures: Path, unbroken: Callable[[str], RunResult], tmp_path: Path
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=1)
    for step in (2, 7, 12, 13, 18):
        stop, watch = stop_after(step)
        with pytest.raises(StoppedError):
            resume(folder, stop=stop, watch=watch)
    resume(folder)
    assert decisive(folder) == decisive(unbroken("averaged sgd").folder)
    lines = (folder / "resumptions.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 7, 12, 13, 18]


def test_what_was_logged_after_the_checkpoint_is_cut_off(
    pictures: Path, unbroken: Callable[[str], RunResult], tmp_path: Path
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    with (folder / "metrics.jsonl").open("a") as log:
        log.write('{"kind":"step","epoch":2,"step":9,"loss":0.5}\n{"kind":"st')
    resume(folder)
    assert decisive(folder) == decisive(unbroken("averaged sgd").folder)


def test_the_time_of_all_processes_is_counted(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=12)
    card = folder / "checkpoints" / "last" / "card.json"
    before = json.loads(card.read_text())["progress"]["total_s"]
    assert before > 0
    assert resume(folder).total_s > before


def test_watchers_are_told_where_the_run_goes_on(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    events: list[Event] = []
    resume(folder, watch=events.append)
    (started,) = (event for event in events if isinstance(event, Started))
    assert (started.steps_done, started.steps, started.epochs) == (8, 6, 3)
    assert [event.step for event in events if isinstance(event, StepReport)] == list(
        range(9, STEPS + 1)
    )


@pytest.mark.parametrize("phase", ["export", "test", "report"])
def test_a_run_that_was_killed_after_its_training_is_finished(
    phase: str, pictures: Path, unbroken: Callable[[str], RunResult], tmp_path: Path
) -> None:
    class KilledError(Exception):
        pass

    def kill(event: Event) -> None:
        if event == Phase(phase):  # type: ignore[arg-type]
            raise KilledError

    folder = tmp_path / "run"
    with pytest.raises(KilledError):
        run(config_for(pictures), folder, watch=kill)
    assert not (folder / "report.html").exists()
    events: list[Event] = []
    result = resume(folder, watch=events.append)
    assert result.test == unbroken("averaged sgd").test
    assert decisive(folder) == decisive(unbroken("averaged sgd").folder)
    assert not [event for event in events if isinstance(event, StepReport)]
    assert (folder / "report.html").is_file()
    assert len((folder / "test_openings.jsonl").read_text().splitlines()) == 1


def test_a_finished_run_gives_its_result_and_is_not_touched(
    pictures: Path, unbroken: Callable[[str], RunResult]
) -> None:
    expected = unbroken("averaged sgd")
    before = {path: path.stat().st_mtime_ns for path in expected.folder.rglob("*")}
    events: list[Event] = []
    assert resume(expected.folder, watch=events.append) == expected
    assert {path: path.stat().st_mtime_ns for path in expected.folder.rglob("*")} == before
    assert events == []


def test_a_run_that_was_fine_tuned_goes_on_from_those_weights(
    pictures: Path, unbroken: Callable[[str], RunResult], tmp_path: Path
) -> None:
    first = unbroken("averaged sgd").folder
    whole = run(config_for(pictures), tmp_path / "whole", init_from=first)

    class KilledError(Exception):
        pass

    def kill(event: Event) -> None:
        raise KilledError

    with pytest.raises(KilledError):  # before its first checkpoint
        run(config_for(pictures), tmp_path / "killed", init_from=first, watch=kill)
    resume(tmp_path / "killed")
    assert decisive(tmp_path / "killed") == decisive(whole.folder)


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "remove the folder"])
@pytest.mark.parametrize("name", ["state.safetensors", "card.json", "manifest.json"])
def test_a_damaged_checkpoint_gives_way_to_the_previous_one(
    damage: str,
    name: str,
    pictures: Path,
    unbroken: Callable[[str], RunResult],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    harm(folder / "checkpoints" / "last" / name, damage)
    resume(folder)
    assert "Going on from previous, step 6" in caplog.text
    assert decisive(folder) == decisive(unbroken("averaged sgd").folder)


def harm(file: Path, damage: str) -> None:
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 3] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "remove":
        file.unlink()
    else:
        shutil.rmtree(file.parent)


def test_tensorboard_shows_every_step_once(
    pictures: Path, unbroken: Callable[[str], RunResult], tmp_path: Path
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    shutil.rmtree(folder / "checkpoints" / "last")  # the events of steps 7 and 8 stay
    resume(folder)
    losses = []
    for place in (folder, unbroken("averaged sgd").folder):
        board = EventAccumulator(str(place))
        board.Reload()
        losses.append([(each.step, each.value) for each in board.Scalars("step/training loss")])
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[0]] == list(range(1, STEPS + 1))


@pytest.mark.parametrize("name", ["last", "best"])
def test_damage_that_cannot_be_made_good_is_told_at_once(
    name: str, pictures: Path, tmp_path: Path
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    harm(folder / "checkpoints" / name / "weights.safetensors", "flip")
    if name == "last":
        harm(folder / "checkpoints" / "previous" / "card.json", "cut")
    with pytest.raises(CheckpointError, match=r"differs from its SHA-256"):
        resume(folder)


def test_a_log_that_lost_lines_is_refused(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    (folder / "metrics.jsonl").write_text("")
    with pytest.raises(CheckpointError, match=r"metrics\.jsonl has 0 bytes, expected at least"):
        resume(folder)


def test_other_pictures_are_refused(pictures: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(pictures, mine)
    folder = interrupted(config_for(mine), tmp_path / "run", step=1)
    (mine / "dash" / "1.png").unlink()
    with pytest.raises(DataError, match=r"pictures have the hash .* they changed since"):
        resume(folder)


def test_another_versions_run_is_refused(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=1)
    file = folder / "environment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"inkdigit": "0.0.1"}))
    with pytest.raises(RunError, match=r"begun with inkdigit 0\.0\.1.*pip install inkdigit==0"):
        resume(folder)


def test_changed_settings_are_refused(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=1)
    file = folder / "config.toml"
    file.write_text(file.read_text().replace("epochs = 3", "epochs = 4"))
    with pytest.raises(RunError, match=r"config\.toml was changed"):
        resume(folder)


def test_two_processes_do_not_go_on_with_one_run(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=1)
    with durable.claim(folder), pytest.raises(RunError, match="another process"):
        resume(folder)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no config\.toml"):
        resume(tmp_path)
    with pytest.raises(RunError, match="is no folder"):
        resume(tmp_path / "none")


def test_another_machine_is_named_as_a_reason_for_other_bits(
    pictures: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=1)
    file = folder / "environment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"torch": "2.0"}))
    with caplog.at_level(logging.WARNING):
        resume(folder)
    assert "the run began with torch 2.0" in caplog.text


def test_a_run_goes_on_as_precisely_as_it_began(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster = "inkdigit.training.device.bf16_is_faster"
    monkeypatch.setattr(faster, lambda: True)
    unbroken = run(config_for(pictures), tmp_path / "unbroken")
    folder = interrupted(config_for(pictures), tmp_path / "run", step=5)
    monkeypatch.setattr(faster, lambda: False)  # the same run on a machine that would take fp32
    resume(folder)
    metrics = "metrics.jsonl"
    assert (folder / metrics).read_bytes() == (unbroken.folder / metrics).read_bytes()
    noted = json.loads((folder / "resumptions.jsonl").read_text().splitlines()[-1])
    assert noted["precision"] == "bfloat16"


def test_what_a_killed_process_left_half_written_is_removed(pictures: Path, tmp_path: Path) -> None:
    folder = interrupted(config_for(pictures), tmp_path / "run", step=8)
    (folder / ".result.json.x.part").write_text("{")
    (folder / "checkpoints" / ".last.y.part").mkdir()
    (folder / "checkpoints" / "best").rename(folder / "checkpoints" / ".best.z.old")
    resume(folder)
    assert not list(folder.rglob(".*"))
