"""A network layer by layer: what comes out of each, how many weights it holds, what it costs."""

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from inkdigit.models.spec import ModelSpec


@dataclass(frozen=True)
class Layer:
    """One module without children."""

    name: str
    kind: str
    output: tuple[int, ...]  # shape for one picture
    parameters: int  # of a module that is called again: 0, they are counted above
    operations: int  # multiply-accumulates for one picture; 0 for what multiplies no weights


def summarize(model: nn.Module, spec: ModelSpec) -> tuple[Layer, ...]:
    """Run one black picture through the network and note every layer in the order of its call."""
    layers: list[Layer] = []
    handles = [
        module.register_forward_hook(_note(name, layers))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    device = next(model.parameters()).device
    picture = torch.zeros(
        1, spec.channels, spec.image_size, spec.image_size, dtype=torch.uint8, device=device
    )
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(picture)
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return tuple(layers)


def parameter_count(model: nn.Module) -> int:
    """Count the weights that training changes."""
    return sum(parameter.numel() for parameter in model.parameters())


def _note(name: str, layers: list[Layer]) -> Any:
    def hook(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        shape = tuple(output.shape[1:])
        called_again = any(layer.name == name for layer in layers)
        layers.append(
            Layer(
                name=name,
                kind=type(module).__name__,
                output=shape,
                parameters=0 if called_again else parameter_count(module),
                operations=_operations(module, shape),
            )
        )

    return hook


def _operations(module: nn.Module, output: tuple[int, ...]) -> int:
    if isinstance(module, nn.Conv2d):
        return prod(output) * module.in_channels // module.groups * prod(module.kernel_size)
    if isinstance(module, nn.Linear):
        return module.in_features * module.out_features
    return 0
