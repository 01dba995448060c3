import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from inkdigit.cli.app import app
from inkdigit.errors import ConfigError, RunError
from tests.evaluation.html_check import read_offline_page
from tests.evaluation.run_folder import Recipe, build_run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    faster = ("optimizer.learning_rate=0.5",)
    return [
        build_run(tmp_path / "[red]one"),
        build_run(tmp_path / "two", Recipe(seed=1, wrong=9, settings=faster)),
    ]


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_runs_stand_side_by_side(runs: list[Path]) -> None:
    result = compare(*runs)
    assert result.exit_code == 0
    for words in ("[red]one", "91.67% (5 of 60 wrong)", "optimizer.learning_rate", "p = "):
        assert words in result.stdout
    assert result.stderr == ""


def test_json_is_one_line(runs: list[Path]) -> None:
    record = json.loads(compare(*runs, "--json").stdout)
    assert [Path(run["run"]).name for run in record["runs"]] == ["[red]one", "two"]
    assert record["pairs"][0]["why_not"] is None


def test_the_page_is_written_where_asked(runs: list[Path], tmp_path: Path) -> None:
    result = compare(*runs, "-o", tmp_path / "new" / "compare.html", "--json")
    assert result.stderr.startswith("Comparison: ")
    json.loads(result.stdout)
    page = read_offline_page((tmp_path / "new" / "compare.html").read_text("utf-8"))
    assert "2 runs compared" in page.words


def test_runs_on_other_pictures_are_not_paired(runs: list[Path], tmp_path: Path) -> None:
    moved = build_run(tmp_path / "moved", Recipe(split_seed=1))
    assert "not comparable, they were validated on different" in compare(runs[0], moved).stdout


def test_one_run_is_too_few(runs: list[Path]) -> None:
    result = compare(runs[0])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == 2


def test_a_folder_without_a_run_is_refused(runs: list[Path], tmp_path: Path) -> None:
    assert isinstance(compare(*runs, tmp_path).exception, RunError)
