"""Saving a network in training, and finding it again: safetensors and JSON, never pickle.

A checkpoint is a folder: `weights.safetensors` (the network that is validated and exported),
for the last one also `state.safetensors` (the raw weights, their average and the optimizer's
buffers), `card.json` (what they belong to), and `manifest.json` with the SHA-256 of each. The
folder appears in one rename, so it is whole or not there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from inkdigit.durable import replace_folder, sha256_of, write_bytes, write_json
from inkdigit.errors import CheckpointError
from inkdigit.training.loop import Learner

CHECKPOINTS = "checkpoints"  # the folder in a run's that holds the three
BEST, LAST, PREVIOUS = "best", "last", "previous"


def save_best(checkpoints: Path, learner: Learner, card: Mapping[str, Any]) -> None:
    """Keep the network that is judged, in place of the best one so far."""
    with replace_folder(checkpoints / BEST) as folder:
        _write(folder, {"weights": _tensors(learner.network)}, card)


def save_last(checkpoints: Path, learner: Learner, card: Mapping[str, Any]) -> None:
    """Keep everything that the next step depends on; what was last becomes the previous."""
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
    with replace_folder(checkpoints / LAST, keep=checkpoints / PREVIOUS) as folder:
        _write(folder, {"weights": _tensors(learner.network), "state": state}, card)


def load_weights(folder: Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint, on the CPU.

    Raises:
        CheckpointError: there is none, or a file differs from the manifest.
    """
    _check(folder)
    try:
        return load_file(folder / "weights.safetensors")
    except SafetensorError as error:
        raise CheckpointError(f"{folder}: the weights cannot be read: {error}.") from error


def load_card(folder: Path) -> dict[str, Any]:
    """Read what a checkpoint belongs to.

    Raises:
        CheckpointError: there is none, or a file differs from the manifest.
    """
    _check(folder)
    card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    return card


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in network.state_dict().items()}


def _write(folder: Path, files: Mapping[str, dict[str, Tensor]], card: Mapping[str, Any]) -> None:
    for name, tensors in files.items():
        write_bytes(folder / f"{name}.safetensors", save(tensors))
    write_json(folder / "card.json", card)
    hashes = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
    write_json(folder / "manifest.json", {"sha256": hashes})


def _check(folder: Path) -> None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))["sha256"]
        found = {name: sha256_of(folder / name) for name in manifest}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{folder}: no whole checkpoint ({type(error).__name__}), expected a folder "
            "checkpoints/best or checkpoints/last of a run."
        ) from error
    if found != manifest:
        names = ", ".join(name for name in manifest if found[name] != manifest[name])
        raise CheckpointError(f"{folder}: {names} differs from its SHA-256; the file is damaged.")
