"""The stages of a network, and what each hands to the next.

A stage is a direct part of the network that holds convolutions or linear layers; what it gives is
taken where the next one receives it, so after whatever activation and pooling stand between.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from inkdigit.models.committee import Committee


@dataclass(frozen=True)
class Stage:
    """What one stage gives for some pictures."""

    name: str
    output: Tensor  # (N, channels, side, side) where it gives maps, else (N, features)

    @property
    def has_maps(self) -> bool:
        """Whether places in the output are places in the picture."""
        return self.output.ndim == 4


def one_alone(network: nn.Module) -> nn.Module:
    """Choose what is looked into: the network, or the first member of a committee."""
    return network.members[0] if isinstance(network, Committee) else network


def parts(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """List the parts that weigh their inputs, from the first to `fc`."""
    return [(name, part) for name, part in network.named_children() if _weighs(part)]


def look(network: nn.Module, pixels: Tensor) -> tuple[Stage, ...]:
    """Ask a network, and give what each stage but the last one gives.

    The last features are flattened by some networks; their maps are put together again.

    Args:
        network: in the mode that is wanted; gradients are kept if they are enabled.
        pixels: (N, channels, side, side) raw.
    """
    given: dict[str, Tensor] = {}
    received: dict[str, Tensor] = {}
    known = parts(network)
    handles = []
    for name, part in known:
        handles.append(part.register_forward_pre_hook(_note(received, name, before=True)))
        handles.append(part.register_forward_hook(_note(given, name, before=False)))
    try:
        network(pixels)
    finally:
        for handle in handles:
            handle.remove()
    names = [name for name, _ in known]
    return tuple(
        Stage(name, _as_maps(given[name], received[after])) for name, after in pairwise(names)
    )


def first_convolution(network: nn.Module) -> nn.Conv2d:
    """Find the convolution that the picture comes to first."""
    return next(each for each in network.modules() if isinstance(each, nn.Conv2d))


def _as_maps(given: Tensor, received: Tensor) -> Tensor:
    """Choose, of what a part gave and the next one received, that which still has places."""
    if received.ndim == 4 or given.ndim == 2:
        return received
    channels = given.shape[1]
    side = math.isqrt(received.shape[1] // channels)
    if side > 1 and channels * side * side == received.shape[1]:
        return received.view(len(received), channels, side, side)
    return given  # averaged over all places


def _note(kept: dict[str, Tensor], name: str, *, before: bool) -> Callable[..., None]:
    def hook(_part: nn.Module, inputs: tuple[Tensor, ...], output: Any = None) -> None:
        kept[name] = inputs[0] if before else output

    return hook


def _weighs(part: nn.Module) -> bool:
    return any(isinstance(each, nn.Conv2d | nn.Linear) for each in part.modules())


def last_features(network: nn.Module, pixels: Tensor) -> Tensor:
    """Give what the last layer receives: (N, features)."""
    received: dict[str, Tensor] = {}
    name, part = parts(network)[-1]
    handle = part.register_forward_pre_hook(_note(received, name, before=True))
    try:
        with torch.inference_mode():
            network(pixels)
    finally:
        handle.remove()
    return received[name]
