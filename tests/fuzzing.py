"""What fuzzers share: files damaged by chance, and a child process that may crash or hang.

A fuzzer is a module with `check(index)`, which raises if what it does with the damaged file of
that number is wrong and else returns a word that is counted. It runs in a child with a limit on
memory and on the time for each file, so neither a hang nor a crash takes the tests with it.
"""

import faulthandler
import importlib
import os
import re
import resource
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

HANG_S = 30.0  # for one file; the slowest sound one takes a tenth of a second
MEMORY = 512 << 20  # bytes beyond what the libraries take
EDGES = (0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1 << 24, (1 << 31) - 1, 1 << 31)
PNG = b"\x89PNG\r\n\x1a\n"

Damage: TypeAlias = Callable[[bytearray, list[bytes], np.random.Generator], None]


@dataclass(frozen=True)
class Outcome:
    """What a child did with its files."""

    words: dict[str, int]  # how often `check` returned which word
    seconds: float
    peak_bytes: int  # beyond what the libraries take


def fuzz(module: str, *, first: int, count: int) -> Outcome:
    """Run `module.check` for so many numbers in a guarded child.

    Raises:
        AssertionError: it raised, crashed or hung; the message ends with the file's number and
            what the child said.
    """
    command = (sys.executable, "-W", "error", "-m", "tests.fuzzing", module, str(first), str(count))
    root = Path(__file__).parent.parent
    # each arena of glibc's takes 64 MiB of address space, which is limited, and hardly any memory
    own = os.environ | {"MALLOC_ARENA_MAX": "2"}
    start = time.monotonic()
    child = subprocess.run(command, cwd=root, env=own, capture_output=True, text=True, check=False)
    lines = child.stdout.splitlines()
    said = "\n".join(child.stderr.splitlines()[-25:])
    assert child.returncode == 0, f"exit {child.returncode} at {lines[-1:]}\n{said}"
    words = Counter(line.split()[1] for line in lines[:-1])
    return Outcome(dict(words), time.monotonic() - start, int(lines[-1]))


def damaged(sound: list[bytes], index: int, *, more: tuple[Damage, ...] = ()) -> bytes:
    """Damage one of some files: the same number gives the same result.

    Args:
        sound: the files.
        index: the number.
        more: what else is done to files of this kind.
    """
    damages = DAMAGES + more
    draw = np.random.default_rng(index)
    content = bytearray(sound[draw.integers(len(sound))])
    for _ in range(draw.integers(1, 4)):
        damages[draw.integers(len(damages))](content, sound, draw)
    return _with_right_checksums(content) if draw.random() < 0.7 else bytes(content)


def _place(content: bytearray, draw: np.random.Generator) -> int:
    """Choose a place, as often among the first hundred bytes as anywhere."""
    return int(draw.integers(1 + min(len(content), 100 if draw.random() < 0.5 else 1 << 30)))


def _flip(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    for _ in range(draw.integers(1, 9)):
        place = _place(content, draw)
        content[place : place + 1] = draw.bytes(1)


def _cut(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    del content[draw.integers(1 + len(content)) :]


def _insert(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    place = _place(content, draw)
    content[place:place] = draw.bytes(int(draw.integers(1, 65)))


def _blank(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    place, length = _place(content, draw), int(draw.integers(1, 65))
    content[place : place + length] = bytes(length)


def _splice(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    other = sound[draw.integers(len(sound))]
    content[_place(content, draw) :] = other[draw.integers(1 + len(other)) :]


def _repeat(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    place, length = _place(content, draw), int(draw.integers(1, 65))
    content[place:place] = content[place : place + length] * int(draw.integers(1, 500))


def _number(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    """Write a number from the edges over sizes, lengths and offsets, wherever they are."""
    size = int(draw.choice((1, 2, 4)))
    value = int(draw.choice(EDGES)) % (1 << 8 * size)
    place = _place(content, draw)
    content[place : place + size] = value.to_bytes(size, "big" if draw.random() < 0.5 else "little")


def _segment(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    """Change the length or the first bytes of one of a JPEG's segments, if there are any."""
    places = [found.end() for found in re.finditer(rb"\xff[\xc0-\xcf\xda-\xef]", content)]
    if places:
        place = places[draw.integers(len(places))] + int(draw.integers(0, 8))
        content[place : place + 1] = draw.bytes(1)


def decimal(content: bytearray, sound: list[bytes], draw: np.random.Generator) -> None:
    """Write a number from the edges in the place of one that stands there in digits, as in PDF."""
    places = [found.span() for found in re.finditer(rb"\d+", content)]
    if places:
        first, last = places[draw.integers(len(places))]
        content[first:last] = b"%d" % (int(draw.choice(EDGES)) * (1 if draw.random() < 0.7 else -1))


DAMAGES: tuple[Damage, ...] = (_flip, _cut, _insert, _blank, _splice, _repeat, _number, _segment)


def _with_right_checksums(content: bytearray) -> bytes:
    """Mend the checksums of a PNG's chunks, so that what they guard is read."""
    place = len(PNG)
    while content.startswith(PNG) and place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4])
        if end + 4 > len(content):
            break
        content[end : end + 4] = zlib.crc32(content[place + 4 : end]).to_bytes(4)
        place = end + 4
    return bytes(content)


def _high_water() -> int:
    """The most memory that this process ever held, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _child(module: str, first: int, count: int) -> None:
    faulthandler.enable()
    check = importlib.import_module(module).check
    check(first)  # what is loaded late is loaded
    before = _high_water()
    with Path("/proc/self/statm").open() as file:  # pages of address space
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    for index in range(first, first + count):
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        print(index, end=" ", flush=True)  # noqa: T201 (the parent reads it)
        print(check(index))  # noqa: T201
    faulthandler.cancel_dump_traceback_later()
    print(_high_water() - before)  # noqa: T201


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
