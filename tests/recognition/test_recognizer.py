"""Files that are no model of inkdigit's get one clear line."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from inkdigit.errors import ModelError
from inkdigit.recognition.model_file import ModelCard, metadata, read_card
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.types import Preparation

CARD = ModelCard("fast-cnn", ("0", "1"), Preparation(20, 1, invert=False))


def tiny_model(**pairs: str) -> bytes:
    """Build a graph that gives every picture the probabilities (0.25, 0.75)."""
    shape: list[str | int | None] = ["batch", 1, 20, 20]
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "answer"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 2])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3]),
            helper.make_tensor("nothing", TensorProto.FLOAT, [1, 1], [0.0]),
            helper.make_tensor("answer", TensorProto.FLOAT, [1, 2], [0.25, 0.75]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, pairs)
    content: bytes = model.SerializeToString()
    return content


def test_a_file_or_the_run_folder_that_holds_it_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(tiny_model(**metadata(CARD)))
    for place in (tmp_path, tmp_path / "model.onnx", str(tmp_path)):
        recognizer = open_recognizer(place)
        assert recognizer.class_names == ("0", "1")
        assert recognizer.preparation == CARD.preparation
        answer = recognizer.probabilities(np.zeros((3, 20, 20, 1), np.uint8))
        np.testing.assert_allclose(answer, [[0.25, 0.75]] * 3)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.onnx: no such file.*expected a run folder"):
        open_recognizer(tmp_path / "nothing.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x89PNG\r\n", bytes(range(256)) * 9])
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.onnx: .*expected|not one that") as caught:
        open_recognizer(file)
    assert "\n" not in str(caught.value)


def test_a_foreign_onnx_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(tiny_model())
    with pytest.raises(ModelError, match="not one that inkdigit exported"):
        open_recognizer(file)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("inkdigit.format", "99", "format 99.*reads format 1"),
        ("inkdigit.class_names", "[", "metadata is damaged"),
        ("inkdigit.preparation", '{"image_size": 20}', "metadata is damaged"),
        ("inkdigit.preparation", "3", "metadata is damaged"),
    ],
)
def test_damaged_metadata_is_refused(key: str, value: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_card(metadata(CARD) | {key: value}, "model.onnx")


def test_a_card_comes_back_from_its_own_metadata() -> None:
    card = ModelCard("resnet18", ('quote "', "ü", "\\"), Preparation(33, 3, invert=True))
    assert read_card(metadata(card), "model.onnx") == card


def test_a_truncated_model_is_refused(tmp_path: Path) -> None:
    content = tiny_model(**metadata(CARD))
    file = tmp_path / "model.onnx"
    for length in range(0, len(content), max(1, len(content) // 20)):
        file.write_bytes(content[:length])
        with pytest.raises(ModelError):
            open_recognizer(file)
    onnx.load_from_string(content)
