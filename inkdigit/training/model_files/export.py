"""One ONNX file out of a trained network: raw pixels in, logits and probabilities out.

Normalisation and temperature lie inside; class names, how a picture is prepared and what a
confidence promises in the metadata, so the file cannot be fed or read wrongly. It is compared
with torch before it is kept.
"""

import copy
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from inkdigit.durable import write_bytes
from inkdigit.errors import ModelError
from inkdigit.evaluation.test import ask
from inkdigit.models.spec import ModelSpec
from inkdigit.recognition.model_file import ModelCard, SelfTest, metadata, patterns, seal
from inkdigit.recognition.recognizer import OnnxRecognizer, start_session
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.types import Split

TOLERANCE = 1e-5  # of a probability; fp32 sums in another order differ by a few 1e-7
_SELF_TEST_TOLERANCE = 1e-3  # of the largest logit: another processor sums in another order
_OPSET = 18


class _Deployed(nn.Module):
    """The network with the outputs that the file has."""

    def __init__(self, network: nn.Module, spec: ModelSpec, card: ModelCard) -> None:
        super().__init__()
        self.network = network
        self.classes = len(card.class_names)
        self.temperature = card.calibration.temperature
        self.outputs = ["logits", "probabilities"]
        if spec.classes > self.classes:
            self.outputs.append("evidence")

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        outputs = self.network(image)
        if len(self.outputs) == 2:
            return outputs, (outputs / self.temperature).softmax(dim=1)
        logits = outputs[:, : self.classes]
        probabilities = (logits / self.temperature).softmax(dim=1)
        return logits, probabilities, outputs[:, self.classes :]


def export(network: nn.Module, spec: ModelSpec, card: ModelCard, path: Path, check: Split) -> None:
    """Write `path`, once torch and ONNX Runtime have been found to answer alike.

    Args:
        network: raw pixels to logits, on any device; it is left as it is.
        spec: what it was built for.
        card: what the file says of itself; the self-test is added.
        path: of the file; replaced as a whole or not at all.
        check: the validation pictures, to compare on.

    Raises:
        ModelError: the two differ in a class, or in a probability by more than 1e-5.
    """
    deployed = _Deployed(copy.deepcopy(network), spec, card)
    deployed = deployed.to(memory_format=torch.contiguous_format).to("cpu").eval()
    content = describe(_to_onnx(deployed, spec), card)
    compare(  # on the CPU both: a GPU may round its sums to fewer bits
        TorchRecognizer(deployed.network, card.class_names, card.calibration.temperature),
        OnnxRecognizer.from_bytes(content, name=str(path)),
        check,
    )
    write_bytes(path, content)


def describe(
    model: onnx.ModelProto, card: ModelCard, *, tolerance: float = _SELF_TEST_TOLERANCE
) -> bytes:
    """Write what a model says of itself, its self-test with it, into its file, and seal that.

    Args:
        model: with the input and the outputs of a model file.
        card: the self-test in it is made anew.
        tolerance: of the self-test, as a share of the largest logit.

    Raises:
        ModelError: its answers to the patterns are not finite.
    """
    session = start_session(model.SerializeToString(), "the exported model")
    batch = np.ascontiguousarray(patterns(card.preparation).transpose(0, 3, 1, 2))
    (logits,) = session.run(["logits"], {"image": batch})
    if not np.isfinite(logits).all():
        raise ModelError(
            "the exported model differs from what it should be: some answers are not finite. "
            "Train again with a lower learning rate or in fp32."
        )
    largest = max(1.0, float(np.abs(logits).max()))
    rows = tuple(tuple(round(value, 6) for value in row) for row in logits.tolist())
    return described(model, replace(card, self_test=SelfTest(rows, tolerance * largest)))


def described(model: onnx.ModelProto, card: ModelCard) -> bytes:
    """Write a card into a model, in the place of the one that it had, and seal the file."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, metadata(card))
    onnx.checker.check_model(model)
    buffer = BytesIO()
    onnx.save_model(model, buffer)
    return seal(buffer.getvalue())


def compare(ours: TorchRecognizer, theirs: OnnxRecognizer, split: Split) -> None:
    """Check that torch and the file give the same answers.

    Raises:
        ModelError: they differ in a class, or in a probability by more than 1e-5.
    """
    if not len(split):
        return
    expected, found = ask(ours, split), ask(theirs, split)
    gap = float(np.abs(expected - found).max())
    other = int((expected.argmax(axis=1) != found.argmax(axis=1)).sum())
    if not gap <= TOLERANCE or other:
        raise ModelError(
            f"the exported file and torch differ on {len(split)} validation pictures: "
            f"{other} other classes, probabilities by up to {gap:.1e}, expected at most "
            f"{TOLERANCE:.0e}. The file was not written."
        )


def _to_onnx(deployed: _Deployed, spec: ModelSpec) -> onnx.ModelProto:
    side = spec.image_size
    example = torch.zeros(2, spec.channels, side, side, dtype=torch.uint8)
    return to_onnx(deployed, example, "image", deployed.outputs, {0: torch.export.Dim("batch")})


def to_onnx(
    deployed: nn.Module,
    example: Tensor,
    name: str,
    outputs: Sequence[str],
    free: Mapping[int, object],
) -> onnx.ModelProto:
    """Trace a network of one input.

    Args:
        deployed: on the CPU.
        example: what it can be fed with.
        name: of the input.
        outputs: their names.
        free: the axes of the input that may have other lengths, and what these may be.
    """
    with warnings.catch_warnings(), quiet("torch.onnx", "onnxscript", "onnx_ir"):
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
        program = torch.onnx.export(
            deployed,
            (example,),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=(dict(free),),
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ModelError("torch exported nothing.")
    return without_traces(program.model_proto)


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop where in whose files torch traced each node: it is of no use, and tells of a machine."""
    graph = model.graph
    named = (*graph.value_info, *graph.input, *graph.output, *graph.initializer)
    for each in (*graph.node, *named, *model.functions, graph):
        del each.metadata_props[:]
    return model


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Keep some loggers from informing about what is no concern of the user's."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
