"""A measurement that is finished is not repeated, and other settings are not mistaken for it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.artifacts import keep
from inkdigit.config import dump, load


def test_a_finished_measurement_is_read_and_not_repeated(tmp_path: Path) -> None:
    times = []

    def measure(folder: Path) -> Mapping[str, Any]:
        times.append(folder)
        (folder / "log.txt").write_text("said")
        return {"accuracy": 0.5}

    first = keep(tmp_path / "a" / "seed-00", {"seeds": (0, 1)}, measure)
    again = keep(tmp_path / "a" / "seed-00", {"seeds": (0, 1)}, measure)
    assert len(times) == 1
    assert first["accuracy"] == again["accuracy"] == 0.5
    assert (tmp_path / "a" / "seed-00" / "log.txt").read_text() == "said"


def test_a_measurement_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> Mapping[str, Any]:
        (folder / "log.txt").write_text("half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        keep(tmp_path / "a", {}, fail)
    assert not list(tmp_path.iterdir())


def test_a_result_of_other_settings_is_refused(tmp_path: Path) -> None:
    keep(tmp_path / "a", {"seed": 0}, lambda _: {})
    with pytest.raises(SystemExit, match="other settings"):
        keep(tmp_path / "a", {"seed": 1}, lambda _: {})
    assert json.loads((tmp_path / "a" / "result.json").read_text())["settings"] == {"seed": 0}


def test_a_setting_that_came_later_does_not_make_a_kept_run_another(tmp_path: Path) -> None:
    today = dump(load(preset="fast"))
    older = "".join(line for line in today.splitlines(True) if "appearance" not in line)
    assert older != today
    keep(tmp_path / "a", {"config": older}, lambda _: {"accuracy": 0.5})
    assert keep(tmp_path / "a", {"config": today}, lambda _: {})["accuracy"] == 0.5
    other = dump(load(preset="fast", overrides=("training.epochs=5",)))
    with pytest.raises(SystemExit, match="other settings"):
        keep(tmp_path / "a", {"config": other}, lambda _: {})
