"""The moving average of the weights: smoother than any single step, at the cost of one addition.

Source: Polyak and Juditsky 1992; Izmailov et al. 2018 for batch norm.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, update_bn


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Start an exponential moving average of a network's weights.

    Args:
        model: the network; its copy in the average starts at its weights.
        decay: what a step keeps of the average, once there have been enough steps: before that
            the average covers about the last tenth of them, so that it forgets where it began.
    """

    @torch.no_grad()
    def move(averages: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
        kept = min(decay, (1 + float(steps)) / (10 + float(steps)))
        return torch.lerp(current, averages, kept)

    return AveragedModel(model, avg_fn=move)


def network_of(average: AveragedModel) -> nn.Module:
    """The network that holds the averaged weights."""
    return average.module


def reestimate_batchnorm(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Measure the statistics of batch norm anew: the old ones belong to other weights."""
    update_bn(batches, network)
    network.eval()
