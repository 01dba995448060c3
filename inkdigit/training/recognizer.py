"""A torch network that answers for NumPy pictures, as the exported file does."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inkdigit.evaluation import metrics
from inkdigit.evaluation.test import ask
from inkdigit.training.loop import Score
from inkdigit.types import Images, Probabilities, Split

_BLOCK = 1000  # pictures that are read at once
_BATCH_PIXELS = 250 * 28 * 28  # that are answered at once: what a layer holds grows with them


class TorchRecognizer:
    """Answer with a network as it stands, on the device where it lies.

    Args:
        network: raw pixels to logits.
        class_names: in the order of its outputs; it may have one more, the log-odds that there is
            a digit at all.
        temperature: that logits are divided by.
    """

    def __init__(
        self, network: nn.Module, class_names: tuple[str, ...], temperature: float = 1.0
    ) -> None:
        self._network = network
        self._class_names = class_names
        self._temperature = temperature

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        return self._class_names

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for (N, height, width, channels) `uint8` with (N, classes)."""
        logits = torch.from_numpy(self.logits(images)[:, : len(self._class_names)])
        return (logits / self._temperature).softmax(dim=1).numpy()

    def logits(self, images: Images) -> NDArray[np.float32]:
        """Give all that the network says of (N, height, width, channels): (N, its outputs)."""
        device = next(self._network.parameters()).device
        self._network.eval()
        size = max(1, _BATCH_PIXELS // int(np.prod(images.shape[1:3])))
        answers = []
        with torch.inference_mode():
            for start in range(0, max(1, len(images)), size):  # of none, too, the width is asked
                batch = torch.from_numpy(images[start : start + size]).to(device)
                logits = self._network(batch.permute(0, 3, 1, 2).contiguous())
                answers.append(logits.float().cpu().numpy())
        return np.concatenate(answers)


def ask_logits(recognizer: TorchRecognizer, split: Split) -> NDArray[np.float32]:
    """Get all that a network says of a split: (N, its outputs)."""
    return np.concatenate([recognizer.logits(images) for images in split.blocks(_BLOCK)])


def score(recognizer: TorchRecognizer, split: Split, *, smoothing: float = 0) -> Score:
    """Judge a network on pictures whose labels are known; `smoothing` is that of its training."""
    probabilities = ask(recognizer, split, block=_BLOCK)
    labels = split.labels[split.indices]
    predicted = probabilities.argmax(axis=1)
    return Score(
        accuracy=metrics.accuracy(predicted, labels),
        loss=metrics.cross_entropy(probabilities, labels),
        objective=metrics.cross_entropy(probabilities, labels, smoothing=smoothing),
        wrong=int((predicted != labels).sum()),
        total=len(labels),
    )
