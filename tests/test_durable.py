"""Files appear whole or not at all, whatever fails on the way."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from inkdigit import durable
from inkdigit.errors import RunError
from tests.faults import REFUSALS, refusing, small_disk


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
    with closing(durable.Log(log)) as lines:
        lines.add_line({"step": 2})
        lines.sync()
        assert log.read_text() == '{"step":1}\n{"step":2}\n'
        lines.add_line({"step": 3})
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [1, 2, 3]


def fill(path: Path, content: str) -> None:
    with durable.replace_folder(path) as aside:
        durable.write_text(aside / "content", content)


CHANGES: list[tuple[str, Callable[[Path], None]]] = [
    ("a file", lambda path: durable.write_text(path / "file", "new")),
    ("a line", lambda path: durable.append_line(path / "log", {"line": "new"})),
    ("a folder", lambda path: fill(path / "folder", "new")),
]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("change", [change for _, change in CHANGES], ids=[n for n, _ in CHANGES])
def test_whatever_the_disk_refuses_the_old_or_the_new_is_there_whole(
    change: Callable[[Path], None], refusal: int, tmp_path: Path
) -> None:
    def content() -> dict[str, str]:
        return {
            str(file.relative_to(tmp_path)): file.read_text()
            for file in tmp_path.rglob("*")
            if file.is_file()
        }

    durable.write_text(tmp_path / "file", "old")
    durable.append_line(tmp_path / "log", {"line": "old"})
    fill(tmp_path / "folder", "old")
    old = content()
    with refusing(0) as disk:
        change(tmp_path)
    new = content()
    assert len(old.items() ^ new.items()) == 2
    for at in range(1, disk.calls + 1):
        for name, text in old.items():
            (tmp_path / name).write_text(text)
        blamed = ""
        try:
            with refusing(at, refusal):
                change(tmp_path)
        except OSError as error:
            blamed = Path(error.filename).name
        assert blamed in {"", "file", "log", "folder", "content", tmp_path.name}
        assert content() in ((old, new) if blamed else (new,))


def test_a_log_whose_disk_was_full_goes_on_after_its_last_whole_line(tmp_path: Path) -> None:
    with closing(durable.Log(tmp_path / "log")) as log:
        log.add_line({"step": 1})
        log.sync()
        log.add_line({"step": 2})
        with refusing(1), pytest.raises(OSError, match="No space left"):
            log.sync()
        log.add_line({"step": 3})
        log.sync()
        assert log.length == (tmp_path / "log").stat().st_size
    assert (tmp_path / "log").read_text() == '{"step":1}\n{"step":3}\n'


def test_a_line_is_never_added_to_half_a_line(tmp_path: Path) -> None:
    for whole in ("", '{"step":1}\n'):
        (tmp_path / "log").write_text(whole + '{"st')
        durable.append_line(tmp_path / "log", {"step": 2})
        assert (tmp_path / "log").read_text() == whole + '{"step":2}\n'


def test_a_log_can_be_cut_to_what_was_safe(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"step":1}\n{"st')
    with closing(durable.Log(tmp_path / "log", keep_bytes=11)) as log:
        log.add_line({"step": 2})
    assert (tmp_path / "log").read_text() == '{"step":1}\n{"step":2}\n'


def test_after_a_kill_the_old_folder_comes_back_and_what_was_half_written_goes(
    tmp_path: Path,
) -> None:
    for name in (".best.abc.old", ".best.abc.part", ".last.def.old", "last"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "from").write_text(name)
    (tmp_path / ".result.json.ghi.part").write_text("{")
    durable.recover(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best", "last"]
    assert (tmp_path / "best" / "from").read_text() == ".best.abc.old"
    assert (tmp_path / "last" / "from").read_text() == "last"


def test_a_folder_is_claimed_by_one_at_a_time(tmp_path: Path) -> None:
    with durable.claim(tmp_path):
        with pytest.raises(RunError, match="another process"), durable.claim(tmp_path):
            raise AssertionError("it was claimed twice")
        code = (
            "import sys; from pathlib import Path; from inkdigit import durable\n"
            "with durable.claim(Path(sys.argv[1])): pass"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False
        )
        assert "another process" in other.stderr
    with durable.claim(tmp_path):
        assert not list(tmp_path.iterdir())


def test_a_disk_that_is_really_full_is_named_by_the_place_that_was_meant(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kilobytes=64) as small:
        durable.write_bytes(small / "model", b"old")
        with pytest.raises(OSError, match="No space left") as caught:
            durable.write_bytes(small / "model", bytes(100_000))
        assert caught.value.filename == str(small / "model")
        assert (small / "model").read_bytes() == b"old"
        assert [path.name for path in small.iterdir()] == ["model"]
