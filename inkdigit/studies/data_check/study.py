"""`inkdigit data check`: what is wrong with labelled pictures, and what could be done about it.

Nothing is changed: what is found goes into a report, and into two files that training honours if
it is told to. No network is shown the test part unless that is asked for; it is only compared
with the rest and measured.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from inkdigit.config import RunConfig
from inkdigit.data.fixes import read_fixes
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import divided, gather
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.durable import new_folder, write_text
from inkdigit.studies.data_check.answers import answer_all, answer_test, enough_epochs
from inkdigit.studies.data_check.classes import find_odd_classes
from inkdigit.studies.data_check.digits import find_turned_digits
from inkdigit.studies.data_check.doubles import find_doubles
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, counted
from inkdigit.studies.data_check.labels import Doubt, estimated_errors, find_doubts
from inkdigit.studies.data_check.pictures import find_odd_pictures
from inkdigit.studies.data_check.record import EXCLUDE, FINDINGS, RELABEL, fix_lines, records
from inkdigit.studies.data_check.report import REPORT, report_page
from inkdigit.types import Indices, Labels, Probabilities

OPENINGS = "test_openings.jsonl"

Stage = Callable[[str], AbstractContextManager[Watch]]


@dataclass(frozen=True)
class Options:
    """How thoroughly is checked."""

    folds: int = 3  # 0: labels are not judged, nothing is trained
    more_epochs: bool = True  # for small sources, so that networks learn enough
    test: bool = False  # judge the labels of the test part too
    rebuild: bool = False  # decode a folder's pictures again


@dataclass(frozen=True)
class Checkup:
    """What a check found, and where it was written."""

    folder: Path
    material: Material
    findings: tuple[Finding, ...]  # problems first
    excluded: int  # lines of exclude.jsonl
    relabelled: int  # lines of relabel.jsonl
    seconds: float

    def count(self, severity: str) -> int:
        """Count the findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)


def check_data(
    config: RunConfig,
    folder: Path,
    options: Options = Options(),
    *,
    stage: Stage = lambda _name: nullcontext(ignore),
) -> Checkup:
    """Check a source, and write the report, the findings and the fixes into a folder.

    Args:
        config: the source with its fixes so far, and how networks are trained to judge labels.
        folder: a new or empty one; it appears when everything is written.
        options: how thoroughly.
        stage: shows what is done: is called with its name, and gives a watch while it lasts.

    Raises:
        DataError: the source cannot be read or divided, or has too few pictures for the folds.
        OSError: the folder cannot be written.
    """
    started = perf_counter()
    fixes = read_fixes(config.data)
    with stage("reading pictures") as watch:
        gathered = gather(config.data, rebuild=options.rebuild, tolerant=True, watch=watch)
    excluded = [row for row, name in enumerate(gathered.names) if name in fixes.excluded]
    material = Material(
        gathered, divided(gathered, config.data, fixes), np.array(excluded, np.int64)
    )
    with stage("comparing pictures") as watch:
        findings = find_doubles(material, watch=watch)
    with stage("looking at pictures"):
        findings += find_odd_pictures(material)
        findings += find_odd_classes(material)
        findings += find_turned_digits(material)
    with new_folder(folder) as aside:
        if options.folds:
            findings += _doubtful_labels(config, material, options, aside, stage)
        found = tuple(sorted(findings, key=lambda finding: finding.severity != "problem"))
        exclusions, relabellings = fix_lines(material, found)
        checkup = Checkup(
            folder=folder,
            material=material,
            findings=found,
            excluded=len(exclusions),
            relabelled=len(relabellings),
            seconds=round(perf_counter() - started, 1),
        )
        write_text(aside / EXCLUDE, "".join(exclusions))
        write_text(aside / RELABEL, "".join(relabellings))
        write_text(aside / FINDINGS, "".join(records(material, found)))
        write_text(aside / REPORT, report_page(checkup.material, found, folder, checkup.seconds))
    return checkup


def _doubtful_labels(
    config: RunConfig, material: Material, options: Options, folder: Path, stage: Stage
) -> Iterator[Finding]:
    source = material.source
    everything = all_but_test(source)
    if options.more_epochs:
        config = enough_epochs(config, len(everything))
    with stage("training networks that judge labels") as watch:
        answers = answer_all(config, source, options.folds, watch=watch)
    yield from _doubts(material, everything.indices, answers, "training and validation")
    if options.test:
        with stage("training a network that judges the test part") as watch:
            answers = answer_test(
                config, source, folder / OPENINGS, why="inkdigit data check --test", watch=watch
            )
        yield from _doubts(material, source.test.indices, answers, "test")


def _doubts(
    material: Material, rows: Indices, answers: Probabilities, where: str
) -> Iterator[Finding]:
    """Say which labels the answers contradict: probably wrong ones, then pictures hard to read."""
    labels: Labels = material.labels[rows]
    doubts = find_doubts(answers, labels)
    sure = [doubt for doubt in doubts if doubt.sure]
    unclear = [doubt for doubt in doubts if not doubt.sure]
    right = float((answers.argmax(axis=1) == labels).mean())
    if sure:
        yield Finding(
            f"doubtful labels, {where}",
            "problem",
            f"Probably wrong: {counted(len(sure), 'label')} of {len(labels):,}, by networks that "
            f"did not learn from them and are right of {right:.2%}. Confident learning estimates "
            f"{estimated_errors(answers, labels):.0f} wrong ones.",
            "Look at each: networks err too. The likelier class is in the list to relabel; remove "
            "the lines of labels that are right.",
            _suspects(material, rows, sure),
        )
    if unclear:
        yield Finding(
            f"unclear pictures, {where}",
            "notice",
            f"Another class is likelier for {counted(len(unclear), 'picture')} of "
            f"{len(labels):,}, and not likely either.",
            "They are hard to read, or show nothing of the classes. None is in a list.",
            _suspects(material, rows, unclear),
        )


def _suspects(material: Material, rows: Indices, doubts: list[Doubt]) -> tuple[Suspect, ...]:
    names = material.class_names
    found = []
    for doubt in doubts:
        row = int(rows[doubt.place])
        note = (
            f"{names[doubt.suggested]} {doubt.probability:.0%}, "
            f"{names[material.labels[row]]} {doubt.given:.1%}"
        )
        found.append(Suspect(row, note, label=doubt.suggested if doubt.sure else None))
    return tuple(found)
