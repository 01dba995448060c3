"""The same network in eight-bit integers."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from inkdigit.recognition.calibrate import calibrate
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.training.model_files.comparison import Comparison, beside
from inkdigit.training.model_files.export import describe, quiet
from inkdigit.types import Split

_CALIBRATION_PICTURES = 1000
_OPERATORS = ["Conv", "Gemm", "MatMul", "MaxPool", "Relu"]  # not what makes probabilities
_TOLERANCE = 0.1  # of the largest logit: processors multiply eight bits in different ways


def quantize(whole: bytes, train: Split, validation: Split) -> tuple[bytes, Comparison]:
    """Make an int8 model file out of an fp32 one.

    Args:
        whole: the fp32 file.
        train: a thousand of these settle the ranges of the values.
        validation: these settle the thresholds, and measure the difference.

    Returns:
        The file, and the comparison.

    Source: static quantization with QDQ nodes, weights per channel, as ONNX Runtime has it.
    """
    fp32 = OnnxRecognizer.from_bytes(whole, name="the fp32 file")
    model = _quantized(onnx.load_from_string(whole), train)
    raw = describe(model, fp32.card, tolerance=_TOLERANCE)
    int8 = OnnxRecognizer.from_bytes(raw, name="the int8 file")
    labels = validation.labels[validation.indices]
    calibration = calibrate(
        np.concatenate([int8.logits(images) for images in validation.blocks(256)]),
        labels,
        evidence=_evidence(int8, validation),
        temperature=fp32.card.calibration.temperature,  # it stands in the graph
    )
    card = replace(fp32.card, precision="int8", calibration=calibration, test=None)
    content = describe(model, card, tolerance=_TOLERANCE)
    return content, beside(
        OnnxRecognizer.from_bytes(content, name="the int8 file"), content, fp32, whole, validation
    )


def _quantized(model: onnx.ModelProto, train: Split) -> onnx.ModelProto:
    """Let ONNX Runtime quantize a graph; it reads and writes files, and logs much."""
    with tempfile.TemporaryDirectory() as place, quiet("root"):
        folder = Path(place)
        onnx.save_model(model, folder / "fp32.onnx")
        # symbolic shapes are for networks of sequences, and know no GridSample
        quant_pre_process(folder / "fp32.onnx", folder / "inferred.onnx", skip_symbolic_shape=True)
        quantize_static(
            folder / "inferred.onnx",
            folder / "int8.onnx",
            _Pictures(train),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_OPERATORS,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(folder / "int8.onnx")


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Hands training pictures to ONNX Runtime, a batch at a time."""

    def __init__(self, train: Split) -> None:
        chosen = replace(train, indices=train.indices[:_CALIBRATION_PICTURES])
        self._batches = iter(_batches(chosen))

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)


def _batches(split: Split) -> Iterator[dict[str, NDArray[np.uint8]]]:
    for images in split.blocks(100):
        yield {"image": np.ascontiguousarray(images.transpose(0, 3, 1, 2))}


def _evidence(recognizer: OnnxRecognizer, split: Split) -> NDArray[np.float32] | None:
    parts = [recognizer.evidence(images) for images in split.blocks(256)]
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None
