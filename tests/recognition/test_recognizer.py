"""Files that are no model of inkdigit's get one clear line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from inkdigit.errors import ModelError
from inkdigit.recognition.calibrate import Calibration, EvidenceRule, Promise
from inkdigit.recognition.model_file import (
    Figures,
    ModelCard,
    Origin,
    SelfTest,
    metadata,
    read_card,
    seal,
)
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.types import Preparation
from tests.recognition.tiny import CARD, LOGITS, tiny_file, tiny_model


def metadata_of_nothing() -> bytes:
    return b"inkdigit.sha256\x12\x40" + b"0" * 64


def test_a_file_or_the_run_folder_that_holds_it_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(tiny_file())
    for place in (tmp_path, tmp_path / "model.onnx", str(tmp_path)):
        recognizer = open_recognizer(place)
        assert recognizer.class_names == ("0", "1")
        assert recognizer.preparation == CARD.preparation
        answer = recognizer.probabilities(np.zeros((3, 20, 20, 1), np.uint8))
        np.testing.assert_allclose(answer, [[0.25, 0.75]] * 3)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"nothing\.onnx: no such file.*expected default, quick, a run folder"
    ):
        open_recognizer(tmp_path / "nothing.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x89PNG\r\n", bytes(range(256)) * 9])
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="not a model file that this inkdigit") as caught:
        open_recognizer(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (tiny_model(), "not a model file that this inkdigit exported: it bears no seal"),
        (tiny_model(**{"inkdigit.format": "1"}), r"an earlier version wrote it.*inkdigit export"),
        (seal(b"\x12\x05" + metadata_of_nothing()), "not a model file that ONNX Runtime can load"),
        (tiny_file(format_="3"), "format 3, this inkdigit .* reads format 2"),
        (tiny_file(replace(CARD, self_test=None)), "without a self-test"),
        (
            tiny_file(replace(CARD, self_test=SelfTest(LOGITS[:7], 1))),
            "gives other answers",
        ),
        (tiny_file(replace(CARD, class_names=tuple("012"))), "it answers with"),
        (
            tiny_file(replace(CARD, preparation=Preparation(28, 1, invert=False))),
            "its graph does not fit",
        ),
        (tiny_file() + b"\x00", "damaged, its SHA-256 is not"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        open_recognizer(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("inkdigit.format", "99", "format 99.*reads format 2"),
        ("inkdigit.class_names", "[", "metadata is damaged"),
        ("inkdigit.preparation", '{"image_size": 20}', "metadata is damaged"),
        ("inkdigit.preparation", "3", "metadata is damaged"),
    ],
)
def test_damaged_metadata_is_refused(key: str, value: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_card(metadata(CARD) | {key: value}, "model.onnx")


def test_a_card_comes_back_from_its_own_metadata() -> None:
    card = ModelCard(
        "resnet18",
        ('quote "', "ü", "\\"),
        Preparation(33, 3, invert=True),
        calibration=Calibration(
            0.7,
            "out-of-fold",
            500,
            (Promise(0.01, 0.5, 1, 400, 500, 0.009), Promise(0.001, None, reason="too few")),
            EvidenceRule("evidence", -1.5, 0.99),
        ),
        precision="int8",
        origin=Origin("mnist", "ab", "cd", "MIT"),
        test=Figures(0.9, 1, 10, 0.8, 0.95, 0.1),
        self_test=SelfTest(((1.0, 2.0, 3.0),), 0.1),
        version="0.0.1",
    )
    assert read_card(metadata(card), "model.onnx") == card


def test_a_truncated_model_is_refused(tmp_path: Path) -> None:
    content = tiny_file()
    file = tmp_path / "model.onnx"
    for length in range(0, len(content), max(1, len(content) // 20)):
        file.write_bytes(content[:length])
        with pytest.raises(ModelError):
            open_recognizer(file)
    onnx.load_from_string(content)
