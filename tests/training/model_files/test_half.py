"""Weights are kept in 16 bits where these reach, and can be widened again."""

import numpy as np
import onnx
import onnx.reference
from onnx.helper import make_graph, make_model, make_node, make_tensor_value_info
from onnx.numpy_helper import from_array, to_array

from inkdigit.training.model_files.half import halved, widened

FLOAT = onnx.TensorProto.FLOAT


def model_of(**weights: np.ndarray) -> onnx.ModelProto:
    names = list(weights)
    nodes = [
        make_node("Add", [before, name], [f"with_{name}"])
        for before, name in zip(["x", *(f"with_{name}" for name in names)], names, strict=False)
    ]
    graph = make_graph(
        nodes,
        "sums",
        [make_tensor_value_info("x", FLOAT, [1])],
        [make_tensor_value_info(f"with_{names[-1]}", FLOAT, None)],
        [from_array(numbers, name) for name, numbers in weights.items()],
    )
    return make_model(graph)


def test_large_weights_are_kept_in_16_bits_and_others_as_they_are() -> None:
    numbers = np.random.default_rng(0).normal(0, 1, 1000).astype(np.float32)
    beyond = np.full(1000, 70_000.0, np.float32)
    model = halved(model_of(weight=numbers, bias=numbers[:10], beyond=beyond))
    kept = {each.name: to_array(each).dtype for each in model.graph.initializer}
    assert sorted(map(str, kept.values())) == ["float16", "float32", "float32"]
    assert kept["bias"] == kept["beyond"] == np.float32
    (answer,) = onnx.reference.ReferenceEvaluator(halved(model_of(weight=numbers))).run(
        None, {"x": np.zeros(1, np.float32)}
    )
    np.testing.assert_array_equal(answer, numbers.astype(np.float16).astype(np.float32))


def test_widened_weights_have_their_names_again() -> None:
    numbers = np.random.default_rng(1).normal(0, 1, 1000).astype(np.float32)
    whole = model_of(weight=numbers, bias=numbers[:10])
    again = widened(halved(model_of(weight=numbers, bias=numbers[:10])))
    assert [node.op_type for node in again.graph.node] == [n.op_type for n in whole.graph.node]
    found = {each.name: to_array(each) for each in again.graph.initializer}
    np.testing.assert_array_equal(found["weight"], numbers.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(found["bias"], numbers[:10])
