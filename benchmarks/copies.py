"""MNIST's digits, and as many copies of them as a measurement needs."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inkdigit.config import DataConfig

if TYPE_CHECKING:
    from inkdigit.data.split import Pool

_INTO_FILE = 50_000  # copies that are written at once


def write_copies(count: int, place: Path) -> None:
    """Write MNIST's digits again and again into one file that can be mapped."""
    pool = digits()
    rows = np.arange(count) % len(pool.labels)
    shape = (count, *pool.images.shape[1:])
    with (place / "copies.npy").open("wb") as file:
        np.lib.format.write_array_header_2_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        for start in range(0, count, _INTO_FILE):
            file.write(pool.images[rows[start : start + _INTO_FILE]].data)
    np.save(place / "labels.npy", pool.labels[rows], allow_pickle=False)


def digits() -> "Pool":
    """Read all of MNIST."""
    from inkdigit.data.source import gather

    return gather(DataConfig(source="mnist")).pool
