"""The same network with its weights kept in 16 bits: half the bytes, and computed in 32 bits still.

ONNX Runtime widens the weights once, when it opens the file, so answers take the same time.
"""

from dataclasses import replace

import numpy as np
import onnx
from onnx.helper import make_node
from onnx.numpy_helper import from_array, to_array

from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.training.model_files.comparison import Comparison, beside
from inkdigit.training.model_files.export import describe
from inkdigit.types import Split

_SMALLEST = 256  # numbers: biases and the like stay as they are
_KEPT = "_float16"  # is added to the name of a weight that is kept in 16 bits


def halve(whole: bytes, validation: Split) -> tuple[bytes, Comparison]:
    """Make an fp16 model file out of an fp32 one.

    Args:
        whole: the fp32 file.
        validation: these measure the difference.

    Returns:
        The file, and the comparison.
    """
    fp32 = OnnxRecognizer.from_bytes(whole, name="the fp32 file")
    card = replace(fp32.card, precision="fp16", test=None)
    content = describe(halved(onnx.load_from_string(whole)), card)
    fp16 = OnnxRecognizer.from_bytes(content, name="the fp16 file")
    return content, beside(fp16, content, fp32, whole, validation)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep every large weight in 16 bits, and widen it in the graph; the model is changed.

    A weight with a number that 16 bits do not reach stays as it is.
    """
    widening = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        numbers = to_array(weight)
        if numbers.size < _SMALLEST or np.abs(numbers).max() > np.finfo(np.float16).max:
            continue
        name = weight.name
        weight.CopyFrom(from_array(numbers.astype(np.float16), name + _KEPT))
        widening.append(make_node("Cast", [name + _KEPT], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*widening, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """Undo `halved`, but for the bits that are gone; the model is changed."""
    for weight in model.graph.initializer:
        if weight.name.endswith(_KEPT):
            name = weight.name.removesuffix(_KEPT)
            weight.CopyFrom(from_array(to_array(weight).astype(np.float32), name))
    nodes = [
        node
        for node in model.graph.node
        if not (node.op_type == "Cast" and node.input[0].endswith(_KEPT))
    ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model
