import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inkdigit.errors import RunError
from inkdigit.evaluation.run_record import read
from tests.evaluation.run_folder import Recipe, build_run


def test_a_finished_run_is_read_whole(run: Path) -> None:
    record = read(run)
    assert record.name == "fast-run"
    assert [epoch.epoch for epoch in record.epochs] == [1, 2, 3]
    assert [step.step for step in record.steps] == list(range(1, 25))
    assert record.chosen.iterations == 24
    assert record.config.training.epochs == 3
    assert record.result.test.wrong == 5
    assert len(record.own_test_openings) == 1
    assert record.augmented is not None


def test_the_contact_sheet_is_optional(run: Path) -> None:
    (run / "augmented.png").unlink()
    assert read(run).augmented is None


def test_keys_of_a_later_version_are_passed_over(run: Path) -> None:
    _change(run / "environment.json", lambda record: record | {"weather": "fine"})
    read(run)


def test_openings_of_other_data_are_not_the_runs_own(run: Path) -> None:
    opening = json.loads((run / "test_openings.jsonl").read_text())
    with (run / "test_openings.jsonl").open("a") as file:
        file.write(json.dumps(opening | {"sha256": "b" * 64}) + "\n")
    record = read(run)
    assert (len(record.openings), len(record.own_test_openings)) == (2, 1)


@pytest.mark.parametrize("place", ["absent", "empty"])
def test_what_is_no_run_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=rf"{place} .*expected the folder of a run") as caught:
        read(tmp_path / place)
    assert "\n" not in str(caught.value)


def test_an_unfinished_run_is_refused(run: Path) -> None:
    (run / "result.json").unlink()
    with pytest.raises(RunError, match="not finished"):
        read(run)


@pytest.mark.parametrize(
    "name",
    [
        *("environment.json", "splits.json", "model.json", "metrics.jsonl"),
        *("timings.jsonl", "validation.json", "test_openings.jsonl"),
    ],
)
def test_every_file_is_needed_and_must_be_whole(run: Path, name: str) -> None:
    content = (run / name).read_text()
    (run / name).write_text(content[: len(content) // 2].rstrip("\n")[:-1] + "\n")
    with pytest.raises(RunError, match=name) as caught:
        read(run)
    assert "\n" not in str(caught.value)
    (run / name).unlink()
    with pytest.raises(RunError, match=f"has no {name}"):
        read(run)


def test_a_last_line_that_a_killed_process_left_half_written_does_not_count(run: Path) -> None:
    before = read(run).openings
    with (run / "test_openings.jsonl").open("a") as file:
        file.write('{"opened": "2026-')
    assert read(run).openings == before


def test_a_bad_line_of_a_log_is_named(run: Path) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"kind":"week"}\n')
    with pytest.raises(RunError, match=r"metrics.jsonl, line 28"):
        read(run)


def test_a_bad_configuration_is_the_runs_fault(run: Path) -> None:
    (run / "config.toml").write_text("[training]\nepoch = 3\n")
    with pytest.raises(RunError, match=r"its configuration .*training\.epoch"):
        read(run)


def test_a_chosen_epoch_that_was_never_logged_is_refused(run: Path) -> None:
    _change(run / "result.json", lambda record: record | {"epoch": 9})
    with pytest.raises(RunError, match="chose epoch 9"):
        read(run)


def test_a_run_of_one_epoch_is_read(tmp_path: Path) -> None:
    assert len(read(build_run(tmp_path / "short", Recipe(epochs=1))).epochs) == 1


def _change(file: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
