"""What one fold of a cross-validation leaves behind, in a folder that is whole or not there.

`answers.npz` holds what the network said, `fold.json` how it did, and `seconds.json` what the
clock said, which alone differs from one time to the next.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from inkdigit.durable import new_folder, write_bytes, write_json
from inkdigit.errors import CheckpointError

Answers = NDArray[np.int32]  # (N,) positions in the class names


@dataclass(frozen=True)
class FoldScore:
    """How the network of one fold does on the pictures that it did not learn from."""

    repeat: int  # from 1
    fold: int  # from 1
    seed: int  # training.seed of its network
    accuracy: float
    loss: float
    wrong: int
    total: int


@dataclass(frozen=True)
class FoldAnswers:
    """All that is kept of a fold."""

    score: FoldScore
    held: NDArray[np.int64]  # (n,) positions of the pictures that it was asked about
    outputs: NDArray[np.float32]  # (n, outputs of the network), before any softmax
    predicted: Answers  # (N,) its answers to all pictures, also those it learned from
    seconds: float


def write(place: Path, answers: FoldAnswers) -> None:
    """Keep a fold: all of it or none."""
    with new_folder(place) as aside:
        arrays: dict[str, NDArray[Any]] = {"held": answers.held, "predicted": answers.predicted}
        write_bytes(aside / "answers.npz", packed(arrays | {"outputs": answers.outputs}))
        write_json(aside / "fold.json", asdict(answers.score))
        write_json(aside / "seconds.json", {"seconds": round(answers.seconds, 3)})


def read(place: Path) -> FoldAnswers:
    """Read a fold that was kept.

    Raises:
        CheckpointError: it is damaged.
    """
    try:
        score = TypeAdapter(FoldScore).validate_json((place / "fold.json").read_bytes())
        seconds = float(json.loads((place / "seconds.json").read_text("utf-8"))["seconds"])
        with np.load(place / "answers.npz", allow_pickle=False) as arrays:
            return FoldAnswers(
                score, arrays["held"], arrays["outputs"], arrays["predicted"], seconds
            )
    except (OSError, ValueError, KeyError, TypeError, ValidationError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"{place} is damaged ({type(error).__name__}), expected a finished fold. Remove that "
            "folder, and --resume trains the fold again."
        ) from error


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays as one .npz; the same arrays give the same bytes."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]  # the stub takes flags only
    return content.getvalue()
