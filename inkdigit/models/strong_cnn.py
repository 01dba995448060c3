"""`strong-cnn`: six convolutions for runs of minutes.

A first layer at full resolution costs a seventh of the time more and was no more accurate
(LOG.md, 2026-11-25), so the picture is halved by the very first convolution, as in `fast-cnn`;
the multiplications are spent on two convolutions each at 14×14 and at 7×7.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class StrongCNN(nn.Module):
    """Six convolutions with batch norm and one linear layer.

    Args:
        spec: what goes in and how many classes come out.
        widths: filters at 14×14 (the first convolution's and the next two's), at 7×7 and at 3×3.
    """

    def __init__(
        self, spec: ModelSpec, widths: tuple[int, int, int, int] = (32, 48, 96, 128)
    ) -> None:
        super().__init__()
        first, fine, middle, coarse = widths
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, first, 5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.conv2 = _three_by_three(first, fine)
        self.norm2 = nn.BatchNorm2d(fine)
        self.conv3 = _three_by_three(fine, fine)
        self.norm3 = nn.BatchNorm2d(fine)
        self.conv4 = _three_by_three(fine, middle)
        self.norm4 = nn.BatchNorm2d(middle)
        self.conv5 = _three_by_three(middle, middle)
        self.norm5 = nn.BatchNorm2d(middle)
        self.conv6 = _three_by_three(middle, coarse)
        self.norm6 = nn.BatchNorm2d(coarse)
        side = (spec.image_size + 1) // 2 // 2 // 2
        self.fc = nn.Linear(coarse * side * side, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = self.normalize(pixels)
        x = relu(self.norm1(self.conv1(x)))  # (N, 32, 14, 14)
        x = relu(self.norm2(self.conv2(x)))  # (N, 48, 14, 14)
        x = relu(max_pool2d(self.norm3(self.conv3(x)), 2))  # (N, 48, 7, 7)
        x = relu(self.norm4(self.conv4(x)))  # (N, 96, 7, 7)
        x = relu(max_pool2d(self.norm5(self.conv5(x)), 2))  # (N, 96, 3, 3)
        x = relu(self.norm6(self.conv6(x)))  # (N, 128, 3, 3)
        logits: Tensor = self.fc(torch.flatten(x, 1))
        return logits


def _three_by_three(inputs: int, filters: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, filters, 3, padding=1, bias=False)
