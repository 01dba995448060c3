"""The smallest whole model file: every picture gets the probabilities (0.25, 0.75)."""

from onnx import TensorProto, helper

from inkdigit.recognition.model_file import ModelCard, SelfTest, metadata, seal
from inkdigit.types import Preparation

LOGITS = ((0.25, 0.75),) * 8
CARD = ModelCard(
    "fast-cnn", ("0", "1"), Preparation(20, 1, invert=False), self_test=SelfTest(LOGITS, 1e-3)
)


def tiny_model(**pairs: str) -> bytes:
    """Build a graph that gives every picture the probabilities (0.25, 0.75)."""
    shape: list[str | int | None] = ["batch", 1, 20, 20]
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2])
        for name in ("logits", "probabilities")
    ]
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "answer"], ["logits"]),
        helper.make_node("Identity", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        answers,
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


def tiny_file(card: ModelCard = CARD, format_: str = "2") -> bytes:
    """Build a whole model file."""
    return seal(tiny_model(**(metadata(card) | {"inkdigit.format": format_})))
