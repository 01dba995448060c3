"""The figures that inkdigit promises of its own commands: run them and write down what came out.

    python -m benchmarks.claims NAME...

Each command is run as a user would, in a process of its own; its whole output goes into
RESULTS.md, with the floor or ceiling that was promised and whether it was met.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import perf_counter

from benchmarks.results import ROOT, append, commit, every, spread

_INKDIGIT = Path(sys.executable).with_name("inkdigit")


@dataclass(frozen=True)
class Outcome:
    """What one run of `inkdigit train` gave."""

    accuracy: float
    wrong: int
    total: int
    training_s: float
    wall_s: float
    output: str


@dataclass(frozen=True)
class Claim:
    """One training command and what it must reach, in the mean over its seeds."""

    arguments: tuple[str, ...]
    accuracy: float
    training_s: float
    seeds: tuple[int, ...] = (0,)


CLAIMS = {
    "small": Claim(("--preset", "small"), 0.987, 60, seeds=(0, 1, 2, 3, 4)),
    "fast": Claim(("--preset", "fast", "--data", "mnist"), 0.994, 30, seeds=(0, 1, 2, 3, 4)),
    "paper-cnn": Claim(("--preset", "paper-cnn", "--data", "mnist"), 0.993, 8 * 60),
    "paper-resnet18": Claim(
        ("--preset", "paper-resnet18", "--data", "mnist", "-s", "training.epochs=3"),
        0.995,
        50 * 60,
    ),
}


def measure_claim(name: str) -> None:
    """Run one claim with all its seeds."""
    claim, measured = CLAIMS[name], commit()
    lines, outcomes = [], []
    with tempfile.TemporaryDirectory() as place:
        for seed in claim.seeds:
            own = () if seed == 0 else ("-s", f"training.seed={seed}")
            command = ("train", *claim.arguments, *own)
            outcome = train(command, Path(place) / f"run-{seed}")
            outcomes.append(outcome)
            lines += _quoted(command, outcome.output if seed == 0 else _last_words(outcome.output))
    accuracies = [each.accuracy for each in outcomes]
    seconds = [each.training_s for each in outcomes]
    met = mean(accuracies) >= claim.accuracy and max(seconds) <= claim.training_s
    lines += ["| | n | mean ± sd | every value | promised |", "|---|---|---|---|---|"]
    lines.append(_row("test accuracy in %", [100 * each for each in accuracies], 2, _floor(claim)))
    lines.append(_row("seconds of training", seconds, 1, f"≤ {claim.training_s:.0f}"))
    lines.append(_row("seconds of the command", [each.wall_s for each in outcomes], 1, ""))
    lines += ["", f"Promise {'kept' if met else '**not kept**'}."]
    append(f"`inkdigit train {shlex.join(claim.arguments)}`", lines, measured=measured)


def measure_folder() -> None:
    """Compare full MNIST from IDX files with the same digits exported to a folder of PNGs.

    The two take turns, so that a machine that changes its pace slows both.
    """
    measured, rounds = commit(), 3
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place) / "mnist-png", Path(place) / "cache"
        output, seconds = _run(("data", "export", "mnist", str(folder)))
        lines += _quoted(("data", "export", "mnist", "mnist-png"), _anonymous(output, place))
        lines += [f"{seconds:.1f} s.", ""]
        for words in ("the first time, which packs it", "found again"):
            output, seconds = _run(("data", "info", str(folder)), cache)
            lines += [f"`inkdigit data info mnist-png`, {words}: {seconds:.1f} s.", ""]
        idx: list[Outcome] = []
        png: list[Outcome] = []
        command = ("train", "--preset", "fast", "--data")
        for number in range(rounds):
            idx.append(train((*command, "mnist"), Path(place) / f"idx-{number}"))
            png.append(train((*command, str(folder)), Path(place) / f"png-{number}", cache))
    ratios = [b.training_s / a.training_s for a, b in zip(idx, png, strict=True)]
    lines += [
        "| `inkdigit train --preset fast` | test accuracy | seconds of training |",
        "|---|---|---|",
        *(
            f"| `--data {name}` | {', '.join(f'{each.accuracy:.2%}' for each in outcomes)} | "
            f"{', '.join(f'{each.training_s:.1f}' for each in outcomes)} |"
            for name, outcomes in (("mnist", idx), ("mnist-png", png))
        ),
        "",
    ]
    lines.append(
        f"Ratio of training time, folder to IDX, in turns: {spread(ratios, 3)} "
        "(promised: within 10 %, and the same accuracy)."
    )
    append("The same digits as a folder of PNGs", lines, measured=measured)


def measure_help() -> None:
    """Time `--help`, which must not load torch."""
    measured, lines = commit(), ["| command | seconds, every value | promised |", "|---|---|---|"]
    for command in (("--help",), ("train", "--help")):
        _run(command)
        seconds = [_run(command)[1] for _ in range(9)]
        lines.append(
            f"| `inkdigit {shlex.join(command)}` | "
            f"{', '.join(f'{each:.2f}' for each in sorted(seconds))} | < 0.3 |"
        )
    append("`--help`", lines, measured=measured)


def train(command: tuple[str, ...], folder: Path, cache: Path | None = None) -> Outcome:
    """Run `inkdigit train` and read its result; packs go into `cache`, if one is given."""
    output, seconds = _run((*command, "-o", str(folder)), cache)
    result = json.loads((folder / "result.json").read_text("utf-8"))
    return Outcome(
        accuracy=result["test"]["accuracy"],
        wrong=result["test"]["wrong"],
        total=result["test"]["total"],
        training_s=result["seconds"]["training"],
        wall_s=seconds,
        output=_anonymous(output, str(folder.parent)),
    )


def _run(arguments: tuple[str, ...], cache: Path | None = None) -> tuple[str, float]:
    own = {} if cache is None else {"INKDIGIT_CACHE": str(cache)}
    started = perf_counter()
    done = subprocess.run(
        [_INKDIGIT, *arguments],
        cwd=ROOT,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout, perf_counter() - started


def _anonymous(output: str, place: str) -> str:
    """Leave the temporary place out of what is written down."""
    return re.sub(re.escape(place) + "/?", "", output)


def _quoted(command: tuple[str, ...], output: str) -> list[str]:
    return ["```", f"$ inkdigit {shlex.join(command)}", *output.rstrip().splitlines(), "```", ""]


def _last_words(output: str) -> str:
    """Keep the figures of a further seed; the epochs of the first stand for all."""
    return "\n".join(
        line for line in output.splitlines() if re.match(r"Test accuracy|Epoch \d+ was", line)
    )


def _floor(claim: Claim) -> str:
    return f"≥ {100 * claim.accuracy:.1f}"


def _row(what: str, values: list[float], digits: int, promised: str) -> str:
    middle = spread(values, digits + 1)
    return f"| {what} | {len(values)} | {middle} | {every(values, digits)} | {promised} |"


COMMANDS: dict[str, Callable[[], None]] = {
    **{name: (lambda name=name: measure_claim(name)) for name in CLAIMS},  # type: ignore[misc]
    "folder": measure_folder,
    "help": measure_help,
}


def main() -> None:
    """Run the claims named on the command line."""
    names = sys.argv[1:]
    wrong = [name for name in names if name not in COMMANDS]
    if wrong or not names:
        sys.exit(f"usage: python -m benchmarks.claims NAME...; names: {', '.join(COMMANDS)}")
    for name in names:
        COMMANDS[name]()


if __name__ == "__main__":
    main()
