"""`resnet18`: the paper's residual network of three stages.

How the parts map to the paper, whose names they keep:

======================  ==========================================================================
paper                   here
======================  ==========================================================================
`conv1`                 `conv1`: convolution 3 → 64, batch norm, ReLU
`block1`                `block1`: three `BasicBlock`, 64 channels
`block2`                `block2`: one `DownsampleBlock` to 128 channels, two `BasicBlock`
`block3`                `block3`: one `DownsampleBlock` to 256 channels, two `BasicBlock`
`avg_POOL`, flatten     the mean over the picture
`fc`                    `fc`: linear, 256 → classes
`Basic_block`           `BasicBlock`: two convolutions with batch norm, ReLU between, identity added
`Basic_Block1`          `DownsampleBlock`: the same, where the identity becomes a projection
======================  ==========================================================================

What the paper leaves open, and what is chosen here: the kernels are 3×3 with padding 1, in the
stem too, because the pictures are small; the stages have 64, 128 and 256 channels; the changing
block halves the picture in its first convolution (stride 2) and fits the identity by a 1×1
projection of stride 2 with batch norm (He et al. 2015, option B); the second ReLU follows the
addition; convolutions have no bias, batch norm has one; the pooling is global. The paper calls
it "ResNet18", although it has 1 + 3·3·2 + 1 = 20 weighted layers without the projections.
The paper reads pictures as RGB; a grey one is repeated to three channels here, inside.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec


class BasicBlock(nn.Module):
    """The paper's `Basic_block`: relu(x + norm(conv(relu(norm(conv(x))))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape: (N, channels, side, side)."""
        y = relu(self.norm1(self.conv1(x)))
        return relu(x + self.norm2(self.conv2(y)))


class DownsampleBlock(nn.Module):
    """The paper's `Basic_Block1`: a block that halves the picture and changes the channels."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.project = nn.Conv2d(before, after, 1, stride=2, bias=False)
        self.project_norm = nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, side, side) to (N, after, ceil(side / 2), ceil(side / 2))."""
        y = relu(self.norm1(self.conv1(x)))
        return relu(self.project_norm(self.project(x)) + self.norm2(self.conv2(y)))


class ResNet18(nn.Module):
    """The whole network; 4.33 million parameters for 10 classes."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()
        )
        self.block1 = nn.Sequential(BasicBlock(64), BasicBlock(64), BasicBlock(64))
        self.block2 = nn.Sequential(DownsampleBlock(64, 128), BasicBlock(128), BasicBlock(128))
        self.block3 = nn.Sequential(DownsampleBlock(128, 256), BasicBlock(256), BasicBlock(256))
        self.fc = nn.Linear(256, spec.classes)
        self._repeats = 3 // spec.channels

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, 1 | 3, size, size) raw pixels to (N, classes) logits. Shapes for 28×28."""
        x = torch.cat([self.normalize(pixels)] * self._repeats, dim=1)  # (N, 3, 28, 28)
        x = self.conv1(x)  # (N, 64, 28, 28)
        x = self.block1(x)  # (N, 64, 28, 28)
        x = self.block2(x)  # (N, 128, 14, 14)
        x = self.block3(x)  # (N, 256, 7, 7)
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits
