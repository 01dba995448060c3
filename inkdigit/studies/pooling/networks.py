"""The paper's two-layer CNN in four versions that differ in how they make pictures smaller."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec

Reduction = Literal["max", "average", "strided", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("max", "average", "strided", "none")
WORDS: dict[Reduction, str] = {
    "max": "max pooling",
    "average": "average pooling",
    "strided": "strided convolution",
    "none": "no reduction",
}
_WIDTHS = (16, 32)


class PoolingCNN(nn.Module):
    """Convolution 5×5, convolution 3×3, a linear layer; each convolution is followed by halving.

    With "strided" the convolutions themselves take every second place, so that the three that
    halve have the same weights; "none" halves nothing, and its linear layer is sixteen times as
    large.
    """

    def __init__(self, spec: ModelSpec, reduction: Reduction) -> None:
        super().__init__()
        self._reduction = reduction
        stride = 2 if reduction == "strided" else 1
        first, second = _WIDTHS
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, first, 5, stride=stride, padding=2)
        self.conv2 = nn.Conv2d(first, second, 3, stride=stride, padding=1)
        side = spec.image_size if reduction == "none" else spec.image_size // 2 // 2
        if reduction == "strided":  # a convolution rounds up where pooling rounds down
            side = (spec.image_size + 3) // 4
        self.fc = nn.Linear(second * side * side, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, side, side) raw pixels to (N, classes) logits."""
        x = self.normalize(pixels)
        x = self._reduced(relu(self.conv1(x)))
        x = self._reduced(relu(self.conv2(x)))
        logits: Tensor = self.fc(torch.flatten(x, 1))
        return logits

    def _reduced(self, x: Tensor) -> Tensor:
        if self._reduction == "max":
            return max_pool2d(x, 2)
        return avg_pool2d(x, 2) if self._reduction == "average" else x
