"""The official MNIST: 60,000 training and 10,000 test digits in four IDX files.

They are looked for in `$INKDIGIT_DATA/mnist/`, then in the cache, and downloaded otherwise. A
download resumes where it stopped and counts only if its content has the published hash.
"""

import hashlib
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn

import numpy as np

from inkdigit.data.cache import downloads
from inkdigit.data.idx import read_idx, unzip
from inkdigit.data.split import Pool
from inkdigit.data.watch import Watch, ignore
from inkdigit.durable import write_bytes
from inkdigit.errors import DataError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {  # of the uncompressed content: the mirrors' gzip wrappings differ
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
CLASS_NAMES = tuple("0123456789")
TIMEOUT_S = 30
_CHUNK_BYTES = 1 << 18


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
    places = [Path(chosen).expanduser() / "mnist"] if chosen else []
    places.append(downloads())
    for place in places:
        if all(_find(place, name) for name in SHA256):
            return place
    for name in SHA256:
        if not _find(downloads(), name):
            _download(name, watch, places)
    return downloads()


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


def _download(name: str, watch: Watch, looked_in: list[Path]) -> None:
    """Bring one file into the cache, from the first mirror that has it whole."""
    part = downloads() / f"{name}.gz.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    refusals = []
    for mirror in MIRRORS:
        address = f"{mirror}{name}.gz"
        try:
            _receive(address, part, watch)
        except (OSError, HTTPException) as error:  # URLError is an OSError
            refusals.append(f"{address}: {getattr(error, 'reason', None) or error}")
            continue
        content = _content(part)
        if hashlib.sha256(content).hexdigest() == SHA256[name]:
            write_bytes(downloads() / name, content)
            part.unlink()
            return
        part.unlink()
        refusals.append(f"{address}: not the published content")
    _give_up(refusals, looked_in)


def _content(part: Path) -> bytes:
    """Unpack a download; what is no gzip has no content that counts."""
    try:
        return unzip(part.read_bytes())
    except OSError:
        return b""


def _give_up(refusals: list[str], looked_in: list[Path]) -> NoReturn:
    places = " or ".join(map(str, looked_in))
    raise DataError(
        f"MNIST is not in {places} and could not be downloaded ({'; '.join(refusals)}). Set "
        "INKDIGIT_DATA to a folder that holds mnist/train-images-idx3-ubyte.gz and the other "
        "three files, or use the digits that need no network: --data mnist-5k."
    )


def _receive(address: str, part: Path, watch: Watch) -> None:
    """Append what is missing of `address` to `part`.

    Raises:
        OSError: no connection, a refusal, or an end before the announced length.
    """
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(  # noqa: S310 - the mirrors are ours, and https
        address, headers={"Range": f"bytes={have}-"} if have else {}
    )
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing is missing, or `part` is of something else
            return
        raise OSError(f"HTTP {error.code} {error.reason}") from error
    with response:
        resumed = response.status == 206
        done = have if resumed else 0
        total = done + int(response.headers.get("Content-Length") or 0)
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                watch(done, max(done, total))
    if done < total:
        raise OSError(f"the connection ended after {done:,} of {total:,} bytes")
