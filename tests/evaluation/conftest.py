"""A finished run to look at."""

from pathlib import Path

import pytest

from tests.evaluation.run_folder import build_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a finished run of ten digits, three epochs and five mistakes."""
    return build_run(tmp_path / "fast-run")
