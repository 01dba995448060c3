"""How gradients fare on their way back through a network, and how alike neighbours' are.

Nothing is learned here: weights and statistics of batch norm are as before afterwards.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy

from inkdigit.studies.residual.networks import DeepCNN
from inkdigit.studies.residual.results import Probe

LAGS = 16  # how far apart neighbours are compared, in steps of a path
_POINTS = 64  # steps from one digit to another


def probe(network: DeepCNN, pixels: Tensor, labels: Tensor, step: int) -> Probe:
    """Measure the gradients of one batch, as a step of training would see them.

    Args:
        network: at any time of its training.
        pixels: (N, channels, side, side) raw.
        labels: (N,).
        step: of training; it is only noted.
    """
    inputs: list[Tensor] = []

    def keep(_block: nn.Module, given: tuple[Tensor, ...]) -> None:
        given[0].retain_grad()
        inputs.append(given[0])

    handles = [block.register_forward_pre_hook(keep) for block in network.blocks]
    try:
        with _left_as_it_was(network):
            network.train()
            network.zero_grad(set_to_none=True)
            torch.autograd.backward(cross_entropy(network(pixels), labels))
            weights = [_norms(layer.weight) for layer in network.weighted_layers()]
            network.zero_grad(set_to_none=True)
    finally:
        for handle in handles:
            handle.remove()
    # the loss is a mean: times N, it is the gradient of each picture's own loss
    of_inputs = [(len(labels) * _gradient(x)).flatten(1).norm(dim=1).mean() for x in inputs]
    return Probe(
        step=step,
        weight_gradient=tuple(finite(gradient) for gradient, _ in weights),
        gradient_to_weight=tuple(finite(gradient / weight) for gradient, weight in weights),
        input_gradient=tuple(finite(float(norm)) for norm in of_inputs),
    )


def neighbour_correlation(
    network: DeepCNN, reference: Tensor, pairs: tuple[Tensor, Tensor]
) -> tuple[float | None, ...]:
    """Walk from one digit to another, and compare the gradients at neighbouring places.

    What is compared is the gradient of an output with respect to the picture; batch norm has the
    statistics of `reference`, so that a picture's gradient does not depend on its neighbours.

    Args:
        network: at any time of its training.
        reference: (N, channels, side, side) raw pixels of digits.
        pairs: (M, channels, side, side) raw pixels of starts and as many ends.

    Returns:
        The mean cosine of the angle between gradients 1, 2, … `LAGS` places apart; None where
        there is no gradient.

    Source: Balduzzi et al. 2017, *The shattered gradients problem*.
    """
    with _left_as_it_was(network):
        _measure_batchnorm(network, reference)
        paths = [
            _gradients_on_path(network, start, end, place)
            for place, (start, end) in enumerate(zip(*pairs, strict=True))
        ]
    alike = []
    for lag in range(1, LAGS + 1):
        cosines = torch.cat([cosine_similarity(path[:-lag], path[lag:]) for path in paths])
        alike.append(finite(float(cosines.mean())))
    return tuple(alike) if any(bool(path.any()) for path in paths) else (None,) * LAGS


def finite(value: float) -> float | None:
    """Give a number that JSON can hold, or None."""
    return value if math.isfinite(value) else None


def _gradients_on_path(network: DeepCNN, start: Tensor, end: Tensor, output: int) -> Tensor:
    """Give the gradient at each place of a straight path: (places, pixels)."""
    shares = torch.linspace(0, 1, _POINTS + 1, device=start.device).view(-1, 1, 1, 1)
    places = torch.lerp(start.float(), end.float(), shares).requires_grad_()
    logits = network(places)
    torch.autograd.backward(logits[:, output % logits.shape[1]].sum())
    network.zero_grad(set_to_none=True)
    return _gradient(places).flatten(1)


def _measure_batchnorm(network: nn.Module, pixels: Tensor) -> None:
    """Give batch norm the statistics of one batch, and set the network to evaluation."""
    norms = [each for each in network.modules() if isinstance(each, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    network.train()
    with torch.no_grad():
        network(pixels)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


@contextmanager
def _left_as_it_was(network: nn.Module) -> Iterator[None]:
    """Put buffers and mode back when the block ends."""
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    was_training = network.training
    try:
        yield
    finally:
        for name, buffer in network.named_buffers():
            buffer.copy_(before[name])
        network.train(was_training)


def _norms(weight: Tensor) -> tuple[float, float]:
    return float(_gradient(weight).norm()), float(weight.detach().norm())


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None, "the loss depends on every layer"  # noqa: S101
    return tensor.grad
