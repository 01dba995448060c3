"""Raw pixels in, zero mean and unit variance out: the first layer of every network here.

The constants are buffers, so they travel with the weights and into the exported file; nobody
has to know them to use a network.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation, channel by channel.

    Args:
        mean: one value for each channel, in raw pixels (0 to 255).
        std: likewise; a channel that never varies counts as 1.
    """

    mean: Tensor
    inverse_std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        spread = torch.tensor([value if value > 0 else 1.0 for value in std])
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("inverse_std", (1 / spread).view(1, -1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, height, width), `uint8` or float in 0 to 255, to float."""
        return (pixels.to(self.mean.dtype) - self.mean) * self.inverse_std
