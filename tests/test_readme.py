"""README.md and the guides tell the truth: their commands run, print what is shown, and link."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.readme import rewrite, shorten
from inkdigit.cli.app import app
from inkdigit.data.split import Pool
from inkdigit.models.catalogue import MODELS
from inkdigit.models.line_cnn import LineCNN
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count
from inkdigit.training.lines import LineConfig
from inkdigit.types import Images, Labels

ROOT = Path(__file__).parents[1]
GENERATED = {"cli.md", "configuration.md"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
GUIDES = [page for page in PAGES if page.name not in GENERATED]

Shown = list[tuple[str, str]]  # command, and the output that stands below it


def read(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(language: str, page: Path) -> list[str]:
    """Give the code blocks of a page that are marked as being in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(page), re.DOTALL | re.MULTILINE)


def keys(record: object) -> object:
    """Give a JSON value without its leaves."""
    if isinstance(record, dict):
        return {key: keys(value) for key, value in record.items()}
    return None


def shown(page: Path) -> Shown:
    """Give the `$ inkdigit …` commands of a page."""
    pieces = [re.split(r"^\$ ", b, flags=re.MULTILINE)[1:] for b in blocks("console", page)]
    return [piece.partition("\n")[::2] for block in pieces for piece in block]


def fixed(output: str) -> set[str]:
    """Give the lines of an output without what differs from run to run."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", output)
    text = re.sub(r"\bon (cpu|cuda|mps)\b", "on DEVICE", text)
    text = re.sub(r"\d[\d.,%]*(e-\d+)?", "#", text)
    text = re.sub(r"─+", "─", text)
    return {" ".join(line.split()) for line in text.splitlines()} - {"", "..."}


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch, digits: tuple[Images, Labels]) -> None:
    """Let both `mnist-5k` and `mnist` be the same thousand digits."""
    images, labels = digits[0][::5], digits[1][::5]
    rows = np.random.default_rng(0).permutation(len(labels))
    pool = Pool(
        images=images[rows],
        labels=labels[rows],
        class_names=tuple("0123456789"),
        parts={"train": range(800), "test": range(800, len(rows))},
    )
    monkeypatch.setattr("inkdigit.data.source.read_sample", lambda: (images, labels))
    monkeypatch.setattr("inkdigit.data.source.read_mnist", lambda _watch: pool)


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("page", [p for p in GUIDES if shown(p)], ids=lambda page: page.name)
def test_every_command_runs_and_prints_what_is_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command, expected in shown(page):
        name, *arguments = shlex.split(command)
        assert name == "inkdigit"
        if arguments[0] == "train" and "--list" not in arguments:
            arguments += ["-s", "training.epochs=1", "-s", "training.threads=1"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{command}: {result.output} {result.exception}"
        if expected:
            assert fixed(expected) == fixed(result.stdout), f"{command}; run `make readme`"
    for example in blocks("python", page):
        exec(example, {})  # noqa: S102 - the documentation's own words


def test_the_readme_shows_the_output_of_every_command() -> None:
    commands = shown(ROOT / "README.md")
    assert len(commands) >= 5
    assert all(output.strip() for _, output in commands)
    (trained, *_) = [output for command, output in commands if command.startswith("inkdigit train")]
    assert "Waiting Test!" in trained
    assert "Training complete!" in trained


@pytest.mark.usefixtures("few_digits")
def test_python_examples_run_and_the_guide_knows_what_they_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = blocks("python", ROOT / "docs" / "python.md")
    assert len(examples) == 4
    names: dict[str, Any] = {}
    exec("\n".join(examples), names)  # noqa: S102 - the documentation's own words
    run = names["result"].folder
    guide = ROOT / "docs" / "run-folder.md"
    for file in (path for path in run.rglob("*") if path.is_file()):
        name = "events.out.tfevents.*" if file.name.startswith("events.") else file.name
        assert f"`{name}`" in read(guide), name
    metrics = [json.loads(line) for line in read(run / "metrics.jsonl").splitlines()]
    timing = json.loads(read(run / "timings.jsonl").splitlines()[0])
    opening = json.loads(read(run / "test_openings.jsonl"))
    found = [metrics[0], metrics[-1], timing, opening, names["result"].to_json()]
    shown_there = [json.loads(block) for block in blocks("json", guide)]
    assert [keys(record) for record in found] == [keys(record) for record in shown_there]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", read(page)):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    known = set(re.findall(r"^([\w-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", read(page), re.MULTILINE))
    assert named <= known


@pytest.mark.parametrize("name", MODELS)
def test_the_parameters_in_the_guide_are_the_networks_own(name: str) -> None:
    spec = ModelSpec(28, 1, 10, mean=(33.0,), std=(78.0,))
    count = parameter_count(MODELS[name].build(spec))
    assert f"| `{name}` | {count:,} |" in read(ROOT / "docs/networks.md")


def test_the_parameters_of_the_network_of_lines_in_the_guide_are_its_own() -> None:
    count = parameter_count(LineCNN(width=LineConfig().width))
    assert f"It has {count:,} parameters" in read(ROOT / "docs/networks.md")


def test_the_guide_has_a_row_for_every_network() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| [\d,]+ \|", read(ROOT / "docs/networks.md"), re.MULTILINE)
    assert set(rows) == set(MODELS)


def test_output_is_rewritten_below_marked_commands_only() -> None:
    page = "<!-- run -->\n```console\n$ a 1\nold\n$ b\n```\n\n```console\n$ c\nstays\n```\n"
    new = rewrite(page, lambda command: f"{command}!\n")
    assert "$ a 1\na 1!\n$ b\nb!\n```" in new
    assert "stays" in new
    assert rewrite(new, lambda command: f"{command}!\n") == new


def test_a_long_output_keeps_its_ends() -> None:
    lines = shorten("\n".join(map(str, range(90)))).splitlines()
    assert (lines[0], lines[4], lines[-1]) == ("0", "...", "89")
    assert len(lines) == 14
