"""From settings and data to a learner that is ready for its first step."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from inkdigit.config import RunConfig, TrainingConfig
from inkdigit.data.batches import Batches
from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.source import Source
from inkdigit.data.split import count_classes
from inkdigit.errors import CheckpointError, ConfigError
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec
from inkdigit.training import checkpoint
from inkdigit.training.device import Machine
from inkdigit.training.loop import Learner
from inkdigit.types import Split

_log = logging.getLogger(__name__)

_STATISTICS_IMAGES = 10_000  # enough for a mean to four digits


@dataclass(frozen=True)
class Setup:
    """What the loop needs, and what the network was built for."""

    learner: Learner
    batches: Batches
    spec: ModelSpec


def set_up(config: RunConfig, source: Source, machine: Machine, init_from: Path | None) -> Setup:
    """Build the network, or take over another run's, and bring it and the pictures to the device.

    Args:
        config: of the run.
        source: what is learned from.
        machine: where and how precisely to compute.
        init_from: a run whose best weights are the start, where their shapes fit.

    Raises:
        ConfigError: `init_from` holds another network.
        CheckpointError: `init_from` holds no run, or one for pictures of another shape.
    """
    spec = _spec(source)
    torch.manual_seed(seed_for(config.training.seed, Purpose.WEIGHTS))
    model = find(config.model.name).build(spec)
    if init_from is not None:
        _start_from(model, init_from, source.class_names)
    if machine.device.type != "mps":  # 2.0 × as fast on two AVX-512 cores (LOG.md, 2026-11-22)
        model = model.to(memory_format=torch.channels_last)
    learner = Learner(
        model.to(machine.device),
        config,
        class_weights=_class_weights(config.training, source.train, machine.device),
        autocast=machine.autocast,
    )
    batches = Batches(source.train, config.training, config.augmentation, device=machine.device)
    return Setup(learner, batches, spec)


def _spec(source: Source) -> ModelSpec:
    """Describe the pictures; their statistics come from training pictures only."""
    rows = np.sort(source.train.indices[:_STATISTICS_IMAGES])
    pixels = source.train.images[rows].reshape(-1, source.preparation.channels)
    return ModelSpec(
        image_size=source.preparation.image_size,
        channels=source.preparation.channels,
        classes=len(source.class_names),
        mean=tuple(float(value) for value in pixels.mean(axis=0, dtype=np.float64)),
        std=tuple(float(value) for value in pixels.std(axis=0, dtype=np.float64)),
    )


def _start_from(model: nn.Module, run_folder: Path, class_names: tuple[str, ...]) -> None:
    """Take over the weights of a run; a last layer for other classes starts anew, and only it."""
    folder = run_folder / checkpoint.CHECKPOINTS / checkpoint.BEST
    weights, card = checkpoint.load_weights(folder), checkpoint.load_card(folder)
    wanted = model.state_dict()
    if weights.keys() != wanted.keys():
        raise ConfigError(
            f"{run_folder} holds the network {card['network']!r}, which has other layers. "
            f"Use `-s model.name={card['network']}`."
        )
    other = [name for name in wanted if wanted[name].shape != weights[name].shape]
    if any(not name.startswith("fc.") for name in other):
        raise CheckpointError(
            f"{run_folder} was trained on {card['image_size']} pixels a side and "
            f"{card['channels']} channels, which do not fit this data. Use "
            f"`-s data.image_size={card['image_size']} -s data.channels={card['channels']}`."
        )
    if tuple(card["class_names"]) != class_names:
        other = [name for name in wanted if name.startswith("fc.")]
        _log.warning("the last layer starts anew: %s has other classes", run_folder)
    model.load_state_dict(wanted | {k: v for k, v in weights.items() if k not in other})


def _class_weights(config: TrainingConfig, split: Split, device: torch.device) -> Tensor | None:
    """Weigh classes by how rare they are; the mean over the pictures is 1."""
    if config.class_weights == "none":
        return None
    counts = count_classes(split)
    weights = len(split) / (len(counts) * np.maximum(counts, 1))
    return torch.tensor(weights, dtype=torch.float32, device=device)
