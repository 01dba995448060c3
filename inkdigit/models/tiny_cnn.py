"""`tiny-cnn`: below 2,000 parameters, since one block is used five times.

A block looks at each map by itself and then mixes them, which costs 9 + n weights a filter instead
of 9 n, and is used again and again, at ever coarser resolution, on what it has made so far. Only
the statistics of its batch norm are of each use alone. So few weights can have 28 maps, which
gave more than a design with weights of its own for every layer (LOG.md, 2026-11-28).

Sources: Chollet 2017 (separable convolutions), Liao and Poggio 2016 (a residual network whose
blocks share weights, each use with batch norm of its own).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class TinyCNN(nn.Module):
    """One convolution, one block that is used at three resolutions, and a linear layer.

    Args:
        spec: what goes in and how many classes come out.
        width: maps everywhere.
        uses: of the block at 14×14, at 7×7 and at 3×3.
    """

    def __init__(
        self, spec: ModelSpec, width: int = 28, uses: tuple[int, int, int] = (2, 2, 1)
    ) -> None:
        super().__init__()
        self.uses = uses
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, width, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.look = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.mix = nn.Conv2d(width, width, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, affine=False) for _ in range(sum(uses)))
        side = (spec.image_size + 1) // 2 // 2 // 2
        self.gather = nn.Conv2d(width, width, side, groups=width, bias=False)
        self.norm2 = nn.BatchNorm2d(width, affine=False)
        self.fc = nn.Linear(width, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = relu(self.norm1(self.conv1(self.normalize(pixels))))  # (N, 28, 14, 14)
        norms = iter(self.norms)
        for level, count in enumerate(self.uses):
            if level:
                x = max_pool2d(x, 2)  # (N, 28, 7, 7), then (N, 28, 3, 3)
            for _ in range(count):
                x = relu(x + next(norms)(self.mix(self.look(x))))
        x = relu(self.norm2(self.gather(x)))  # (N, 28, 1, 1)
        logits: Tensor = self.fc(torch.flatten(x, 1))
        return logits
