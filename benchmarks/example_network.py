"""The network of pytorch/examples' mnist, which speed is compared with."""

import torch
from torch import nn


class ExampleNetwork(nn.Module):
    """The network of pytorch/examples' mnist, which speed is compared with."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Map (N, 1, 28, 28) floats to (N, 10) log-probabilities."""
        logits: torch.Tensor = self.layers(images)
        return logits.log_softmax(dim=1)
