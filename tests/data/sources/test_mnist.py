"""MNIST is found where it lies, and a download is whole, true, or refused."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data.sources import mnist
from inkdigit.data.sources.cache import downloads
from inkdigit.data.sources.download import Wanted
from inkdigit.errors import DataError
from tests.data.mirror import Mirror
from tests.data.sources.test_idx import idx

RANDOM = np.random.default_rng(0)
CONTENT = {
    "train-images-idx3-ubyte": idx(RANDOM.integers(0, 256, (30, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": idx(np.arange(30, dtype=np.uint8) % 10),
    "t10k-images-idx3-ubyte": idx(RANDOM.integers(0, 256, (10, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": idx(np.arange(10, dtype=np.uint8)),
}
IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Stand in for the public mirrors, with forty digits."""
    with Mirror({f"{name}.gz": gzip.compress(content) for name, content in CONTENT.items()}) as it:
        files = [
            Wanted(name, len(content), hashlib.sha256(content).hexdigest())
            for name, content in CONTENT.items()
        ]
        monkeypatch.setattr(mnist, "MIRRORS", (it.address,))
        monkeypatch.setattr(mnist, "FILES", files)
        monkeypatch.delenv("INKDIGIT_DATA", raising=False)
        yield it


def put(folder: Path, *, zipped: bool) -> None:
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        path = folder / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content) if zipped else content)


@pytest.mark.parametrize("zipped", [True, False])
def test_the_users_own_files_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: Mirror, zipped: bool
) -> None:
    put(tmp_path / "mnist", zipped=zipped)
    monkeypatch.setenv("INKDIGIT_DATA", str(tmp_path))
    pool = mnist.read_mnist()
    assert pool.images.shape == (40, 28, 28, 1)
    assert pool.labels.tolist() == [*range(10)] * 4
    assert pool.parts == {"train": range(30), "test": range(30, 40)}
    assert not mirror.ranges


def test_a_download_is_kept_and_not_repeated(mirror: Mirror) -> None:
    steps: list[tuple[int, int]] = []
    pool = mnist.read_mnist(lambda *step: steps.append(step))
    assert pool.images[:30].tobytes() == CONTENT[IMAGES][16:]
    assert {path.name for path in downloads().iterdir()} == set(CONTENT)
    assert all(done <= total for done, total in steps)
    mnist.read_mnist()
    assert mirror.ranges == [None] * 4


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_file_in_the_cache_is_brought_again_with_a_word(
    mirror: Mirror, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    mnist.fetch()
    file = downloads() / IMAGES
    content = bytearray(file.read_bytes())
    content[700] ^= 1
    file.write_bytes(content if damage == "flip" else content[:700])
    assert mnist.read_mnist().images[:30].tobytes() == CONTENT[IMAGES][16:]
    (record,) = caplog.records
    assert "is damaged and is downloaded again" in record.getMessage()
    assert len(mirror.ranges) == 5


def test_two_processes_bring_it_once(mirror: Mirror) -> None:
    threads = [threading.Thread(target=mnist.fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mirror.ranges == [None] * 4


def test_the_second_mirror_helps_where_the_first_fails(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", (f"{mirror.address}gone/", mirror.address))
    assert mnist.read_mnist().images.shape == (40, 28, 28, 1)


def test_a_dead_proxy_is_named_without_its_password(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", ("http://mirror.invalid/",))
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    with pytest.raises(DataError, match=r"through the proxy http://127\.0\.0\.1:9 ") as caught:
        mnist.fetch()
    assert "secret" not in str(caught.value)


def test_a_cache_that_is_a_file_is_the_disks_refusal(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("INKDIGIT_CACHE", str(tmp_path / "taken"))
    with pytest.raises(NotADirectoryError):
        mnist.fetch()


def test_without_a_network_one_line_names_the_two_ways_on(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(DataError) as caught:
        mnist.fetch()
    message = str(caught.value)
    assert "INKDIGIT_DATA" in message
    assert "--data mnist-5k" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-labels-idx1-ubyte", idx(np.zeros(29, np.uint8)), r"labels \(29,\)"),
        ("train-labels-idx1-ubyte", idx(np.full(30, 10, np.uint8)), "label 10, expected 0 to 9"),
        (IMAGES, idx(np.zeros((30, 20, 20), np.uint8)), r"expected \(N, 28, 28\)"),
        (IMAGES, CONTENT[IMAGES][:-1], "bytes uncompressed, expected"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, message: str
) -> None:
    put(tmp_path / "mnist", zipped=False)
    (tmp_path / "mnist" / name).write_bytes(content)
    monkeypatch.setenv("INKDIGIT_DATA", str(tmp_path))
    with pytest.raises(DataError, match=message):
        mnist.read_mnist()
