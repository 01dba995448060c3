"""The cache: downloaded and packed data that can be made again at any time.

It lies where `$INKDIGIT_CACHE` says, else where the system keeps caches. Only the two folders
that inkdigit makes there are ever listed or removed.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Entry:
    """One thing that can be removed from the cache: the downloads, or a folder's pack."""

    path: Path
    size_bytes: int


def cache_folder() -> Path:
    """Say where the cache is; the folder need not exist."""
    chosen = os.environ.get("INKDIGIT_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("inkdigit")


def downloads() -> Path:
    """Say where the downloaded MNIST files are."""
    return cache_folder() / "mnist"


def packs() -> Path:
    """Say where the packs of picture folders are."""
    return cache_folder() / "packs"


def entries() -> list[Entry]:
    """List what is in the cache, by path; half-written packs of killed processes included."""
    found = [downloads()] if downloads().is_dir() else []
    if packs().is_dir():
        found += sorted(packs().iterdir())
    return [Entry(path, _size(path)) for path in found]


def clear() -> int:
    """Remove everything from the cache.

    Returns:
        The number of bytes that it held.
    """
    held = entries()
    for entry in held:
        shutil.rmtree(entry.path) if entry.path.is_dir() else entry.path.unlink()
    return sum(entry.size_bytes for entry in held)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    size = 0
    for file in files:
        with suppress(FileNotFoundError):  # another process may be done with it
            size += file.stat().st_size if file.is_file() else 0
    return size
