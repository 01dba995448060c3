"""`inkdigit export` writes one file for others, with a card, in fp32, fp16 or int8."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data.sources.image_folder import write_image_folder
from inkdigit.data.split import Pool
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.training.run import run
from tests.cli.conftest import Inkdigit
from tests.training.conftest import CLASSES, config_for, draw_strokes


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    pictures, folder = place / "strokes", place / "one"
    images, labels = draw_strokes(120, seed=5)
    write_image_folder(Pool(images, labels, CLASSES, {"train": range(120)}), pictures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        run(config_for(pictures), folder)
    return folder


@pytest.fixture
def own_run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_what_is_exported_is_what_the_run_wrote_and_tested(
    inkdigit: Inkdigit, own_run: Path, tmp_path: Path
) -> None:
    done = inkdigit("export", own_run, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "model.onnx"]
    assert (tmp_path / "out/model.onnx").read_bytes() == (own_run / "model.onnx").read_bytes()
    assert (tmp_path / "out/README.md").read_text() == (own_run / "README.md").read_text()
    result = json.loads((own_run / "result.json").read_text())
    test = open_recognizer(tmp_path / "out").card.test
    assert test is not None
    assert test.accuracy == result["test"]["accuracy"]


def test_int8_is_compared_with_fp32_and_says_so_on_its_card(
    inkdigit: Inkdigit, own_run: Path
) -> None:
    done = inkdigit("export", own_run, "--precision", "int8", "--json")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    compared = record["compared"]
    assert record["model"] == str(own_run / "int8/model.onnx")
    assert compared["bytes"] < compared["fp32_bytes"]
    assert compared["agreement"] > 0.8
    assert ("slower" in done.err) == (compared["speedup"] < 1)
    recognizer = open_recognizer(own_run / "int8")
    assert recognizer.card.precision == "int8"
    assert recognizer.card.test is None  # the fp32 file was tested, this one was not
    card = (own_run / "int8/README.md").read_text("utf-8")
    assert f"the same class for {compared['agreement']:.2%}" in card
    assert "This file was not tested." in card
    images = draw_strokes(60, seed=11)[0]
    before = open_recognizer(own_run).probabilities(images)
    after = recognizer.probabilities(images)
    assert (before.argmax(axis=1) == after.argmax(axis=1)).mean() > 0.8
    np.testing.assert_allclose(after, before, atol=0.5)


def test_fp16_has_half_the_bytes_and_answers_alike(inkdigit: Inkdigit, own_run: Path) -> None:
    done = inkdigit("export", own_run, "--precision", "fp16", "--json")
    assert done.code == 0, done.err
    compared = json.loads(done.out)["compared"]
    assert compared["bytes"] < 0.75 * compared["fp32_bytes"]
    recognizer = open_recognizer(own_run / "fp16")
    assert recognizer.card.precision == "fp16"
    assert "Weights are kept in 16 bits" in (own_run / "fp16/README.md").read_text("utf-8")
    images = draw_strokes(60, seed=11)[0]
    before = open_recognizer(own_run).probabilities(images)
    np.testing.assert_allclose(recognizer.probabilities(images), before, atol=0.01)


def test_a_run_that_is_not_tested_is_exported_without_figures(
    inkdigit: Inkdigit, own_run: Path, tmp_path: Path
) -> None:
    (own_run / "result.json").unlink()
    assert inkdigit("export", own_run, "-o", tmp_path / "out").code == 0
    assert "This file was not tested." in (tmp_path / "out/README.md").read_text("utf-8")


def test_exporting_again_to_the_usual_place_replaces_the_file(
    inkdigit: Inkdigit, own_run: Path
) -> None:
    for _ in range(2):
        assert inkdigit("export", own_run).code == 0
    assert sorted(path.name for path in (own_run / "fp32").iterdir()) == ["README.md", "model.onnx"]
