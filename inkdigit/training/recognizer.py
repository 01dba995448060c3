"""A torch network that answers for NumPy pictures, as the exported file does."""

import numpy as np
import torch
from torch import nn

from inkdigit.types import Images, Probabilities

_BATCH = 1000


class TorchRecognizer:
    """Answer with a network as it stands, on the device where it lies.

    Args:
        network: raw pixels to logits.
        class_names: in the order of its outputs.
    """

    def __init__(self, network: nn.Module, class_names: tuple[str, ...]) -> None:
        self._network = network
        self._class_names = class_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        return self._class_names

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for (N, height, width, channels) `uint8` with (N, classes)."""
        device = next(self._network.parameters()).device
        self._network.eval()
        answers = [np.empty((0, len(self._class_names)), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(images), _BATCH):
                batch = torch.from_numpy(images[start : start + _BATCH]).to(device)
                logits = self._network(batch.permute(0, 3, 1, 2).contiguous())
                answers.append(logits.float().softmax(dim=1).cpu().numpy())
        return np.concatenate(answers)
