"""Muon: momentum whose steps are made orthogonal, so that every direction of a filter bank learns.

A gradient of a filter bank, flattened to (filters, inputs), has a few large singular values and
many small ones; a plain step follows the large ones only. Here all of a step's singular values
are near 1. One pass over MNIST's training digits then teaches about as much as two (LOG.md,
2026-11-25).

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the fixed
norm of the filters after Jordan's cifar10-airbench.
"""

from collections.abc import Callable
from typing import Any, overload

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_ROUNDS = 3  # of Newton-Schulz; more make the singular values no more equal, only slower
_QUINTIC = (3.4445, -4.7750, 2.0315)  # steepest at 0, and never far from 1 in 0.7 to 1.2


class Muon(Optimizer):
    """Orthogonal steps for filter banks, Nesterov momentum for all other parameters.

    Filter banks keep a norm of √filters: what follows them (batch norm, or the next layers with
    their biases) decides the scale, and a fixed norm fixes how much a step turns them.

    Args:
        groups: each with `params`, `weight_decay` and `orthogonal`; decay does not act on
            orthogonal groups, whose norm is fixed.
        lr: of all groups.
        momentum: of all groups.
    """

    def __init__(self, groups: list[dict[str, Any]], *, lr: float, momentum: float) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step along the gradients that the parameters hold."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)
        return loss

    def _move(self, parameter: nn.Parameter, group: dict[str, Any]) -> None:
        gradient = parameter.grad
        assert gradient is not None  # noqa: S101
        if not group["orthogonal"]:
            gradient = gradient.add(parameter, alpha=group["weight_decay"])
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"]
        buffer.mul_(group["momentum"]).add_(gradient)
        change = gradient.add(buffer, alpha=group["momentum"])
        if group["orthogonal"]:
            parameter.mul_(len(parameter) ** 0.5 / parameter.norm().clamp_min(1e-12))
            change = orthogonal(change.flatten(1)).view(change.shape)
        parameter.add_(change, alpha=-group["lr"])


def orthogonal(matrix: Tensor) -> Tensor:
    """Bring all singular values near 1 and keep the singular vectors.

    Args:
        matrix: (rows, columns).

    Returns:
        The same shape; singular values that were not tiny beside the largest lie in about 0.5 to
        1.2.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x: Tensor = matrix.T if tall else matrix
    x = x / x.norm().clamp_min(1e-12)  # now none is above 1
    linear, cubic, quintic = _QUINTIC
    for _ in range(_ROUNDS):
        square = x @ x.T
        x = linear * x + (cubic * square + quintic * square @ square) @ x
    return x.T if tall else x
