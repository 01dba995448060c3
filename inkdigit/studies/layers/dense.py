"""A convolution is a dense layer whose weights are shared and mostly 0: how much that saves."""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inkdigit.models.spec import ModelSpec

_LARGEST = 20_000_000  # entries of a matrix that is written out


@dataclass(frozen=True)
class Shared:
    """A convolution beside the dense layer that does the same."""

    name: str
    inputs: int
    outputs: int
    weights: int  # of the convolution, with its bias

    @property
    def dense(self) -> int:
        """Weights of the dense layer, with a bias for each output."""
        return self.inputs * self.outputs + self.outputs

    @property
    def saved(self) -> float:
        """How many times as many the dense layer needs."""
        return self.dense / self.weights


def shared_weights(network: nn.Module, spec: ModelSpec) -> tuple[Shared, ...]:
    """Count, for every convolution, what a dense layer in its place would need."""
    found: list[Shared] = []
    names = {
        module: name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    }

    def note(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        weights = sum(parameter.numel() for parameter in module.parameters())
        ins, outs = prod(inputs[0].shape[1:]), prod(output.shape[1:])
        found.append(Shared(names[module], ins, outs, weights))  # type: ignore[index]

    handles = [module.register_forward_hook(note) for module in names]
    try:
        with torch.inference_mode():
            side = spec.image_size
            network.eval()(torch.zeros(1, spec.channels, side, side))
    finally:
        for handle in handles:
            handle.remove()
    return tuple(found)


def dense_matrix(convolution: nn.Conv2d, side: int) -> NDArray[np.float32] | None:
    """Write a convolution out as a matrix, by asking it about every single pixel.

    Args:
        convolution: on the CPU.
        side: of its input.

    Returns:
        (inputs, outputs), so that the flat input times it, plus the bias, is the flat output;
        None where it would be too large.
    """
    inputs = convolution.in_channels * side * side
    with torch.inference_mode():
        one = convolution(torch.zeros(1, convolution.in_channels, side, side))
        if inputs * one.numel() > _LARGEST:
            return None
        pixels = torch.eye(inputs).view(inputs, convolution.in_channels, side, side)
        matrix: NDArray[np.float32] = (convolution(pixels) - one).flatten(1).numpy()
    return matrix


def disagreement(convolution: nn.Conv2d, matrix: NDArray[np.float32], x: Tensor) -> float:
    """Give the largest difference between a convolution and its matrix, on (N, channels, …)."""
    with torch.inference_mode():
        zero = convolution(torch.zeros_like(x[:1])).flatten(1)
        by_matrix = x.flatten(1) @ torch.from_numpy(matrix) + zero
        return float((convolution(x).flatten(1) - by_matrix).abs().max())
