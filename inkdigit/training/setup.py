"""From settings and data to a learner that is ready for its first step."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inkdigit.config import RunConfig, TrainingConfig
from inkdigit.data.batches import Batches
from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.not_digits import draw_not_digits
from inkdigit.data.other_hands import draw_other_hands
from inkdigit.data.source import Source
from inkdigit.data.sources.mnist import CLASS_NAMES as DIGITS
from inkdigit.data.split import count_classes
from inkdigit.errors import CheckpointError, ConfigError
from inkdigit.models.catalogue import find, is_of_last_layer
from inkdigit.models.spec import ModelSpec
from inkdigit.pictures.prepare import for_framed_digits
from inkdigit.training.device import Machine, brought_to
from inkdigit.training.loop import Learner
from inkdigit.training.run_folder import checkpoint
from inkdigit.training.teacher import soft_labels
from inkdigit.training.teacher_network import open_teacher
from inkdigit.types import Split

_log = logging.getLogger(__name__)

Soft = NDArray[np.float32]  # (rows of a split's labels, classes), shares of each class

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
        ConfigError: `init_from` holds another network, the teacher knows other classes.
        DataError: what the teacher said is of other pictures, or cannot be read.
        CheckpointError: `init_from` holds no run, or one for pictures of another shape; the
            teacher is no whole run.
    """
    spec = spec_of(source, evidence=config.data.not_digits > 0)
    drawn = config.data.not_digits or config.data.other_hands
    teacher = None if config.training.teacher is None else Path(config.training.teacher)
    share = config.training.teacher_share
    soft, teach = None, None
    if teacher is not None and teacher.is_dir():
        teach = open_teacher(teacher, source, machine, share=share, taught=len(source.train))
    elif teacher is not None:
        soft = soft_labels(teacher, source.train, share)
    train = source.train
    if drawn:
        train, soft = _with_drawn(source, config, soft)
    torch.manual_seed(seed_for(config.training.seed, Purpose.WEIGHTS))
    model = find(config.model.name).build(spec)
    if init_from is not None:
        _start_from(model, init_from, source.class_names)
    learner = Learner(
        brought_to(model, machine.device),
        config,
        class_weights=_class_weights(config.training, source.train, machine.device),
        autocast=machine.autocast,
    )
    batches = Batches(
        *(train, config.training, config.augmentation),
        device=machine.device,
        soft=soft,
        teach=teach,
    )
    return Setup(learner, batches, spec)


def _with_drawn(source: Source, config: RunConfig, soft: Soft | None) -> tuple[Split, Soft | None]:
    """Add digits with other hands' strokes, and pictures of no digit as one more class.

    Where labels are soft, those of the added digits are certain, and no digit has none.

    Raises:
        ConfigError: the source's pictures are not the ten digits, framed, of 28×28 in grey.
    """
    split, count, hands = source.train, config.data.not_digits, config.data.other_hands
    if source.preparation != for_framed_digits() or set(split.class_names) != set(DIGITS):
        key = "not_digits" if count else "other_hands"
        raise ConfigError(
            f"data.{key}={count or hands} with {source.name}, expected the ten digits, framed, "
            "28×28 and grey: it is beside those that not-digits are drawn. Use it with --data "
            "mnist, or with a folder of digits and `-s data.frame=digit`."
        )
    images, labels = split.read()
    names = np.array([int(name) for name in split.class_names])
    digits = (images, names[labels])
    seed = config.training.seed
    not_digits = draw_not_digits(count, digits, seed_for(seed, Purpose.NOT_DIGITS))
    others, truth = draw_other_hands(hands, digits, seed_for(seed, Purpose.OTHER_HANDS))
    classes = [np.argsort(names)[truth], np.full(count, len(names))]
    whole = replace(
        split,
        images=np.concatenate((images, others, not_digits)),
        labels=np.concatenate((labels, *classes)),
        indices=np.arange(len(images) + hands + count),
    )
    if soft is not None:
        certain = np.eye(len(names) + 1, len(names), dtype=np.float32)
        drawn = certain[whole.labels[len(images) :]]
        soft = np.concatenate((soft[split.indices], drawn))
    return whole, soft


def spec_of(source: Source, *, evidence: bool = False) -> ModelSpec:
    """Describe the pictures for a network; their statistics come from training pictures only.

    Args:
        source: the pictures.
        evidence: one more output says whether there is a digit at all.
    """
    mean, std = _statistics(source.train)
    return ModelSpec(
        image_size=source.preparation.image_size,
        channels=source.preparation.channels,
        classes=len(source.class_names) + evidence,
        mean=mean,
        std=std,
    )


def _statistics(split: Split) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure mean and standard deviation of each channel, by counting the 256 values."""
    sample = replace(split, indices=np.sort(split.indices[:_STATISTICS_IMAGES]))
    values = np.arange(256)
    counts = np.zeros((split.images.shape[3], 256), np.int64)
    for block in sample.blocks(256):  # float64 copies of all at once would fill the memory
        for channel, count in enumerate(counts):
            count += np.bincount(block[..., channel].ravel(), minlength=256)
    mean = counts @ values / counts.sum(axis=1)
    variance = (counts * (values - mean[:, None]) ** 2).sum(axis=1) / counts.sum(axis=1)
    return tuple(mean.tolist()), tuple(np.sqrt(variance).tolist())


def _start_from(model: nn.Module, run_folder: Path, class_names: tuple[str, ...]) -> None:
    """Take over the weights of a run; a last layer for other classes starts anew, and only it."""
    folder = run_folder / checkpoint.CHECKPOINTS / checkpoint.BEST
    weights, card = checkpoint.load_weights(folder), checkpoint.load_card(folder)
    wanted = model.state_dict()
    if weights.keys() != wanted.keys():
        raise ConfigError(
            f"{run_folder} holds the network {card.network!r}, which has other layers. "
            f"Use `-s model.name={card.network}`."
        )
    other = [name for name in wanted if wanted[name].shape != weights[name].shape]
    if not all(is_of_last_layer(name) for name in other):
        raise CheckpointError(
            f"{run_folder} was trained on {card.image_size} pixels a side and "
            f"{card.channels} channels, which do not fit this data. Use "
            f"`-s data.image_size={card.image_size} -s data.channels={card.channels}`."
        )
    if card.class_names != class_names:
        other = [name for name in wanted if is_of_last_layer(name)]
        _log.warning("the last layer starts anew: %s has other classes", run_folder)
    model.load_state_dict(wanted | {k: v for k, v in weights.items() if k not in other})


def _class_weights(config: TrainingConfig, split: Split, device: torch.device) -> Tensor | None:
    """Weigh classes by how rare they are; the mean over the pictures is 1."""
    if config.class_weights == "none":
        return None
    counts = count_classes(split)
    weights = len(split) / (len(counts) * np.maximum(counts, 1))
    return torch.tensor(weights, dtype=torch.float32, device=device)
