"""`inkdigit data` says what there is, writes what was asked for, and fails in one line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from inkdigit.cli.data import app
from inkdigit.data.sources import mnist
from inkdigit.data.sources.cache import packs
from inkdigit.errors import ConfigError, DataError, InkdigitError
from inkdigit.types import Images, Labels


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def succeed(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def fail(*arguments: object) -> InkdigitError:
    error = run(*arguments).exception
    assert isinstance(error, InkdigitError), error
    assert "\n" not in str(error)
    return error


def test_info_counts_splits_and_classes() -> None:
    lines = succeed("info").splitlines()
    assert lines[0] == "mnist-5k: 10 classes, 28×28, grey, framed as MNIST does it"
    assert lines[3].split() == ["0", "350", "50", "100"]
    assert lines[13].split() == ["all", "3,500", "500", "1,000"]


def test_info_for_machines_is_one_object() -> None:
    found = json.loads(succeed("info", "mnist-5k", "--json", "-s", "data.split_seed=3"))
    assert found["source"] == "mnist-5k"
    assert found["classes"] == list("0123456789")
    assert (found["image_size"], found["channels"], found["inverted"]) == (28, 1, False)
    assert (found["left_out"], found["bad_pictures"]) == (0, [])
    assert found["splits"]["validation"]["total"] == 500
    assert found["splits"]["test"]["classes"]["7"] == 100
    default = json.loads(succeed("info", "--json"))
    assert found["splits"]["test"]["sha256"] != default["splits"]["test"]["sha256"]


def test_info_draws_a_contact_sheet_of_training_pictures(tmp_path: Path) -> None:
    output = succeed("info", "-o", tmp_path / "sheet.png", "--json")
    assert len(output.splitlines()) == 1
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (978, 1158)


def test_an_exported_source_has_the_same_splits(tmp_path: Path) -> None:
    assert succeed("export", "mnist-5k", tmp_path / "png").startswith("5,000 pictures in")
    assert len(list((tmp_path / "png" / "7").glob("*.png"))) == 500
    one = json.loads(succeed("info", "--json"))
    other = json.loads(succeed("info", tmp_path / "png", "--json"))
    assert one["splits"] == other["splits"]
    assert other["source"] == str(tmp_path / "png")


def test_parts_are_exported_as_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: tuple[Images, Labels]
) -> None:
    from tests.data.sources.test_idx import idx

    (tmp_path / "mnist").mkdir()
    images, labels = digits[0][::100, ..., 0], digits[1][::100].astype(np.uint8)
    for part in ("train", "t10k"):
        (tmp_path / "mnist" / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (tmp_path / "mnist" / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    monkeypatch.setenv("INKDIGIT_DATA", str(tmp_path))
    succeed("export", "mnist", tmp_path / "png")
    assert (tmp_path / "png" / "train" / "0" / "00004.png").is_file()
    assert (tmp_path / "png" / "test" / "9" / "00000.png").is_file()


def test_export_never_writes_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        error = fail("export", "mnist-5k", place)
        assert isinstance(error, ConfigError)
        assert "not empty" in str(error)
    (tmp_path / "empty").mkdir()
    succeed("export", "mnist-5k", tmp_path / "empty")


def test_a_stopped_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupt)
    assert run("export", "mnist-5k", tmp_path / "png").exit_code != 0
    assert not list(tmp_path.glob("*png*"))


def test_the_cache_is_shown_and_cleared(tmp_path: Path, own_cache: Path) -> None:
    assert succeed("cache", "show").strip() == f"0.0 MB  in {own_cache}"
    succeed("export", "mnist-5k", tmp_path / "png")
    succeed("info", tmp_path / "png")
    assert str(next(packs().iterdir())) in succeed("cache", "show")
    assert succeed("cache", "clear") == f"4.0 MB removed from {own_cache}\n"
    assert not list(packs().iterdir())


def test_fetch_without_a_network_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INKDIGIT_DATA", raising=False)
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    assert isinstance(fail("fetch"), DataError)
    assert "mnist" in str(fail("fetch", "mnits"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["info", "mnist5k"], 2),
        (["info", "-s", "data.sizee=3"], 2),
        (["info", "-s", "data.image_size=300"], 2),
        (["info", "./nowhere"], 5),
        (["fetch", "cifar"], 2),
    ],
)
def test_every_mistake_has_its_exit_code(arguments: list[str], code: int) -> None:
    assert fail(*arguments).exit_code == code


def test_help_loads_neither_numpy_nor_torch() -> None:
    code = (
        "import sys, inkdigit.cli.data;"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'torch', 'PIL', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
