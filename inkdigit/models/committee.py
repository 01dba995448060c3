"""A committee: several networks that learn side by side in one run, and answer as one.

Each member is judged by itself while it learns, so that members stay different; the answer is
the mean of their logits. Three members cost three times the multiplications and err less than one
network of that size (LOG.md, 2026-11-25).

Source: Hansen and Salamon 1990, *Neural network ensembles*.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from inkdigit.models.spec import ModelSpec


class Committee(nn.Module):
    """Members of one design.

    Args:
        spec: what goes in and how many classes come out.
        build: makes a member; each draws its own first weights.
        size: how many members.
    """

    def __init__(
        self, spec: ModelSpec, build: Callable[[ModelSpec], nn.Module], size: int = 3
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(build(spec) for _ in range(size))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits.

        In training it gives (N, members, classes), for `training.loop` to judge one by one.
        """
        answers = torch.stack([member(pixels) for member in self.members], dim=1)
        return answers if self.training else answers.mean(dim=1)
