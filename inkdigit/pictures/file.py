"""A picture's bytes out of a path that may be anything: a pipe, a device, endless or empty."""

import os
import stat
from pathlib import Path

from inkdigit.errors import DataError


def read(source: Path | bytes, most: int, *, wanted: str = "picture", setting: str = "") -> bytes:
    """Give a picture file's content, unless there is none or too much of it.

    Args:
        source: a file, or its content. Only regular files are read: no pipe, device, socket or
            folder, and none is waited for.
        most: bytes. A larger file is refused by its size, and so is one that grows meanwhile.
        wanted: what errors say that the file should be.
        setting: what the user raises `most` by, if they can.

    Raises:
        DataError: it cannot be opened or read, is no regular file, is empty or too large.
    """
    name = name_of(source, wanted)
    if isinstance(source, bytes):
        return _checked(source, name, most, size=len(source), wanted=wanted, setting=setting)
    try:
        # without O_NONBLOCK, opening a pipe waits for somebody who writes into it
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(source, os.O_RDONLY | flags), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise DataError(f"{name}: no regular file, expected a {wanted}. Check the path.")
            # no more than it had: Python takes the memory for all that it is asked to read
            content = file.read(state.st_size + 1) if state.st_size <= most else b""
            if len(content) > state.st_size:
                raise DataError(f"{name}: it grows while it is read. Wait until it is whole.")
            return _checked(content, name, most, size=state.st_size, wanted=wanted, setting=setting)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{name}: {reason}, expected a {wanted}. Check the path.") from error


def name_of(source: Path | bytes, wanted: str = "picture") -> str:
    """Name a picture, or what else is wanted, in a message."""
    return f"the {wanted}" if isinstance(source, bytes) else shown(source)


def shown(text: object, most: int | None = None) -> str:
    """Write anything on one line: control characters escaped, cut after `most` characters."""
    line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(text))
    return line if most is None or len(line) <= most else f"{line[:most]}…"


def or_raise(setting: str) -> str:
    """Say, behind another way out, that a limit can be raised by a setting; nothing without one."""
    return f", or raise `{setting}`" if setting else ""


def _checked(
    content: bytes, name: str, most: int, *, size: int, wanted: str, setting: str
) -> bytes:
    if size == 0:
        raise DataError(f"{name}: empty file, expected a {wanted}. Save or copy it again.")
    if size > most:
        raise DataError(
            f"{name}: {size:,} bytes, expected at most {most:,}. "
            f"Save it smaller{or_raise(setting)}."
        )
    return content
