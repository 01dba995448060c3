"""`sprint-cnn`: as little as it takes to tell digits apart after one pass.

The picture is halved by the first convolution and again by the pooling behind it, before anything
else is computed: what is left at full width is a 7×7 map, and a step is bound by few enough
multiplications and bytes that a pass over MNIST takes about two seconds on two CPU cores.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class SprintCNN(nn.Module):
    """Three convolutions with batch norm and one linear layer.

    Args:
        spec: what goes in and how many classes come out.
        widths: filters of each convolution.
    """

    def __init__(self, spec: ModelSpec, widths: tuple[int, int, int] = (16, 48, 64)) -> None:
        super().__init__()
        first, second, third = widths
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, first, 5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, second, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(second)
        self.conv3 = nn.Conv2d(second, third, 3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(third)
        side = (spec.image_size + 1) // 2 // 2 // 2
        self.fc = nn.Linear(third * side * side, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = self.normalize(pixels)
        x = relu(max_pool2d(self.norm1(self.conv1(x)), 2))  # (N, 16, 7, 7)
        x = relu(max_pool2d(self.norm2(self.conv2(x)), 2))  # (N, 48, 3, 3)
        x = relu(self.norm3(self.conv3(x)))  # (N, 64, 3, 3)
        logits: Tensor = self.fc(torch.flatten(x, 1))
        return logits
