"""What this computer is, as far as it decides how fast something runs. Nothing is changed."""

import os
import platform
from pathlib import Path

_DECISIVE = (  # instruction sets that inference and training gain from, as Linux names them
    *("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni"),
    *("amx_tile", "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm", "bf16", "sve"),
)


def usable_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Name the processor; Python's own answer is empty on Linux."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def instruction_sets() -> tuple[str, ...]:
    """Give those instruction sets that matter here; none where the system does not tell."""
    listed = _cpuinfo()
    there = set((listed.get("flags") or listed.get("Features") or "").split())
    return tuple(name for name in _DECISIVE if name in there)


def bf16_is_faster() -> bool:
    """Tell whether this processor multiplies bf16 faster than fp32.

    AMX does, and AVX-512 does on AMD. On Intel cores that hide their AMX, AVX-512 takes bf16 at
    half the pace of fp32 (LOG.md, 2026-11-28); elsewhere bf16 is emulated, and slower still.
    """
    there = instruction_sets()
    of_amd = _cpuinfo().get("vendor_id") == "AuthenticAMD"
    return "amx_bf16" in there or ("avx512_bf16" in there and of_amd)


def _cpuinfo() -> dict[str, str]:
    """Read what Linux says of its first core."""
    listing = Path("/proc/cpuinfo")
    if not listing.is_file():
        return {}
    first = listing.read_text("utf-8", "replace").partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
