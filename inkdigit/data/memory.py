"""How much memory may be used, as the system and whoever started this process allow it."""

import os
from collections.abc import Iterator
from pathlib import Path

import torch

_CGROUPS = Path("/sys/fs/cgroup")
_LIMITS_AND_USES = (  # of a container, by version of the control groups
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)
_UNKNOWN = 8 * 2**30  # of a system that does not tell


def free_memory(device: torch.device) -> int:
    """Estimate the bytes that can still be used on a device.

    On the CPU that is what the system calls available, and no more than what a container or
    `ulimit` leaves.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min((_available(), *_left_by_container(), *_left_by_ulimit()))


def _available() -> int:
    known = _table(Path("/proc/meminfo")).get("MemAvailable")
    if known is not None:
        return known
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return _UNKNOWN


def _left_by_container() -> Iterator[int]:
    for limit, used in _LIMITS_AND_USES:
        try:
            yield int((_CGROUPS / limit).read_text()) - int((_CGROUPS / used).read_text())
        except (OSError, ValueError):  # no such file, or the word "max"
            continue


def _left_by_ulimit() -> Iterator[int]:
    try:
        import resource
    except ImportError:  # Windows
        return
    status = _table(Path("/proc/self/status"))
    for limit, used in ((resource.RLIMIT_DATA, "VmData"), (resource.RLIMIT_AS, "VmSize")):
        allowed = resource.getrlimit(limit)[0]
        if allowed != resource.RLIM_INFINITY:
            yield allowed - status.get(used, 0)


def _table(file: Path) -> dict[str, int]:
    """Read `name: number kB` lines as bytes; {} where there is no such file."""
    if not file.is_file():
        return {}
    found = {}
    for line in file.read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if value.endswith("kB"):
            found[name] = int(value.split()[0]) * 1024
    return found
