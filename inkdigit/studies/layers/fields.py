"""Receptive fields: which pixels a place of a layer can see, and which it listens to."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torch.overrides import TorchFunctionMode

from inkdigit.studies.layers.stages import look

_MOST = 0.9  # of the weight that a place gives to pixels counts as what it listens to


@dataclass(frozen=True)
class Field:
    """What the middle place of a stage sees."""

    stage: str
    side: int  # pixels of the square that it can see, within the picture
    listened: float  # share of the picture's pixels that get nine tenths of the weight
    weight: NDArray[np.float64]  # (side, side), how strongly each pixel counts, sum 1


def receptive_fields(network: nn.Module, pixels: Tensor) -> tuple[Field, ...]:
    """Measure the receptive field of the middle of every stage that has maps.

    What it can see follows from the layers alone: with every weight positive, no activation and
    averages instead of maxima, a pixel counts if its gradient is not 0. What it listens to is the
    mean absolute gradient over real pictures.

    Args:
        network: trained; it is not changed.
        pixels: (N, channels, side, side) raw.

    Source: Luo et al. 2016, *Understanding the effective receptive field*.
    """
    network.eval()
    bare = _all_positive(network)
    with _Linear():
        reachable = _gradients(bare, pixels[:1])
    return tuple(
        Field(
            stage=name,
            side=_side(reachable[name]),
            listened=_listened(weight),
            weight=weight / weight.sum() if weight.any() else weight,
        )
        for name, weight in _gradients(network, pixels).items()
    )


class _Linear(TorchFunctionMode):
    """While it is active, activations do nothing and the largest is the mean."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in ("relu", "relu_"):
            return args[0]
        if name.startswith(("max_pool2d", "boolean_dispatch")) or name == "_max_pool2d":
            return avg_pool2d(args[0], *args[1:4], **_of_pooling(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _of_pooling(kwargs: dict[str, Any]) -> dict[str, Any]:
    known = ("kernel_size", "stride", "padding", "ceil_mode")
    return {name: value for name, value in kwargs.items() if name in known}


def _all_positive(network: nn.Module) -> nn.Module:
    """Copy a network so that nothing in it can cancel out."""
    copied = copy.deepcopy(network)
    for module in copied.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()  # also mean 0 and variance 1
    return copied.eval()


def _gradients(network: nn.Module, pixels: Tensor) -> dict[str, NDArray[np.float64]]:
    """Give, by stage, the mean absolute gradient of its middle with respect to each pixel."""
    found = {}
    names = [stage.name for stage in look(network, pixels[:1]) if stage.has_maps]
    for name in names:
        seen = pixels.float().requires_grad_()
        output = next(stage.output for stage in look(network, seen) if stage.name == name)
        middle = output.shape[2] // 2
        gradients = torch.autograd.grad(output[:, :, middle, middle].abs().sum(), seen)[0]
        found[name] = gradients.abs().sum(dim=1).mean(dim=0).double().cpu().numpy()
    return found


def _side(weight: NDArray[np.float64]) -> int:
    rows, columns = np.nonzero(weight)
    return 0 if not len(rows) else int(max(np.ptp(rows), np.ptp(columns))) + 1


def _listened(weight: NDArray[np.float64]) -> float:
    """Count the strongest pixels that together have `_MOST` of the weight, as a share of all."""
    if not weight.any():
        return 0.0
    shares = np.sort(weight.ravel())[::-1].cumsum() / weight.sum()
    return float((np.searchsorted(shares, _MOST) + 1) / weight.size)
