"""One ONNX file out of a network that reads lines: a strip in, log-probabilities out."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx.numpy_helper import from_array, to_array
from torch import Tensor, nn

from inkdigit.data.composing.strips import Strip
from inkdigit.durable import write_bytes
from inkdigit.errors import ModelError
from inkdigit.models.line_cnn import STRIDE, Block, LineCNN
from inkdigit.pictures.strip import HEIGHT
from inkdigit.recognition.line_recognizer import (
    LineCard,
    LineRecognizer,
    line_metadata,
    pattern,
    raw_answers,
)
from inkdigit.recognition.model_file import seal
from inkdigit.recognition.recognizer import start_session
from inkdigit.training.model_files.export import to_onnx
from inkdigit.training.model_files.half import halved, widened

_TOLERANCE = 1e-4  # of a probability; where two signs are as likely, sums show by 1e-5


class _Deployed(nn.Module):
    """The network with the output that the file has."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, strip: Tensor) -> Tensor:
        logits: Tensor = self.network(strip)
        return logits.log_softmax(dim=2)


def export_line_network(
    network: nn.Module, card: LineCard, path: Path, check: list[Strip]
) -> LineRecognizer:
    """Write `path`, once torch and ONNX Runtime have been found to answer alike.

    The file then keeps the weights in 16 bits.

    Args:
        network: strips to logits, on any device; it is left as it is.
        card: what the file says of itself; the self-test is added.
        path: of the file; replaced as a whole or not at all.
        check: strips to compare on.

    Raises:
        ModelError: the two differ in a probability by more than 1e-4.
    """
    deployed = _Deployed(copy.deepcopy(network))
    deployed = deployed.to(memory_format=torch.contiguous_format).to("cpu").eval()
    example = torch.zeros(1, 1, HEIGHT, 16 * STRIDE, dtype=torch.uint8)
    eighths = torch.export.Dim("eighths", min=2)
    model = to_onnx(deployed, example, "strip", ["log_probabilities"], {3: 8 * eighths})
    recognizer = LineRecognizer.from_bytes(described_line(model, card), name=str(path))
    for each in check:
        _compare(deployed, recognizer, each)
    content = described_line(halved(model), card)
    write_bytes(path, content)
    return LineRecognizer.from_bytes(content, name=str(path))


def line_network_from(content: bytes, some: Iterable[Tensor]) -> LineCNN:
    """Take the network out of a file, so that it can go on learning.

    The file has batch norm folded into its filters. Here each gets the mean and the spread that its
    filters' outputs have, so that the network answers as the file does.

    Args:
        content: of the file, as `export_line_network` writes it.
        some: batches of strips that means and spreads are measured on, (N, 1, 32, width).
    """
    weights = widened(onnx.load_from_string(content)).graph.initializer
    tensors = {each.name: torch.tensor(to_array(each)) for each in weights}
    filters = [tensor for tensor in tensors.values() if tensor.ndim == 4]  # in their order
    biases = [tensor for name, tensor in tensors.items() if name.endswith("weight_bias")]
    (last,) = (tensor for tensor in tensors.values() if tensor.ndim == 2)
    (last_bias,) = (tensor for name, tensor in tensors.items() if name.endswith("fc.bias"))
    network = LineCNN(width=len(filters[0])).eval()
    blocks = [each for each in network.modules() if isinstance(each, Block)]
    with torch.no_grad():
        network.fc.weight.copy_(last.T)
        network.fc.bias.copy_(last_bias)
        for block, filter_bank, bias in zip(blocks, filters, biases, strict=True):
            block.conv.weight.copy_(filter_bank)
            block.norm.bias.copy_(bias)
            still = torch.zeros_like(bias), torch.ones_like(bias) - block.norm.eps
            _normalize_by(block.norm, *still)  # so far it adds the bias, and no more
        for block, (mean, variance) in zip(blocks, _measured(network, blocks, some), strict=True):
            _normalize_by(block.norm, mean, variance)
            block.norm.bias.add_(mean)
    return network


def _normalize_by(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """Give a batch norm its statistics, and the weight that undoes the division by the spread."""
    norm.load_state_dict(
        {
            **norm.state_dict(),
            "running_mean": mean,
            "running_var": variance,
            "weight": (variance + norm.eps).sqrt(),
        }
    )


def _measured(
    network: LineCNN, blocks: Sequence[Block], some: Iterable[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Measure mean and variance of every filter's output."""
    seen: list[list[Tensor]] = [[] for _ in blocks]

    def keep(place: int, output: Tensor) -> None:
        seen[place].append(output.transpose(0, 1).flatten(1))

    hooks = [
        block.conv.register_forward_hook(lambda _, __, output, place=place: keep(place, output))
        for place, block in enumerate(blocks)
    ]
    for pixels in some:
        network(pixels)
    for hook in hooks:
        hook.remove()
    return [(all_.mean(1), all_.var(1)) for all_ in (torch.cat(each, 1) for each in seen)]


def blended(begun: bytes, ended: bytes, share: float) -> onnx.ModelProto:
    """Take the weights that lie between those of two files.

    Where a network learned on from its file, what lies between knows what is new and forgets
    less of what it did not see again.

    Args:
        begun: the file that it learned on from.
        ended: the file that came of it.
        share: of the way from one to the other, 0 to 1.

    Returns:
        The network, with its weights in 16 bits.

    Raises:
        ModelError: the two are not of one network.

    Source: Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, equation 1.
    """
    weights = widened(onnx.load_from_string(begun)).graph.initializer
    before = {each.name: to_array(each) for each in weights}
    model = widened(onnx.load_from_string(ended))
    shapes = {each.name: tuple(each.dims) for each in model.graph.initializer}
    if shapes != {name: numbers.shape for name, numbers in before.items()}:
        raise ModelError("these are two networks of lines, expected one that learned on from it.")
    for weight in model.graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT:
            one, other = before[weight.name], to_array(weight)
            between = np.asarray(one + (other - one) * share, np.float32)
            weight.CopyFrom(from_array(between, weight.name))
    return halved(model)


def described_line(model: onnx.ModelProto, card: LineCard) -> bytes:
    """Write a card into a model, in the place of the one that it had, and seal the file."""
    session = start_session(model.SerializeToString(), "the exported network of lines")
    answers = raw_answers(session, pattern())
    if not np.isfinite(answers).all():
        raise ModelError("the exported network of lines answers with what is no number.")
    rows = tuple(tuple(round(value, 5) for value in row) for row in answers.tolist())
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, line_metadata(replace(card, self_test=rows)))
    onnx.checker.check_model(model)
    buffer = BytesIO()
    onnx.save_model(model, buffer)
    return seal(buffer.getvalue())


def _compare(deployed: nn.Module, recognizer: LineRecognizer, strip: Strip) -> None:
    found = np.exp(recognizer.answers(strip.pixels))
    width = -(-strip.pixels.shape[1] // 8) * 8
    filled = np.zeros((1, 1, HEIGHT, width), np.uint8)
    filled[0, 0, :, : strip.pixels.shape[1]] = strip.pixels
    with torch.inference_mode():
        expected = deployed(torch.from_numpy(filled))[0].exp().numpy()[: len(found)]
    gap = float(np.abs(found - expected).max())
    if not gap <= _TOLERANCE:
        raise ModelError(
            f"the exported network of lines and torch differ by {gap:.1e} in a probability, "
            f"expected at most {_TOLERANCE:.0e}. The file was not written."
        )
