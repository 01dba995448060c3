"""What a teacher says of the training pictures, to be learned from beside their labels.

A teacher is a better and slower model, or several. Its answers tell which digits are doubtful and
what else they could be, which a label does not. They are asked once and kept in a file, so that
learning from them costs nothing.

Source: Hinton, Vinyals and Dean 2015, *Distilling the knowledge in a neural network*.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from inkdigit.durable import write_bytes
from inkdigit.errors import DataError
from inkdigit.types import Probabilities, Split

_AT_ONCE = 4096  # pictures that are hashed together


def write_teacher(file: Path, split: Split, probabilities: Probabilities) -> None:
    """Keep what a teacher said.

    Args:
        file: a name that ends in `.safetensors`.
        split: the pictures that were asked about.
        probabilities: (N, classes) in the split's order; kept as float16.
    """
    tensors: dict[str, NDArray[Any]] = {
        "probabilities": probabilities.astype(np.float16),
        "rows": split.indices,
    }
    known = {"sha256": _digest(split, split.indices), "classes": json.dumps(split.class_names)}
    write_bytes(file, save(tensors, metadata=known))


def soft_labels(file: Path, split: Split, share: float) -> NDArray[np.float32]:
    """Mix the labels of a split with what a teacher says of its pictures.

    Args:
        file: what `write_teacher` wrote.
        split: what is learned from; the teacher may know more pictures.
        share: of the teacher, in 0 to 1; the rest is the label's.

    Returns:
        (rows of `split.labels`, classes), rows sum to 1; rows outside the split are zero.

    Raises:
        DataError: the file cannot be read, or was made for other pictures or classes.
    """
    probabilities, rows = _read(file, split)
    missing = len(np.setdiff1d(split.indices, rows))
    if missing:
        raise DataError(
            f"{file}: knows {len(split) - missing:,} of {len(split):,} training pictures, "
            "expected all. Ask the teacher about all of them, or leave training.teacher out."
        )
    mine = np.isin(rows, split.indices)
    soft = np.zeros((len(split.labels), len(split.class_names)), np.float32)
    soft[rows[mine]] = share * probabilities[mine]
    soft[split.indices, split.labels[split.indices]] += 1 - share
    return soft


def _read(file: Path, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    try:
        with safe_open(file, framework="numpy") as opened:
            known = opened.metadata() or {}
            probabilities, rows = opened.get_tensor("probabilities"), opened.get_tensor("rows")
    except (OSError, SafetensorError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise DataError(
            f"{file}: {reason}, expected what a teacher said, as safetensors. "
            "Name another file with training.teacher."
        ) from error
    same = (
        known.get("classes") == json.dumps(split.class_names)
        and (len(rows) == 0 or rows.max() < len(split.labels))
        and known.get("sha256") == _digest(split, rows)
    )
    if not same:
        raise DataError(
            f"{file}: says something of other pictures, expected those that are learned from. "
            "Ask the teacher about these, or leave training.teacher out."
        )
    return probabilities.astype(np.float32), rows


def _digest(split: Split, rows: NDArray[np.int64]) -> str:
    """Hash the pictures of some rows, in their order."""
    digest = hashlib.sha256()
    for start in range(0, len(rows), _AT_ONCE):
        digest.update(split.images[rows[start : start + _AT_ONCE]].tobytes())
    return digest.hexdigest()
