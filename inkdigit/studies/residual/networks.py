"""Plain and residual networks of equal size, narrow enough to train dozens of them on a CPU.

They are the networks of He et al. 2015 for small pictures: 6n + 2 weighted layers in three
stages of n blocks. Shortcuts hold no weights (their option A), so that a plain network and a
residual one differ in one addition and in nothing else.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from inkdigit.errors import ConfigError
from inkdigit.models.normalize import Normalize
from inkdigit.models.spec import ModelSpec

Kind = Literal["plain", "residual"]
KINDS: tuple[Kind, ...] = ("plain", "residual")
STAGES = 3
_WIDTH = 8  # filters of the first stage; the others have two and four times as many


@dataclass(frozen=True)
class Design:
    """Which network."""

    kind: Kind
    batchnorm: bool
    depth: int  # weighted layers

    @property
    def blocks(self) -> int:
        """Blocks of two convolutions, over all stages."""
        return (self.depth - 2) // 2

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.kind}-{'batchnorm' if self.batchnorm else 'bare'}-{self.depth}"


def require_depth(depth: int) -> None:
    """Refuse a depth that has no whole stages.

    Raises:
        ConfigError: it is not 6n + 2.
    """
    if depth < 8 or (depth - 2) % (2 * STAGES):
        raise ConfigError(
            f"a depth of {depth}, expected 8, 14, 20, 26, … (6n + 2): three stages of n blocks of "
            "two layers, one layer before them and one after."
        )


class Block(nn.Module):
    """Two convolutions; with or without the shortcut added before the last ReLU."""

    def __init__(self, before: int, after: int, design: Design) -> None:
        super().__init__()
        self._residual = design.kind == "residual"
        self._more_channels = after - before
        self._stride = 1 if before == after else 2
        bias = not design.batchnorm
        self.conv1 = nn.Conv2d(before, after, 3, stride=self._stride, padding=1, bias=bias)
        self.norm1 = nn.BatchNorm2d(after) if design.batchnorm else nn.Identity()
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=bias)
        self.norm2 = nn.BatchNorm2d(after) if design.batchnorm else nn.Identity()

    def shortcut(self, x: Tensor) -> Tensor:
        """Give the input in the shape of the output: every second pixel, channels of zeros."""
        if self._stride == 1:
            return x
        return pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self._more_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, side, side) to (N, after, side or half of it, likewise)."""
        y: Tensor = self.norm2(self.conv2(relu(self.norm1(self.conv1(x)))))
        return relu(self.shortcut(x) + y) if self._residual else relu(y)


class DeepCNN(nn.Module):
    """A convolution that halves the picture, three stages of blocks, a mean, a linear layer."""

    def __init__(self, spec: ModelSpec, design: Design) -> None:
        super().__init__()
        self.normalize = Normalize(spec.mean, spec.std)
        self.conv1 = nn.Conv2d(spec.channels, _WIDTH, 3, stride=2, padding=1)
        widths = [_WIDTH * 2**stage for stage in range(STAGES) for _ in range(design.blocks // 3)]
        pairs = zip([_WIDTH, *widths], widths, strict=False)
        self.blocks = nn.ModuleList(Block(before, after, design) for before, after in pairs)
        self.fc = nn.Linear(widths[-1], spec.classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # He et al. 2015, *Delving deep into rectifiers*
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def stem(self, pixels: Tensor) -> Tensor:
        """Give what goes into the first block."""
        return relu(self.conv1(self.normalize(pixels)))

    def head(self, x: Tensor) -> Tensor:
        """Turn what comes out of the last block into logits."""
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, side, side) raw pixels to (N, classes) logits."""
        x = self.stem(pixels)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

    def weighted_layers(self) -> list[nn.Conv2d | nn.Linear]:
        """List the layers that the depth counts, from the first to the last."""
        return [each for each in self.modules() if isinstance(each, nn.Conv2d | nn.Linear)]


@torch.inference_mode()
def right_without_blocks(network: DeepCNN, pixels: Tensor, labels: Tensor) -> tuple[int, list[int]]:
    """Count right answers of the whole network, and of it without each block in turn.

    A block that is left out gives its shortcut: its input, in the shape that the next one expects.

    Args:
        network: trained; it is set to evaluation.
        pixels: (N, channels, side, side) raw.
        labels: (N,).

    Source: Veit, Wilber and Belongie 2016, *Residual networks behave like ensembles*.
    """

    def right(x: Tensor, first: int) -> int:
        for block in network.blocks[first:]:
            x = block(x)
        return int((network.head(x).argmax(dim=1) == labels).sum())

    network.eval()
    x = network.stem(pixels)
    without = []
    for place, block in enumerate(network.blocks, 1):
        assert isinstance(block, Block), "the list holds nothing else"  # noqa: S101
        without.append(right(block.shortcut(x), place))
        x = block(x)
    return right(x, len(network.blocks)), without
