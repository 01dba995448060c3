"""Appending a measurement to RESULTS.md: what was run, on what, and all that came out."""

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev

from inkdigit.machine import instruction_sets, processor, usable_cores

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "RESULTS.md"
_PACKAGES = ("torch", "numpy", "onnxruntime")


def commit() -> str:
    """Name the commit that is measured, and say so where the tree differs from it."""
    revision = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--", "inkdigit")
    return revision + (" with uncommitted changes" if changed else "")


def append(title: str, lines: Sequence[str], *, measured: str) -> None:
    """Add a section to RESULTS.md.

    Args:
        title: what was measured.
        lines: Markdown: the command, its output, the table.
        measured: the commit, taken before the measurement began.
    """
    if not RESULTS.exists():
        RESULTS.write_text(
            "# Results\n\nWritten by the commands in `benchmarks/`, newest last; never by hand. "
            "Timings of one machine differ by about 10 % from run to run.\n",
            "utf-8",
        )
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"\n## {title}\n\n{facts(measured)}\n\n" + "\n".join(lines) + "\n")


def facts(measured: str) -> str:
    """Say in one line when, of which commit, and on what something is measured."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    machine = f"{processor()} ({', '.join(instruction_sets())}), {usable_cores()} cores"
    python = f"Python {platform.python_version()}"
    return f"{now} · commit {measured} · {machine} · {python}, {versions}"


def spread(values: Sequence[float], digits: int) -> str:
    """Write mean and standard deviation; of a single value just that."""
    middle = f"{mean(values):.{digits}f}"
    return middle if len(values) < 2 else f"{middle} ± {stdev(values):.{digits}f}"


def every(values: Sequence[float], digits: int) -> str:
    """Write every single value."""
    return ", ".join(f"{value:.{digits}f}" for value in values)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
