"""A teacher that is asked about every picture as it is bent: a run whose network is better.

Its answer fits the very picture that is learned from, also where bending made a 7 of a 1; answers
that are kept in a file (`training.teacher`) cannot. The price is the teacher's work in each step.

Source: Beyer et al. 2022, *Knowledge distillation: a good teacher is patient and consistent*.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from inkdigit.data.source import Source
from inkdigit.errors import ConfigError
from inkdigit.training.device import Machine, brought_to
from inkdigit.training.run_folder.checkpoint import BEST, CHECKPOINTS, best_network, load_card


class TeacherNetwork:
    """Mixes labels with what a network says of the same pictures.

    Args:
        network: raw pixels to logits of the classes; what comes behind them is not looked at.
        classes: how many there are.
        share: of the teacher, in 0 to 1; the rest is the label's.
        taught: how many of the first pictures the teacher is asked about; those behind are drawn,
            and their labels are certain.
        autocast: the type of a mixed-precision forward pass, or None for fp32.
    """

    def __init__(
        self,
        network: nn.Module,
        classes: int,
        *,
        share: float,
        taught: int,
        autocast: torch.dtype | None = None,
    ) -> None:
        self._network = network.eval()
        self._classes = classes
        self._share = share
        self._taught = taught
        self._autocast = autocast

    def __call__(self, pixels: Tensor, labels: Tensor, positions: Tensor) -> Tensor:
        """Give (n, classes) shares of each class; all zero: no digit.

        Args:
            pixels: (n, channels, side, side) as they are bent.
            labels: (n,) class numbers; one above the last class: no digit.
            positions: (n,) of the pictures among those that are learned from.
        """
        shares = one_hot(labels, self._classes + 1)[:, : self._classes].float()
        rows = torch.nonzero(positions < self._taught).squeeze(1).to(labels.device)
        mixed = torch.lerp(shares[rows], self._say(pixels[rows]), self._share)
        return shares.index_copy(0, rows, mixed)

    def _say(self, pixels: Tensor) -> Tensor:
        kind = pixels.device.type
        with (
            torch.inference_mode(),
            torch.autocast(kind, dtype=self._autocast, enabled=self._autocast is not None),
        ):
            logits = self._network(pixels)
        said: Tensor = logits[:, : self._classes].float().softmax(dim=1)
        return said


def open_teacher(
    run: Path, source: Source, machine: Machine, *, share: float, taught: int
) -> TeacherNetwork:
    """Take a run's best network as a teacher.

    Args:
        run: the folder that holds its checkpoints.
        source: what is learned from.
        machine: where and how precisely to compute.
        share: of the teacher, in 0 to 1.
        taught: how many of the first pictures it is asked about.

    Raises:
        CheckpointError: there is no run, or it is damaged.
        ConfigError: it learned other classes, or pictures of another shape.
    """
    network, spec = best_network(run)
    card = load_card(run / CHECKPOINTS / BEST)
    found = (card.class_names, spec.image_size, spec.channels)
    preparation = source.preparation
    if found != (source.class_names, preparation.image_size, preparation.channels):
        raise ConfigError(
            f"training.teacher={run} knows {_in_words(*found)}, expected "
            f"{_in_words(source.class_names, preparation.image_size, preparation.channels)}, as "
            "the pictures that are learned from. Name a run that learned from the same kind."
        )
    return TeacherNetwork(
        brought_to(network, machine.device),
        len(source.class_names),
        share=share,
        taught=taught,
        autocast=machine.autocast,
    )


def _in_words(class_names: tuple[str, ...], side: int, channels: int) -> str:
    colour = "grey" if channels == 1 else "in colour"
    return f"the classes {', '.join(class_names)} at {side}×{side} and {colour}"
