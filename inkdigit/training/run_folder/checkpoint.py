"""Saving a network in training, and finding it again: safetensors and JSON, never pickle.

A checkpoint is a folder: `weights.safetensors` (the network that is validated and exported),
for the last one also `state.safetensors` (the raw weights, their average and the optimizer's
buffers), `card.json` (what they belong to, and how far the run was), and `manifest.json` with
the SHA-256 of each. The folder appears in one rename, so it is whole or not there.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from inkdigit.data.source import Source
from inkdigit.durable import replace_folder, sha256_of, write_bytes, write_json
from inkdigit.errors import CheckpointError
from inkdigit.models.catalogue import find, outputs_of
from inkdigit.models.spec import ModelSpec
from inkdigit.training.loop import EpochSoFar, Learner, Score

CHECKPOINTS = "checkpoints"  # the folder in a run's that holds the three
BEST, LAST, PREVIOUS = "best", "last", "previous"

_FILES = {  # by the name of the checkpoint
    BEST: {"card.json", "weights.safetensors"},
    LAST: {"card.json", "weights.safetensors", "state.safetensors"},
    PREVIOUS: {"card.json", "weights.safetensors", "state.safetensors"},
}

_log = logging.getLogger(__name__)


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Card(_Record):
    """What the weights of a checkpoint belong to, and when they were taken."""

    network: str
    class_names: tuple[str, ...]
    image_size: int
    channels: Literal[1, 3]
    epoch: int  # whole epochs, validated
    step: int  # of the whole run


class Best(_Record):
    """An epoch that is the best one so far."""

    epoch: int
    validation: Score


class Progress(_Record):
    """How far a run was when its last checkpoint was taken."""

    config_sha256: str
    so_far: EpochSoFar  # of the epoch that was not whole yet
    fewest_wrong: Best | None = None  # on validation; a run that began before 2026-11-29 has none
    best: Best | None  # see `training.choice`
    metrics_bytes: int  # length of metrics.jsonl
    timings_bytes: int
    training_s: float  # in whole epochs
    total_s: float


class _LastCard(Card):
    progress: Progress


AnyCard = TypeVar("AnyCard", bound=Card)


class Learning(Protocol):
    """What learns: the next step is a function of these three and of what is learned from."""

    @property
    def model(self) -> nn.Module:
        """The weights as they are after the last step."""
        ...

    @property
    def average(self) -> AveragedModel | None:
        """Their moving average, if there is one."""
        ...

    @property
    def optimizer(self) -> Optimizer:
        """What steps, with its buffers."""
        ...


def card_of(learner: Learner, source: Source) -> Card:
    """Say what the weights of a checkpoint belong to."""
    return Card(
        network=learner.config.model.name,
        class_names=source.class_names,
        image_size=source.preparation.image_size,
        channels=source.preparation.channels,
        epoch=learner.epoch,
        step=learner.step,
    )


def save_best(checkpoints: Path, network: nn.Module, card: Card) -> None:
    """Keep a network in place of the best one so far."""
    with replace_folder(checkpoints / BEST) as folder:
        _write(folder, {"weights": _tensors(network)}, card)


def save_last(checkpoints: Path, learner: Learner, card: Card, progress: Progress) -> None:
    """Keep everything that the next step depends on; what was last becomes the previous."""
    with replace_folder(checkpoints / LAST, keep=checkpoints / PREVIOUS) as folder:
        whole = _LastCard(**dict(card), progress=progress)
        _write(folder, {"weights": _tensors(learner.network), "state": state_of(learner)}, whole)


def load_weights(folder: Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint, on the CPU.

    Raises:
        CheckpointError: there is none, or a file differs from the manifest.
    """
    return _parse_tensors(_read(folder)["weights.safetensors"], folder)


def load_card(folder: Path) -> Card:
    """Read what a checkpoint belongs to.

    Raises:
        CheckpointError: there is none, or a file differs from the manifest.
    """
    return _parse_card(_read(folder)["card.json"], folder, Card)


def best_network(run: Path) -> tuple[nn.Module, ModelSpec]:
    """Build the network of a run's best epoch, on the CPU.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    folder = run / CHECKPOINTS / BEST
    weights, card = load_weights(folder), load_card(folder)
    spec = ModelSpec(
        image_size=card.image_size,
        channels=card.channels,
        classes=outputs_of(weights),
        mean=(0.0,) * card.channels,  # the true ones are among the weights
        std=(1.0,) * card.channels,
    )
    network = find(card.network).build(spec).eval()
    network.load_state_dict(weights)
    return network, spec


def restore(checkpoints: Path, learner: Learner) -> Progress:
    """Put a learner where the last good checkpoint was taken, to the bit.

    Args:
        checkpoints: the folder that holds `last` and `previous`.
        learner: as it was built for the first step of the same run.

    Returns:
        How far the run was.

    Raises:
        CheckpointError: both are missing or damaged, or belong to another network.
    """
    faults = []
    for name in (LAST, PREVIOUS):
        try:
            progress = _restore(checkpoints / name, learner)
        except CheckpointError as error:
            faults.append(str(error))
            continue
        if faults:
            _log.warning("%s Going on from %s, step %d.", faults[0], name, learner.step)
        return progress
    raise CheckpointError(
        f"{' '.join(faults)} Neither can be gone on from. Train again with "
        f"`inkdigit train {checkpoints.parent / 'config.toml'}`."
    )


def _restore(folder: Path, learner: Learner) -> Progress:
    files = _read(folder)
    card = _parse_card(files["card.json"], folder, _LastCard)
    state = _parse_tensors(files["state.safetensors"], folder)
    try:
        load_state(learner, state)
    except (RuntimeError, ValueError, IndexError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{folder} belongs to another network ({reason}).") from error
    learner.epoch, learner.step, learner.so_far = card.epoch, card.step, card.progress.so_far
    return card.progress


def state_of(learner: Learning) -> dict[str, Tensor]:
    """Name every tensor that the next step depends on."""
    state = {f"model.{name}": tensor for name, tensor in _tensors(learner.model).items()}
    if learner.average is not None:
        average = learner.average.state_dict()
        state |= {f"average.{name}": value.contiguous() for name, value in average.items()}
    for index, buffers in learner.optimizer.state_dict()["state"].items():
        state |= {
            f"optimizer.{index}.{name}": value.contiguous()
            for name, value in buffers.items()
            if isinstance(value, Tensor)
        }
    return state


def load_state(learner: Learning, state: Mapping[str, Tensor]) -> None:
    """Put what learns where `state_of` was taken.

    Raises:
        RuntimeError, ValueError, IndexError: the state belongs to another network or optimizer.
    """
    learner.model.load_state_dict(_part(state, "model."))
    if learner.average is not None:
        learner.average.load_state_dict(_part(state, "average."))
    _load_buffers(learner, _part(state, "optimizer."))


def _load_buffers(learner: Learning, buffers: Mapping[str, Tensor]) -> None:
    """Give the optimizer its buffers back, laid out in memory as their parameters are."""
    parameters = [each for group in learner.optimizer.param_groups for each in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in buffers.items():
        index, name = key.split(".", 1)
        like = parameters[int(index)].detach()
        if value.shape == like.shape:  # else a count of steps
            value = torch.empty_like(like).copy_(value)
        state.setdefault(int(index), {})[name] = value
    learner.optimizer.load_state_dict(learner.optimizer.state_dict() | {"state": state})


def _part(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in network.state_dict().items()}


def _write(folder: Path, files: Mapping[str, dict[str, Tensor]], card: Card) -> None:
    for name, tensors in files.items():
        write_bytes(folder / f"{name}.safetensors", save(tensors))
    write_json(folder / "card.json", card.model_dump(mode="json"))
    hashes = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
    write_json(folder / "manifest.json", {"sha256": hashes})


def _read(folder: Path) -> dict[str, bytes]:
    """Read every file of a checkpoint, each of them as its manifest says."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))["sha256"]
        files = {name: (folder / name).read_bytes() for name in _FILES[folder.name]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{folder}: no whole checkpoint ({type(error).__name__}), expected a folder "
            "checkpoints/best or checkpoints/last of a run. Name the folder of a run, such as "
            "runs/fast-…."
        ) from error
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if manifest != found:
        raise CheckpointError(f"{folder}: a file differs from its SHA-256: it is damaged.")
    return files


def _parse_tensors(content: bytes, folder: Path) -> dict[str, Tensor]:
    try:
        return load(content)
    except SafetensorError as error:
        raise CheckpointError(f"{folder}: the weights cannot be read: {error}.") from error


def _parse_card(content: bytes, folder: Path, kind: type[AnyCard]) -> AnyCard:
    try:
        return kind.model_validate(json.loads(content))
    except ValidationError as error:
        raise CheckpointError(
            f"{folder}: its card.json lacks {error.errors()[0]['loc'][0]!r} or has it of another "
            "kind, expected one that this version of inkdigit wrote."
        ) from error
