"""The generated pages of docs/ are what the code says today."""

from pathlib import Path

import pytest

from inkdigit.cli.reference import PAGES, command_page, settings_page
from inkdigit.config import RunConfig

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_committed_page_equals_the_generated_one(name: str) -> None:
    committed = (DOCS / name).read_text("utf-8")
    assert committed == PAGES[name](), f"docs/{name} is out of date; run `make docs`"


def test_the_commands_do_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = command_page()
    monkeypatch.setenv("COLUMNS", "40")
    assert command_page() == wide
    assert "## inkdigit data cache show" in wide


def test_every_setting_has_a_row_with_a_description() -> None:
    rows = [line.split(" | ") for line in settings_page().splitlines() if line.startswith("| `")]
    described = {cells[0].strip("| `"): cells[-1].strip("| ") for cells in rows}
    for section in RunConfig.model_fields:
        for key in getattr(RunConfig(), section).__class__.model_fields:
            assert described[key]


def test_the_table_of_presets_shows_what_they_change_and_nothing_else() -> None:
    table = settings_page().partition("## Presets")[2]
    assert "| `training.epochs` | `5` |" in table
    assert "training.seed" not in table
