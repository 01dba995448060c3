"""Torch and the exported file answer alike; a file that does not is never written."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from inkdigit.errors import ModelError
from inkdigit.models.catalogue import MODELS, find
from inkdigit.models.spec import ModelSpec
from inkdigit.recognition.model_file import ModelCard
from inkdigit.recognition.recognizer import OnnxRecognizer, open_recognizer
from inkdigit.training.model_files.export import TOLERANCE, compare, export
from inkdigit.training.model_files.quantize import quantize
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.types import Images, Preparation, Split

NAMES = ("zéro", "<one>", "2")
CARD = ModelCard("fast-cnn", NAMES, Preparation(24, 3, invert=True))
SPEC = ModelSpec(24, 3, 3, mean=(30.0, 40.0, 50.0), std=(70.0, 60.0, 50.0))


def pictures(count: int, seed: int = 0) -> Images:
    return np.random.default_rng(seed).integers(0, 256, (count, 24, 24, 3)).astype(np.uint8)


def validation(count: int) -> Split:
    labels = np.zeros(count, np.int64)
    return Split("validation", NAMES, pictures(count), labels, np.arange(count), sha256="0" * 64)


@pytest.mark.parametrize("name", MODELS)
def test_the_file_answers_as_torch_does_for_any_number_of_pictures(
    name: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = find(name).build(SPEC).eval().to(memory_format=torch.channels_last)
    file = tmp_path / "model.onnx"
    export(network, SPEC, CARD, file, validation(7))
    ours, theirs = TorchRecognizer(network, NAMES), open_recognizer(file)
    for count in (0, 1, 2, 501):
        images = pictures(count, seed=1)
        expected, found = ours.probabilities(images), theirs.probabilities(images)
        assert found.shape == (count, 3)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=TOLERANCE)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_can_be_kept_in_eight_bits(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    file = tmp_path / "model.onnx"
    split = validation(40)
    export(find(name).build(SPEC).eval(), SPEC, CARD, file, split)
    content, comparison = quantize(file.read_bytes(), split, split)
    assert OnnxRecognizer.from_bytes(content, name=name).card.precision == "int8"
    assert comparison.agreement > 0.5


def test_the_file_says_how_it_wants_to_be_fed(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    export(find("fast-cnn").build(SPEC).eval(), SPEC, CARD, file, validation(2))
    model = onnx.load(file)
    (given,) = model.graph.input
    assert given.name == "image"
    assert given.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [axis.dim_value for axis in given.type.tensor_type.shape.dim][1:] == [3, 24, 24]
    assert [output.name for output in model.graph.output] == ["logits", "probabilities"]
    pairs = {each.key: each.value for each in model.metadata_props}
    assert json.loads(pairs["inkdigit.class_names"]) == list(NAMES)
    found = open_recognizer(tmp_path).card
    assert replace(found, self_test=None) == CARD
    assert found.self_test is not None
    assert np.shape(found.self_test.logits) == (8, 3)


def test_exporting_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    network = find("fast-cnn").build(SPEC).to(memory_format=torch.channels_last).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(network.eval(), SPEC, CARD, tmp_path / "model.onnx", validation(3))
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert network.get_parameter("conv2.weight").is_contiguous(memory_format=torch.channels_last)


def test_a_file_that_answers_otherwise_is_refused_with_the_gap(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, other = (find("fast-cnn").build(SPEC).eval() for _ in range(2))
    file = tmp_path / "model.onnx"
    export(network, SPEC, CARD, file, validation(2))
    with pytest.raises(ModelError, match=r"differ on 50 validation pictures: .* expected at most"):
        compare(TorchRecognizer(other, NAMES), open_recognizer(file), validation(50))


def test_weights_that_are_no_numbers_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    network = find("fast-cnn").build(SPEC).eval()
    torch.nn.init.constant_(network.get_parameter("fc.bias"), float("nan"))
    file = tmp_path / "model.onnx"
    with pytest.raises(ModelError, match="not finite"):
        export(network, SPEC, CARD, file, validation(2))
    assert not file.exists()


def test_pictures_of_another_shape_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    export(find("fast-cnn").build(SPEC).eval(), SPEC, CARD, file, validation(2))
    recognizer: OnnxRecognizer = open_recognizer(file)
    with pytest.raises(ModelError, match=r"shape \(1, 28, 28, 1\), expected \(N, 24, 24, 3\)"):
        recognizer.probabilities(np.zeros((1, 28, 28, 1), np.uint8))
