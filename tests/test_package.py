"""The package as a whole: what it exports, what it must never load or do, and how it leaves."""

import ast
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import inkdigit
from inkdigit.config import presets
from inkdigit.version import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "inkdigit"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib"}
READING_WING = ("evaluation", "pictures", "reading", "recognition")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m inkdigit` in a process of its own."""
    command = [sys.executable, "-m", "inkdigit", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def loaded_after(code: str) -> set[str]:
    """Give the top-level modules that a fresh process has loaded once it has run `code`."""
    end = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{end}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def imports(path: Path) -> Iterator[str]:
    """Give the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def importers(names: set[str]) -> set[str]:
    """Give the files of the package that import one of these top-level modules."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if any(name.partition(".")[0] in names for name in imports(path))
    }


def test_the_public_names_are_sorted_resolve_and_are_documented() -> None:
    assert list(inkdigit.__all__) == sorted(inkdigit.__all__)
    for name in inkdigit.__all__:
        assert getattr(inkdigit, name) is not None
    documented = re.findall(
        r"^- `(\w+)`:", (ROOT / "docs" / "python.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(documented) == list(inkdigit.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no 'trian'"):
        _ = inkdigit.trian


def test_the_reading_wing_loads_no_torch() -> None:
    names = ["inkdigit"]
    for room in READING_WING:
        place = [str(PACKAGE / room)]
        names += [each.name for each in pkgutil.walk_packages(place, f"inkdigit.{room}.")]
    assert len(names) > len(READING_WING)
    loaded = loaded_after("\n".join(f"import {name}" for name in names))
    assert not loaded & {"torch", "torchvision"}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]])
def test_help_loads_neither_torch_nor_numpy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["inkdigit", *{arguments!r}]
from inkdigit.cli.app import main
try:
    main()
except SystemExit as left:
    assert left.code == 0
"""
    assert not loaded_after(code) & {"numpy", "onnxruntime", "torch", "torchvision"}


def test_the_version_is_said() -> None:
    assert run("--version").stdout == f"inkdigit {__version__}\n"


def test_types_and_presets_lie_in_the_package() -> None:
    assert files("inkdigit").joinpath("py.typed").is_file()
    assert {"fast", "small", "paper-cnn", "paper-resnet18"} <= presets().keys()


def test_the_wheel_takes_what_is_not_python_along() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    builder = wheel.WheelBuilder(str(ROOT))
    shipped = {file.distribution_path for file in builder.recurse_included_files()}
    others = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix in {".toml", ".j2", ".typed", ""}
    }
    assert "inkdigit/py.typed" in others
    assert others <= shipped


def test_no_module_is_named_for_nothing() -> None:
    nothing = {"utils", "util", "common", "helpers", "base", "misc"}
    assert not [path for path in PACKAGE.rglob("*") if path.stem in nothing]


def test_torchvision_is_imported_where_folders_are_decoded_only() -> None:
    assert importers({"torchvision"}) == {"data/sources/folder.py"}


def test_only_the_download_of_mnist_can_reach_a_network() -> None:
    assert importers(NETWORK) == {"data/sources/download.py"}


def test_nothing_can_run_code_out_of_a_file() -> None:
    pickles = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
    assert importers(pickles) == set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "compile", "__import__", "torch.load"}, path
            for keyword in node.keywords:
                allows = keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
                assert not allows, path


def test_an_unknown_command_is_wrong_usage() -> None:
    done = run("trian")
    assert done.returncode == 2
    assert "trian" in done.stderr
    assert done.stdout == ""


def test_an_expected_error_is_one_line() -> None:
    done = run("compare", "one", "two")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"inkdigit: one is no folder.*\n", done.stderr)


def test_an_error_of_the_disk_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("data", "info", "mnist-5k", "-o", str(tmp_path / "file" / "sheet.png"))
    assert done.returncode == 1
    assert re.fullmatch(r"inkdigit: .*/file.*\.\n", done.stderr)


def test_a_reader_that_leaves_ends_the_command_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "inkdigit", "train", "--list"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")
