"""`two-layer-cnn`: the network of the paper's conclusion.

The paper says: two convolutional layers, the first with 5×5 and the second with 3×3 kernels,
pooling, and 98 to 99 % on MNIST. It leaves open the numbers of filters (32 and 64 here), the
padding (none, as in LeNet), the pooling (maximum of 2×2), and the linear layers (one hidden
layer of 128). There is no normalisation layer and no dropout, because the paper names none.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class TwoLayerCNN(nn.Module):
    """Convolution 5×5, pooling, convolution 3×3, pooling, two linear layers."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, 32, 5)
        self.conv2 = nn.Conv2d(32, 64, 3)
        side = ((spec.image_size - 4) // 2 - 2) // 2
        self.hidden = nn.Linear(64 * side * side, 128)
        self.fc = nn.Linear(128, spec.classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = self.normalize(pixels)
        x = relu(max_pool2d(self.conv1(x), 2))  # (N, 32, 12, 12)
        x = relu(max_pool2d(self.conv2(x), 2))  # (N, 64, 5, 5)
        x = relu(self.hidden(torch.flatten(x, 1)))  # (N, 128)
        logits: Tensor = self.fc(x)
        return logits
