"""How the weights that come with inkdigit stand the fifteen corruptions of MNIST-C, on test digits.

    python -m benchmarks.robustness [default | quick]...

MNIST is looked for below INKDIGIT_DATA. The test part is opened once for each model; the opening
is written into openings.jsonl first.
"""

import sys
from time import process_time

from benchmarks.recognition import OPENINGS
from benchmarks.results import append, commit
from inkdigit.config import DataConfig
from inkdigit.data.source import open_source
from inkdigit.evaluation.robustness import Fared, measure
from inkdigit.recognition.recognizer import SHIPPED, open_recognizer

FLOOR = 0.966  # of `default`, in the mean over the fifteen
CEILING_S = 120.0  # for 10,000 digits in every condition, on one core


def measure_robustness(name: str) -> None:
    """Measure one of the shipped models and write down every figure."""
    measured = commit()
    test = open_source(DataConfig(source="mnist")).test
    recognizer = open_recognizer(name, threads=1)
    started = process_time()
    found = measure(recognizer, test, openings=OPENINGS, why=f"robustness of {name}")
    seconds = process_time() - started
    assert found.mean is not None  # noqa: S101 - the pictures are 28×28 and grey
    lines = [
        f"$ python -m benchmarks.robustness {name}",
        "",
        f"| {found.pictures:,} test digits, seed {found.seed} | accuracy | 95 % interval |",
        "|---|---|---|",
        _row("as they are", found.clean),
        *(_row(each, fared) for each, fared in found.corruptions.items()),
        "",
        f"Mean over the {len(found.corruptions)}: {found.mean.accuracy:.2%}, 95 % interval "
        f"{found.mean.low:.2%} to {found.mean.high:.2%}"
        + (f" (to reach: {FLOOR:.1%})." if name == "default" else "."),
        "",
    ]
    for sweep in found.sweeps:
        points = ", ".join(f"{p.value:g}: {p.fared.accuracy:.2%}" for p in sweep.points)
        lines.append(f"- {sweep.name}, {sweep.unit}: {points}")
    lines += ["", f"{seconds:.0f} seconds of one core (to reach: at most {CEILING_S:.0f})."]
    append(f"Robustness of `{name}`", lines, measured=measured)


def _row(name: str, fared: Fared) -> str:
    return f"| {name} | {fared.accuracy:.2%} | {fared.low:.2%} to {fared.high:.2%} |"


def main() -> None:
    """Measure the models named on the command line, or both."""
    names = sys.argv[1:] or list(SHIPPED)
    if any(name not in SHIPPED for name in names):
        sys.exit(f"usage: python -m benchmarks.robustness [{' | '.join(SHIPPED)}]...")
    for name in names:
        measure_robustness(name)


if __name__ == "__main__":
    main()
