"""The official MNIST: 60,000 training and 10,000 test digits in four IDX files.

They are looked for in `$INKDIGIT_DATA/mnist/`, then in the cache, and downloaded otherwise. A
download resumes where it stopped and counts only if its content has the published hash, which
the cache's files must have at every reading. Those of the user may be other digits.
"""

import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import numpy as np

from inkdigit.data.sources.cache import downloads
from inkdigit.data.sources.download import Wanted, download, proxy_of
from inkdigit.data.sources.idx import read_idx, unzip
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.data.split import Pool
from inkdigit.durable import claim
from inkdigit.errors import DataError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = (
    Wanted(
        "train-images-idx3-ubyte",
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    Wanted(
        "train-labels-idx1-ubyte",
        60_008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    Wanted(
        "t10k-images-idx3-ubyte",
        7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    Wanted(
        "t10k-labels-idx1-ubyte",
        10_008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
CLASS_NAMES = tuple("0123456789")

_log = logging.getLogger(__name__)


def read_mnist(watch: Watch = ignore) -> Pool:
    """Read MNIST, downloading it if it is nowhere on this machine.

    Returns:
        (70000, 28, 28, 1): the training part, then the test part.

    Raises:
        DataError: a file is damaged, or could not be downloaded.
    """
    folder = fetch(watch)
    train_images, train_labels = _read_pair(folder, "train")
    test_images, test_labels = _read_pair(folder, "t10k")
    train, total = len(train_images), len(train_images) + len(test_images)
    return Pool(
        images=np.concatenate((train_images, test_images))[..., None],
        labels=np.concatenate((train_labels, test_labels)).astype(np.int64),
        class_names=CLASS_NAMES,
        parts={"train": range(train), "test": range(train, total)},
    )


def fetch(watch: Watch = ignore) -> Path:
    """Find MNIST, or download what the cache lacks of it.

    Args:
        watch: called with the bytes so far and in total of the file that is being downloaded.

    Returns:
        The folder with the four files, gzipped or not.

    Raises:
        DataError: a download failed on every mirror; what came so far is kept for the next try.
    """
    chosen = os.environ.get("INKDIGIT_DATA")
    own = [Path(chosen).expanduser() / "mnist"] if chosen else []
    for place in own:
        if all(_find(place, wanted.name) for wanted in FILES):
            return place
    folder = downloads()
    folder.mkdir(parents=True, exist_ok=True)
    with claim(folder, wait=True):  # another process may be bringing the same files
        for wanted in FILES:
            if _is_good(folder, wanted):
                continue
            refusals = download(wanted, MIRRORS, folder, watch)
            if refusals:
                _give_up(refusals, [*own, folder])
    return folder


def _is_good(folder: Path, wanted: Wanted) -> bool:
    """Tell whether the cache has a file whole; a damaged one is removed."""
    path = _find(folder, wanted.name)
    if path is None:
        return False
    with suppress(OSError):
        content = unzip(path.read_bytes(), most=wanted.size + 1)
        if hashlib.sha256(content).hexdigest() == wanted.sha256:
            return True
    _log.warning("%s is damaged and is downloaded again", path)
    path.unlink()
    return False


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _read_pair(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images_path = _find(folder, f"{part}-images-idx3-ubyte")
    labels_path = _find(folder, f"{part}-labels-idx1-ubyte")
    if images_path is None or labels_path is None:
        raise DataError(f"{folder}: files vanished while being read. Try again.")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or labels.shape != images.shape[:1] or images.shape[1:] != (28, 28):
        raise DataError(
            f"{images_path}: pictures {images.shape} with labels {labels.shape}, expected "
            "(N, 28, 28) with (N,). Put the official files there."
        )
    if labels.max(initial=0) >= len(CLASS_NAMES):
        raise DataError(
            f"{labels_path}: label {labels.max()}, expected 0 to 9. Put the official file there."
        )
    return images, labels


def _give_up(refusals: list[str], looked_in: list[Path]) -> NoReturn:
    places = " or ".join(map(str, looked_in))
    proxy = proxy_of(MIRRORS[0])
    way = f" through the proxy {proxy}" if proxy else ""
    raise DataError(
        f"MNIST is not in {places} and could not be downloaded{way} ({'; '.join(refusals)}). Set "
        "INKDIGIT_DATA to a folder that holds mnist/train-images-idx3-ubyte.gz and the other "
        "three files, or use the digits that need no network: --data mnist-5k."
    )
