"""How long cross-validation and searches take: `python -m benchmarks.search NAME...`.

`folds` is five-fold cross-validation of MNIST with the preset `fast`; `trials` a random search of
50 trials on `mnist-5k`; `workers` two workers of one thread against one of two, in turns. No test
part is opened by any of them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

from benchmarks.results import ROOT, append, commit

_INKDIGIT = Path(sys.executable).with_name("inkdigit")
_TRIALS, _ROUNDS = 16, 3  # of a comparison of workers


def folds() -> None:
    """Time five folds of MNIST."""
    measured = commit()
    command = ("cross-validate", "--preset", "fast", "--data", "mnist", "--folds", "5")
    record, seconds = _run(command)
    pooled, spread = record["out_of_fold"][0], record["accuracy"]
    middle = f"{spread['mean']:.2%} ± {100 * spread['sd']:.2f}"
    each = ", ".join(f"{fold['accuracy']:.2%}" for fold in record["folds"])
    lines = [
        *_quoted(command),
        "| | measured | to reach |",
        "|---|---|---|",
        f"| seconds of the command | {seconds:.1f} | ≤ 300 |",
        f"| accuracy, mean ± sd of {spread['n']} folds | {middle} points | |",
        f"| all folds together | {_wrong(pooled)} | |",
        f"| accuracy of each fold | {each} | |",
    ]
    append("Five-fold cross-validation of MNIST", lines, measured=measured)


def trials() -> None:
    """Time a random search of 50 trials."""
    measured = commit()
    command = ("search", "augmentation", "--trials", "50", *_shared_out())
    record, seconds = _run(command)
    best = record["best"]
    lines = [
        *_quoted(command),
        "| | measured | to reach |",
        "|---|---|---|",
        f"| seconds of the command | {seconds:.1f} | ≤ 1,200 |",
        f"| the best of 50, on validation | {best['accuracy']:.2%}, {_wrong(best)} | |",
    ]
    append("A random search of 50 trials on `mnist-5k`", lines, measured=measured)


def workers() -> None:
    """Compare two workers of one thread with one of two threads, in turns."""
    measured = commit()
    common = ("search", "augmentation", "--trials", str(_TRIALS))
    ways = {"one worker, two threads": ("1", "2"), "two workers, one thread each": ("2", "1")}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, (count, threads) in ways.items():
            command = (*common, "--workers", count, "--threads-per-worker", threads)
            rates[name].append(60 * _TRIALS / _run(command)[1])
    one, two = rates.values()
    ratio = [b / a for a, b in zip(one, two, strict=True)]
    lines = [
        f"`inkdigit {' '.join(common)}`, in turns, start and report included.",
        "",
        "| | trials a minute, every value | mean |",
        "|---|---|---|",
        *(f"| {name} | {_every(found)} | {mean(found):.1f} |" for name, found in rates.items()),
        "",
        f"Ratio: {_every(ratio)}, mean {mean(ratio):.2f} (to reach: ≥ 1.3).",
    ]
    append("Two workers against two threads", lines, measured=measured)


def _shared_out() -> tuple[str, ...]:
    """Give a worker to each of two cores, which is what `workers` finds quicker."""
    return ("--workers", "2", "--threads-per-worker", "1")


def _run(command: tuple[str, ...]) -> tuple[dict[str, Any], float]:
    """Run a command as a user would, in a place of its own; give its JSON line and its time."""
    with tempfile.TemporaryDirectory() as place:
        started = perf_counter()
        done = subprocess.run(
            [_INKDIGIT, *command, "-o", Path(place) / "study", "--json"],
            cwd=ROOT,
            env=os.environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds = perf_counter() - started
    record: dict[str, Any] = json.loads(done.stdout)
    return record, seconds


def _quoted(command: tuple[str, ...]) -> list[str]:
    return ["```", f"$ inkdigit {' '.join(command)}", "```", ""]


def _wrong(found: Mapping[str, Any]) -> str:
    interval = f"95 % interval {found['low']:.2%} to {found['high']:.2%}"
    return f"{found['wrong']:,} of {found['total']:,} wrong, {interval}"


def _every(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


COMMANDS: dict[str, Callable[[], None]] = {"folds": folds, "trials": trials, "workers": workers}


def main() -> None:
    """Measure what the command line names."""
    names = sys.argv[1:]
    if not names or set(names) - COMMANDS.keys():
        sys.exit(f"usage: python -m benchmarks.search NAME...; names: {', '.join(COMMANDS)}")
    for name in names:
        COMMANDS[name]()


if __name__ == "__main__":
    main()
