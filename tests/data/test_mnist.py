"""MNIST is found where it lies, and a download is whole, true, or refused."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import mnist
from inkdigit.data.cache import downloads
from inkdigit.errors import DataError
from tests.data.test_idx import idx

RANDOM = np.random.default_rng(0)
CONTENT = {
    "train-images-idx3-ubyte": idx(RANDOM.integers(0, 256, (30, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": idx(np.arange(30, dtype=np.uint8) % 10),
    "t10k-images-idx3-ubyte": idx(RANDOM.integers(0, 256, (10, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": idx(np.arange(10, dtype=np.uint8)),
}
IMAGES = "train-images-idx3-ubyte"


class Mirror:
    """A web server that keeps ranges, remembers requests and can be told to misbehave."""

    def __init__(self) -> None:
        self.files = {f"/{name}.gz": gzip.compress(content) for name, content in CONTENT.items()}
        self.ranges: list[str | None] = []
        self.break_after: int | None = None
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                mirror.ranges.append(asked)
                content = mirror.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                if start >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(content[start:][: mirror.break_after])

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Stand in for the public mirrors, with forty digits."""
    mirror = Mirror()
    thread = threading.Thread(target=mirror.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.address,))
    monkeypatch.setattr(mnist, "SHA256", hashes)
    monkeypatch.delenv("INKDIGIT_DATA", raising=False)
    yield mirror
    mirror.server.shutdown()
    mirror.server.server_close()
    thread.join()


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


def test_a_broken_download_goes_on_where_it_stopped(mirror: Mirror) -> None:
    mirror.break_after = 1000
    with pytest.raises(DataError, match="connection ended after 1,000 of"):
        mnist.fetch()
    assert (downloads() / f"{IMAGES}.gz.part").stat().st_size == 1000
    mirror.break_after = None
    mnist.fetch()
    assert mirror.ranges[:2] == [None, "bytes=1000-"]
    assert (downloads() / IMAGES).read_bytes() == CONTENT[IMAGES]
    assert not list(downloads().glob("*.part"))


def test_a_download_that_was_whole_already_is_taken(mirror: Mirror) -> None:
    downloads().mkdir(parents=True)
    whole = mirror.files[f"/{IMAGES}.gz"]
    (downloads() / f"{IMAGES}.gz.part").write_bytes(whole)
    mnist.fetch()
    assert mirror.ranges[0] == f"bytes={len(whole)}-"
    assert (downloads() / IMAGES).read_bytes() == CONTENT[IMAGES]


@pytest.mark.parametrize("content", [b"<html>please log in</html>", gzip.compress(b"other")])
def test_other_content_is_refused_and_not_kept(mirror: Mirror, content: bytes) -> None:
    mirror.files[f"/{IMAGES}.gz"] = content
    with pytest.raises(DataError, match="not the published content"):
        mnist.fetch()
    assert not list(downloads().iterdir())


def test_damage_on_the_way_is_refused_and_mended_by_the_next_try(mirror: Mirror) -> None:
    path = f"/{IMAGES}.gz"
    whole = mirror.files[path]
    mirror.files[path] = whole[:500] + bytes(200) + whole[700:]
    with pytest.raises(DataError, match="could not be downloaded"):
        mnist.fetch()
    mirror.files[path] = whole
    mnist.fetch()
    assert (downloads() / IMAGES).read_bytes() == CONTENT[IMAGES]


def test_the_second_mirror_helps_where_the_first_fails(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", (f"{mirror.address}gone/", mirror.address))
    assert mnist.read_mnist().images.shape == (40, 28, 28, 1)


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
