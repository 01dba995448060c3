"""The one way in which inkdigit writes a file that matters.

A file or folder is written beside its place, synced to the disk, and renamed into it, so that a
reader sees the old one or the new one and never half of either. Logs grow by whole records. Where
the disk refuses, the OSError names the place that was meant, and nothing half-written stays.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from inkdigit.errors import RunError

try:
    import fcntl
except ImportError:  # Windows has no such locks; there two processes are not kept apart
    fcntl = None  # type: ignore[assignment]


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content`: all of it or none.

    Raises:
        OSError: the disk is full, read-only or gone; what stood at `path` is still there.
    """
    with _blamed_on(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        aside = Path(name)
        try:
            with _closing_handle(handle):
                _write_all(handle, content)
                os.fsync(handle)
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
    """Add one compact JSON line to a log, and wait until the disk has it.

    A last line that a killed process left half-written is cut off first.
    """
    whole = path.read_bytes().rfind(b"\n") + 1 if path.exists() else None
    with closing(Log(path, keep_bytes=whole)) as log:
        log.add_line(record)
        log.sync()


class Log:
    """A file that stays open while it grows; `sync` makes safe what was added. Close it.

    Args:
        path: of the log; what it holds already stays.
        keep_bytes: cut the log to this length first; None: keep all of it.
    """

    def __init__(self, path: Path, *, keep_bytes: int | None = None) -> None:
        self._path = path
        self._pending: list[bytes] = []
        with _blamed_on(path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._handle = os.open(path, flags, 0o666)
            if keep_bytes is not None:
                os.ftruncate(self._handle, keep_bytes)
        self.length = os.fstat(self._handle).st_size  # bytes of whole records in the file

    def close(self) -> None:
        """Write what was added since the last `sync`, leaving it to the system, and close."""
        with _closing_handle(self._handle):
            self._flush()

    def write(self, record: bytes) -> None:
        """Add one record; it is on the disk after the next `sync`."""
        self._pending.append(record)

    def add_line(self, record: Mapping[str, Any]) -> None:
        """Add one compact line of JSON."""
        self.write(json_line(record).encode() + b"\n")

    def sync(self) -> None:
        """Wait until the disk has every record.

        Raises:
            OSError: it does not take them; the log ends as it did at the last `sync`.
        """
        self._flush()
        with _blamed_on(self._path):
            os.fsync(self._handle)

    def _flush(self) -> None:
        content, self._pending = b"".join(self._pending), []
        try:
            with _blamed_on(self._path):
                _write_all(self._handle, content)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, self.length)
            raise
        self.length += len(content)


def json_line(record: Mapping[str, Any]) -> str:
    """Render one compact line of JSON; NaN is refused."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@contextmanager
def new_folder(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """Fill a folder that appears at `path` in one rename, replacing none that holds anything.

    Args:
        path: where it appears.
        sync: wait for the disk first; False where the folder can be made again at any time and
            holds so many files that waiting for each would take longest.

    Yields:
        The folder to fill; it lies beside `path` until the block ends well, and is removed
        otherwise.

    Raises:
        FileExistsError: a folder with something in it appeared at `path` meanwhile.
    """
    with _aside(path) as aside:
        yield aside
        _finish(aside, sync=sync)
        if path.is_dir() and os.name == "nt":
            path.rmdir()  # Windows renames onto nothing
        try:
            aside.rename(path)
        except OSError as error:
            if is_occupied(path):
                raise FileExistsError(f"{path} appeared while it was being written") from error
            raise


@contextmanager
def replace_folder(path: Path, *, keep: Path | None = None) -> Iterator[Path]:
    """Fill a folder that takes the place of the one at `path`, if there is one.

    Two renames are needed: killed between them, a process leaves nothing at `path`, and the
    folder that stood there at `keep`, or where `recover` finds it.

    Args:
        path: where it appears.
        keep: where the folder that stood at `path` goes, in place of one from before; None:
            it is removed.

    Yields:
        The folder to fill; it lies beside `path` until the block ends well.
    """
    with _aside(path) as aside:
        yield aside
        _finish(aside, sync=True)
        old = keep or aside.with_suffix(".old")
        with suppress(FileNotFoundError):  # there is none the first time
            if keep is not None and path.exists():
                shutil.rmtree(keep, ignore_errors=True)
            path.rename(old)
        try:
            aside.rename(path)
        except OSError:
            with suppress(OSError):
                old.rename(path)
            raise
        if keep is None:
            shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Tidy up after a process that was killed while it wrote into `folder`.

    Half-written files and folders are removed; a folder that was moved out of the way for one
    that never came goes back. No other process may be writing there: see `claim`.
    """
    for old in folder.glob(".*.old"):
        place = folder / old.name[1:].rsplit(".", 2)[0]  # .NAME.random.old
        if not place.exists():
            old.rename(place)
    for stray in (*folder.glob(".*.old"), *folder.glob(".*.part")):
        shutil.rmtree(stray) if stray.is_dir() else stray.unlink()


@contextmanager
def claim(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Be the only process that writes into `folder` while the block runs.

    The claim ends with the process, however that ends, and leaves no file.

    Args:
        folder: what is claimed; it must exist.
        wait: until another process is done with it.

    Raises:
        RunError: another process has claimed it, and `wait` is not set.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    with _closing_handle(handle):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise RunError(
                f"{folder} is being written by another process, expected one at a time. "
                "Wait for it, or stop it."
            ) from error
        except OSError:  # a file system without locks, as some network shares are
            pass
        yield


def is_claimed(folder: Path) -> bool | None:
    """Tell whether a living process has claimed `folder`; None where the system cannot tell."""
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    with _closing_handle(handle):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks
            return None
    return False


def is_occupied(path: Path) -> bool:
    """Tell whether a file, or a folder with something in it, is in the way of a new folder."""
    return path.exists() and (not path.is_dir() or any(path.iterdir()))


def sha256_of(path: Path) -> str:
    """Hash a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Make a folder beside `path`; gone if the block fails, its parent synced if it does not."""
    with _blamed_on(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        try:
            yield aside
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Let an OSError name the place that the caller knows, not one that is gone by then."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        if error.filename is None or _is_aside(error.filename):
            error.filename = str(path)
            error.filename2 = None
        raise


def _is_aside(name: object) -> bool:
    return any(part.endswith((".part", ".old")) for part in Path(os.fsdecode(str(name))).parts)


@contextmanager
def _closing_handle(handle: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _finish(aside: Path, *, sync: bool) -> None:
    """Make a filled folder ready for its rename: everything on the disk, and readable as usual."""
    if sync:
        for file in sorted(aside.rglob("*")):
            if file.is_file():
                _sync(file)
    aside.chmod(0o777 & ~_umask())


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    with _closing_handle(handle):
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system lets a folder be opened."""
    if os.name != "nt":
        _sync(folder)


def _umask() -> int:
    """Read the process's file mode mask; the system offers no way but to set and restore it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
