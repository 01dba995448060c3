"""Files appear whole or not at all, whatever fails on the way."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from inkdigit import durable


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "result.json"
    durable.write_json(file, {"accuracy": 0.5})
    durable.write_json(file, {"accuracy": 0.75})
    assert json.loads(file.read_text()) == {"accuracy": 0.75}
    assert [entry.name for entry in file.parent.iterdir()] == ["result.json"]


def test_a_write_that_fails_leaves_the_old_file_and_no_stray_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.onnx"
    durable.write_bytes(file, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        durable.write_bytes(file, b"new")
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


def test_not_a_number_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        durable.write_json(tmp_path / "result.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_folder_appears_with_everything_in_it_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "run"
    with durable.new_folder(place) as aside:
        (aside / "config.toml").write_text("x = 1")
        assert not place.exists()
    assert (place / "config.toml").read_text() == "x = 1"

    class StoppedError(Exception):
        pass

    def stop_half_way(path: Path) -> None:
        with durable.new_folder(path) as aside:
            (aside / "half").write_text("")
            raise StoppedError

    with pytest.raises(StoppedError):
        stop_half_way(tmp_path / "other")
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_holds_something_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "run"
    place.mkdir()
    (place / "precious").write_text("keep")

    def fill() -> None:
        with durable.new_folder(place) as aside:
            (aside / "new").write_text("")

    with pytest.raises(FileExistsError, match="appeared while"):
        fill()
    assert [entry.name for entry in place.iterdir()] == ["precious"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_a_replaced_folder_is_kept_where_asked(tmp_path: Path) -> None:
    for content in ("1", "2", "3"):
        with durable.replace_folder(tmp_path / "last", keep=tmp_path / "previous") as aside:
            (aside / "epoch").write_text(content)
    assert (tmp_path / "last" / "epoch").read_text() == "3"
    assert (tmp_path / "previous" / "epoch").read_text() == "2"
    with durable.replace_folder(tmp_path / "last") as aside:
        (aside / "epoch").write_text("4")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["last", "previous"]


def test_a_log_grows_by_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    durable.append_line(log, {"step": 1})
    with closing(durable.LineLog(log)) as lines:
        lines.add({"step": 2})
        lines.sync()
        assert log.read_text() == '{"step":1}\n{"step":2}\n'
        lines.add({"step": 3})
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [1, 2, 3]
