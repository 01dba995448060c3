"""How the weights that come with inkdigit stand the fifteen corruptions of MNIST-C, on test digits.

    python -m benchmarks.robustness [default | quick]...

MNIST is looked for below INKDIGIT_DATA. The test part is opened once for each model; the opening
is written into openings.jsonl first.
"""

import sys
from dataclasses import replace
from time import process_time

from benchmarks.recognition import OPENINGS
from benchmarks.results import append, commit
from inkdigit.config import DataConfig
from inkdigit.data.source import open_source
from inkdigit.evaluation.corruptions.mnist_c import CORRUPTIONS
from inkdigit.evaluation.robustness import Fared, Robustness, measure
from inkdigit.recognition.as_given import AsGiven
from inkdigit.recognition.recognizer import SHIPPED, open_recognizer

FLOOR = 0.966  # of `default`, in the mean over the fifteen
_FRAMED = 500  # test digits: framing takes milliseconds each, in more than sixty conditions
CEILING_S = 120.0  # for 10,000 digits in every condition, on one core


def measure_robustness(name: str) -> None:
    """Measure one of the shipped models and write down every figure."""
    measured = commit()
    test = open_source(DataConfig(source="mnist")).test
    recognizer = open_recognizer(name, threads=1)
    started = process_time()
    found = measure(recognizer, test, openings=OPENINGS, why=f"robustness of {name}")
    seconds = process_time() - started
    some = replace(test, indices=test.indices[:_FRAMED])
    framed = measure(
        AsGiven(recognizer), some, openings=OPENINGS, why=f"robustness of {name}, framed"
    )
    lines = [
        f"$ python -m benchmarks.robustness {name}",
        "",
        "Framed: as `inkdigit classify` gets them, which takes light out, crops and centres first.",
        "",
        f"{found.pictures:,} test digits, {framed.pictures:,} of them framed, seed {found.seed}:",
        "",
        "| | accuracy | 95 % interval | framed | 95 % interval |",
        "|---|---|---|---|---|",
        _row("as they are", found.clean, framed.clean),
        *(_row(each, found.corruptions[each], framed.corruptions[each]) for each in CORRUPTIONS),
        "",
        f"Mean over the {len(CORRUPTIONS)}: {_mean(found)}; framed {_mean(framed)}"
        + (f" (to reach: {FLOOR:.1%})." if name == "default" else "."),
        "",
    ]
    for sweep, other in zip(found.sweeps, framed.sweeps, strict=True):
        points = ", ".join(
            f"{p.value:g}: {p.fared.accuracy:.2%} and {q.fared.accuracy:.2%}"
            for p, q in zip(sweep.points, other.points, strict=True)
        )
        lines.append(f"- {sweep.name}, {sweep.unit}, as they are and framed: {points}")
    lines += ["", f"{seconds:.0f} seconds of one core (to reach: at most {CEILING_S:.0f})."]
    append(f"Robustness of `{name}`", lines, measured=measured)


def _row(name: str, *both: Fared) -> str:
    cells = (f"{each.accuracy:.2%} | {each.low:.2%} to {each.high:.2%}" for each in both)
    return f"| {name} | {' | '.join(cells)} |"


def _mean(found: Robustness) -> str:
    mean = found.mean
    assert mean is not None  # noqa: S101 - the pictures are 28×28 and grey
    return f"{mean.accuracy:.2%}, 95 % interval {mean.low:.2%} to {mean.high:.2%}"


def main() -> None:
    """Measure the models named on the command line, or both."""
    names = sys.argv[1:] or list(SHIPPED)
    if any(name not in SHIPPED for name in names):
        sys.exit(f"usage: python -m benchmarks.robustness [{' | '.join(SHIPPED)}]...")
    for name in names:
        measure_robustness(name)


if __name__ == "__main__":
    main()
