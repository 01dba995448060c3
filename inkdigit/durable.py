"""The one way in which inkdigit writes a file that matters.

A file or folder is written beside its place, synced to the disk, and renamed into it, so that a
reader sees the old one or the new one and never half of either. Logs grow by whole lines.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: all of it or none.

    Raises:
        OSError: the disk is full, read-only or gone; what stood at `path` is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_text(path: Path, content: str) -> None:
    """Replace `path` by UTF-8 `content`: all of it or none."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace `path` by `value` as readable JSON; NaN is refused."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one compact JSON line to a log, and wait until the disk has it."""
    with closing(LineLog(path)) as log:
        log.add(record)
        log.sync()


class LineLog:
    """A log that stays open while it grows by lines of JSON; `sync` makes them safe. Close it.

    Args:
        path: of the log; what it holds already stays.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the file; lines since the last `sync` are left to the system."""
        self._file.close()

    def add(self, record: Mapping[str, Any]) -> None:
        """Add one line; it is on the disk after the next `sync`."""
        self._file.write(json_line(record) + "\n")

    def sync(self) -> None:
        """Wait until the disk has every line."""
        self._file.flush()
        os.fsync(self._file.fileno())


def json_line(record: Mapping[str, Any]) -> str:
    """Render one compact line of JSON; NaN is refused."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a folder that appears at `path` in one rename, replacing none that holds anything.

    Yields:
        The folder to fill; it lies beside `path` until the block ends well, and is removed
        otherwise.

    Raises:
        FileExistsError: a folder with something in it appeared at `path` meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        yield aside
        _finish(aside)
        try:
            aside.rename(path)
        except OSError as error:
            if is_occupied(path):
                raise FileExistsError(f"{path} appeared while it was being written") from error
            raise
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def replace_folder(path: Path, *, keep: Path | None = None) -> Iterator[Path]:
    """Fill a folder that takes the place of the one at `path`, if there is one.

    Args:
        path: where it appears.
        keep: where the folder that stood at `path` goes, in place of one from before; None:
            it is removed.

    Yields:
        The folder to fill; it lies beside `path` until the block ends well.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        yield aside
        _finish(aside)
        if path.exists():
            old = keep or aside.with_suffix(".old")
            shutil.rmtree(old, ignore_errors=True)
            path.rename(old)
        aside.rename(path)
        if keep is None:
            shutil.rmtree(aside.with_suffix(".old"), ignore_errors=True)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync_folder(path.parent)


def is_occupied(path: Path) -> bool:
    """Tell whether a file, or a folder with something in it, is in the way of a new folder."""
    return path.exists() and (not path.is_dir() or any(path.iterdir()))


def sha256_of(path: Path) -> str:
    """Hash a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finish(aside: Path) -> None:
    """Make a filled folder ready for its rename: everything on the disk, and readable as usual."""
    for file in sorted(aside.rglob("*")):
        if file.is_file():
            _sync(file)
    aside.chmod(0o777 & ~_umask())


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system lets a folder be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    """Read the process's file mode mask; the system offers no way but to set and restore it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
