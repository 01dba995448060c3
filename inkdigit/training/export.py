"""One ONNX file out of a trained network: raw pixels in, logits and probabilities out.

Normalisation lies inside, the class names and the way a picture is prepared in the metadata, so
the file cannot be fed wrongly. It is compared with torch before it is kept.
"""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from inkdigit.durable import write_bytes
from inkdigit.errors import ModelError
from inkdigit.models.spec import ModelSpec
from inkdigit.recognition.model_file import ModelCard, metadata
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.types import Images

TOLERANCE = 1e-5  # of a probability; fp32 sums in another order differ by a few 1e-7
_OPSET = 18


class _Deployed(nn.Module):
    """The network with the outputs that the file has."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(image)
        return logits, logits.softmax(dim=1)


def export(network: nn.Module, spec: ModelSpec, card: ModelCard, path: Path, check: Images) -> None:
    """Write `path`, once torch and ONNX Runtime have been found to answer alike.

    Args:
        network: raw pixels to logits, on any device; it is left as it is.
        spec: what it was built for.
        card: what the file says of itself.
        path: of the file; replaced as a whole or not at all.
        check: (N, height, width, channels) validation pictures to compare on.

    Raises:
        ModelError: the two differ in a class, or in a probability by more than 1e-5.
    """
    deployed = _Deployed(copy.deepcopy(network)).to(memory_format=torch.contiguous_format)
    deployed = deployed.to("cpu").eval()
    content = _to_onnx(deployed, spec, card)
    compare(  # on the CPU both: a GPU may round its sums to fewer bits
        TorchRecognizer(deployed.network, card.class_names),
        OnnxRecognizer.from_bytes(content, name=str(path)),
        check,
    )
    write_bytes(path, content)


def compare(ours: TorchRecognizer, theirs: OnnxRecognizer, images: Images) -> None:
    """Check that torch and the file give the same answers.

    Raises:
        ModelError: they differ in a class, or in a probability by more than 1e-5.
    """
    expected, found = ours.probabilities(images), theirs.probabilities(images)
    if not len(images):
        return
    gap = float(np.abs(expected - found).max())
    other = int((expected.argmax(axis=1) != found.argmax(axis=1)).sum())
    if not gap <= TOLERANCE or other:
        raise ModelError(
            f"the exported file and torch differ on {len(images)} validation pictures: "
            f"{other} other classes, probabilities by up to {gap:.1e}, expected at most "
            f"{TOLERANCE:.0e}. The file was not written."
        )


def _to_onnx(deployed: nn.Module, spec: ModelSpec, card: ModelCard) -> bytes:
    side = spec.image_size
    example = torch.zeros(2, spec.channels, side, side, dtype=torch.uint8)
    with warnings.catch_warnings(), _quiet("torch.onnx", "onnxscript", "onnx_ir"):
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
        program = torch.onnx.export(
            deployed,
            (example,),
            input_names=["image"],
            output_names=["logits", "probabilities"],
            dynamic_shapes={"image": {0: torch.export.Dim("batch")}},
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ModelError("torch exported nothing.")
    model = program.model_proto
    onnx.helper.set_model_props(model, metadata(card))
    onnx.checker.check_model(model)
    buffer = BytesIO()
    onnx.save_model(model, buffer)
    return buffer.getvalue()


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
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
