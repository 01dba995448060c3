"""`inkdigit doctor` says what is there, and leaves with 1 if the weights are damaged."""

import json
from pathlib import Path

import pytest

from inkdigit.version import __version__
from tests.cli.conftest import Inkdigit


def test_versions_machine_and_self_tests_are_told(inkdigit: Inkdigit, own_cache: Path) -> None:
    done = inkdigit("doctor", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["inkdigit"] == __version__
    assert found["cores"] >= 1
    assert found["packages"]["core"]["onnxruntime"]
    assert found["cache"] == {"folder": str(own_cache), "bytes": 0}
    assert found["self_tests"] == {"default": None, "quick": None}


def test_people_are_told_what_is_missing_and_how_to_get_it(
    inkdigit: Inkdigit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkdigit.cli.doctor._PACKAGES", {"train": ("numpy", "no-such-package")})
    done = inkdigit("doctor")
    assert "without no-such-package: pip install 'inkdigit[train]'" in done.out
    assert "weights 'default': sound" in done.out


def test_damaged_weights_are_found(inkdigit: Inkdigit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.recognition.model_file.LARGEST", 10)
    done = inkdigit("doctor")
    assert done.code == 1
    assert "weights 'quick': not sound" in done.out
    assert "the weights 'quick':" in done.err
