"""`fast-cnn`: small, and quick on a CPU.

What bounds a step on two CPU cores is the number of multiplications at high resolution and the
bytes of the activations, so the picture is halved by the very first convolution, and pooling
comes before the activation: the maximum of a rising function is the function of the maximum,
and there is a quarter as much of it to compute.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class FastCNN(nn.Module):
    """Four convolutions with batch norm and one linear layer.

    Args:
        spec: what goes in and how many classes come out.
        widths: filters of each convolution. ONNX Runtime computes sixteen at a time with AVX-512,
            and reorders what is no multiple of that.
    """

    def __init__(
        self, spec: ModelSpec, widths: tuple[int, int, int, int] = (16, 32, 64, 64)
    ) -> None:
        super().__init__()
        first, second, third, fourth = widths
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, first, 5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, second, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(second)
        self.conv3 = nn.Conv2d(second, third, 3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(third)
        self.conv4 = nn.Conv2d(third, fourth, 3, padding=1, bias=False)
        self.norm4 = nn.BatchNorm2d(fourth)
        side = (spec.image_size + 1) // 2 // 2 // 2
        self.fc = nn.Linear(fourth * side * side, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = self.normalize(pixels)
        x = relu(self.norm1(self.conv1(x)))  # (N, 16, 14, 14)
        x = relu(max_pool2d(self.norm2(self.conv2(x)), 2))  # (N, 32, 7, 7)
        x = relu(max_pool2d(self.norm3(self.conv3(x)), 2))  # (N, 64, 3, 3)
        x = relu(self.norm4(self.conv4(x)))  # (N, 64, 3, 3)
        logits: Tensor = self.fc(torch.flatten(x, 1))
        return logits
