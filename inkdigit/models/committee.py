"""A committee: several networks that learn side by side in one run, and answer as one.

Each member is judged by itself while it learns, so that members stay different; the answer is
the mean of their logits. Three members cost three times the multiplications and err less than one
network of that size (LOG.md, 2026-11-25).

Source: Hansen and Salamon 1990, *Neural network ensembles*.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from inkdigit.models.spec import ModelSpec


class Committee(nn.Module):
    """Members of one design, which may see the digit differently.

    Args:
        spec: what goes in and how many classes come out.
        members: what makes each of them; each draws its own first weights.
    """

    def __init__(
        self, spec: ModelSpec, members: Sequence[Callable[[ModelSpec], nn.Module]]
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(build(spec) for build in members)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits.

        In training it gives (N, members, classes), for `training.loop` to judge one by one.
        """
        answers = torch.stack([member(pixels) for member in self.members], dim=1)
        return answers if self.training else answers.mean(dim=1)
