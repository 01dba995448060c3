"""Write docs/records.md from finished runs and RESULTS.md: `python -m benchmarks.records`.

A test sees to it that the page says what they say.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.accuracy import DISPUTED, RECIPES, TOTAL
from benchmarks.artifacts import ARTIFACTS, RESULT, Record, machine_of
from benchmarks.few_labels import PRESETS, SAMPLE
from benchmarks.results import RESULTS, ROOT, spread
from inkdigit.durable import write_text
from inkdigit.evaluation.metrics import wilson_interval

PAGE = ROOT / "docs" / "records.md"
_ABOUT_SPEED = """\
Each table is the newest of its command. Seconds of two machines say little beside one another,
ratios within a table do."""
_ABOUT_READING = """\
The final halves of the measuring sets were opened for the network of lines of 2026-11-28, again for
that of 2026-11-29, and with the code of 2026-11-30; what is tuned is tuned on the others. Lines by
any hand and pages are composed anew when the composer learns more hands, and are harder then.
[More on reading](reading.md)."""
_MEASURED: Mapping[str, tuple[str, tuple[str, ...]]] = {  # what RESULTS.md is asked for
    "Speed and memory": (
        _ABOUT_SPEED,
        (
            "Time to accuracy",
            "Training loops that people use instead",
            "Share of the peak that a step of training reaches",
            "Speed of answers",
            "From files to batches",
            "Memory",
        ),
    ),
    "Whole numbers": (
        _ABOUT_READING,
        (
            "Cheque amounts, final half",
            "Composed lines, final half",
            "Composed pages, final half",
            "Speed of reading",
        ),
    ),
}
_HEAD = """\
# Records

<!-- Written by `python -m benchmarks.records`; changes by hand are lost. -->

How fast and how right the presets are on MNIST's 10,000 test digits. Every choice (network,
optimizer, bending, number of passes) was made on validation digits; the way to it is in
[LOG.md](../LOG.md). Then the recipe is frozen, learns from all 60,000 other digits to its last
pass, with no checkpoint picked, and is tested once per seed. Each test is written down in
`benchmarks/openings.jsonl`, and each finished run (settings, versions, seconds, every wrong
digit) is kept below `benchmarks/artifacts/`. Seconds are those of training: batches, bending and
steps, on the CPU that is named beside them, alone; other work on the machine makes them longer,
never shorter.
"""


def page() -> str:
    """Write the page from the runs that are there."""
    accuracy = {name: _runs(ARTIFACTS / "accuracy" / name) for name in RECIPES}
    few = {name: _runs(ARTIFACTS / "few_labels" / name) for name in PRESETS}
    parts = [
        _HEAD,
        *(_accuracy(accuracy) if any(accuracy.values()) else ()),
        *(_few(few) if any(few.values()) else ()),
        *_machines([*accuracy.values(), *few.values()]),
        *_newest(RESULTS.read_text("utf-8")),
    ]
    return "\n".join(parts) + "\n"


def _runs(folder: Path) -> list[Record]:
    return [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob(f"seed-*/{RESULT}"))]


def _accuracy(found: Mapping[str, Sequence[Record]]) -> Iterator[str]:
    yield "## All digits\n"
    yield (
        "| `inkdigit train --preset` | seeds | test accuracy in %, mean ± sd | all seeds together, "
        f"95 % interval | without the {len(DISPUTED)} disputed labels | seconds | parameters |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, runs in found.items():
        if runs:
            undisputed = [_accuracy_of(run, DISPUTED) for run in runs]
            cells = (
                *(f"`{name}`", *_cells(runs), spread(undisputed, 3)),
                *(_seconds(runs), f"{runs[0]['parameters']:,}"),
            )
            yield f"| {' | '.join(cells)} |"
    yield from _ensembles()
    yield (
        f"\n{len(DISPUTED)} of the test labels are rejected by human raters (Northcutt et al. "
        "2021): they count as they are published, and the column without them is only to be read "
        "beside.\n"
    )


def _ensembles() -> Iterator[str]:
    """Say how right the mean answer of kept members is."""
    for file in sorted((ARTIFACTS / "accuracy").glob(f"ensemble-*/{RESULT}")):
        run = json.loads(file.read_text("utf-8"))
        members = [Path(member).parent.name for member in run["settings"]["members"]]
        of_each = (f"{members.count(name)} of `{name}`" for name in dict.fromkeys(members))
        low, high = wilson_interval(TOTAL - len(run["wrong"]), TOTAL)
        yield (
            f"\nThe mean answer of {len(members)} of these runs ({', '.join(of_each)}): "
            f"{_accuracy_of(run):.2f} %, 95 % interval {low:.2%} to {high:.2%}; "
            f"{_accuracy_of(run, DISPUTED):.2f} % without the disputed labels."
        )


def _few(found: Mapping[str, Sequence[Record]]) -> Iterator[str]:
    yield "## Few labels\n"
    yield (
        "Only so many labelled digits are learned from, as many of each class, drawn anew for each "
        "seed; no other picture is seen, and no weights are taken over.\n"
    )
    yield (
        "| labels | preset | seeds | test accuracy in %, mean ± sd | all seeds together, 95 % "
        "interval | seconds |"
    )
    yield "|---|---|---|---|---|---|"
    for name, runs in found.items():
        if runs:
            labels = f"{runs[0]['images']:,}" + (" of `mnist-5k`" if name == SAMPLE else "")
            cells = (labels, f"`{PRESETS[name][0]}`", *_cells(runs), _seconds(runs))
            yield f"| {' | '.join(cells)} |"
    yield ""


def _cells(runs: Sequence[Record]) -> tuple[str, str, str]:
    accuracies = [_accuracy_of(run) for run in runs]
    wrong = sum(len(run["wrong"]) for run in runs)
    low, high = wilson_interval(len(runs) * TOTAL - wrong, len(runs) * TOTAL)
    return f"{len(runs)}", spread(accuracies, 3), f"{low:.3%} to {high:.3%}"


def _accuracy_of(run: Record, left_out: Sequence[int] = ()) -> float:
    return 100 * (1 - len(set(run["wrong"]) - set(left_out)) / (TOTAL - len(left_out)))


def _seconds(runs: Sequence[Record]) -> str:
    """Say how long training took, and on what."""
    machines = dict.fromkeys(map(machine_of, runs))
    taken = spread([run["seconds"]["training"] for run in runs], 1)
    return f"{taken} ({'; '.join(machines)})"


def _machines(found: Sequence[Sequence[Record]]) -> Iterator[str]:
    """Name every machine and set of versions once."""
    facts = [run["measured"].split(" · ") for runs in found for run in runs]
    machines = dict.fromkeys(" · ".join(parts[2:]) for parts in facts)
    yield "Measured on " + "; ".join(machines) + "."


def _newest(results: str) -> Iterator[str]:
    """Repeat the newest of each measurement from RESULTS.md, with its picture."""
    found = dict(part.split("\n", 1) for part in results.split("\n## ")[1:])
    for heading, (words, titles) in _MEASURED.items():
        parts = [f"### {title}\n\n{found[title].strip()}" for title in titles if title in found]
        if parts:
            yield f"\n## {heading}\n\n{words}\n"
            yield "\n\n".join(parts).replace("](figures/", "](../benchmarks/figures/")


def main() -> None:
    """Write the page."""
    write_text(PAGE, page())


if __name__ == "__main__":
    main()
