"""`inkdigit study pooling`: max, average, strided or none, measured on bent digits."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress
from inkdigit.cli.study_options import AsJson, Data, Resume, Seeds, Steps, Threads

if TYPE_CHECKING:
    from inkdigit.studies.pooling.study import Plan, Study
    from inkdigit.studies.pooling.training import Trained
    from inkdigit.studies.poster import Finding


def pooling(
    *,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Its folder. Default: runs/study-pooling-<time>."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few minutes; shows how it works.")
    ] = False,
    seeds: Seeds = None,
    steps: Steps = None,
    threads: Threads = 0,
    resume: Resume = None,
    as_json: AsJson = False,
) -> None:
    """Compare ways of making pictures smaller, and say what pooling is good for.

    Accuracy on turned, moved, sized and slanted digits, with and without augmentation; operations,
    seconds, and the gap between training and test. Killed at any moment, it goes on with
    `--resume FOLDER`; a finished network is never trained again.
    """
    with needs_extra("train"):
        from inkdigit.cli.studying import dated_folder, refuse_beside_resume, resumable

        if resume is not None:
            beside: dict[str, object] = {"--data": data, "-o": output, "--quick": quick}
            beside |= {"--seeds": seeds, "--steps": steps, "--threads": threads}
            refuse_beside_resume(beside)
            folder = resume
        else:
            from inkdigit.studies.pooling.study import begin, configured

            folder = output or dated_folder("study-pooling")
            plan = _plan(quick=quick, seeds=seeds, steps=steps)
            begin(configured(data, threads=threads), plan, folder)
        with resumable("networks", f"study pooling --resume {folder}"):
            study, findings = _follow(folder, say=print_note if as_json else print_result)
    if as_json:
        print_json(_record(study, findings))
    else:
        from inkdigit.cli.studying import print_findings
        from inkdigit.studies.study_folder import REPORT

        print_findings(findings, study.folder / REPORT)


def _plan(*, quick: bool, seeds: int | None, steps: int | None) -> "Plan":
    from inkdigit.studies.pooling.study import QUICK, Plan

    asked = {"seeds": seeds, "steps": steps}
    start = QUICK if quick else Plan()
    return start.model_copy(update={name: value for name, value in asked.items() if value})


def _follow(folder: Path, *, say: Callable[[str], None]) -> "tuple[Study, tuple[Finding, ...]]":
    """Do all that is left, and show it."""
    from inkdigit.studies.pooling.findings import judge
    from inkdigit.studies.pooling.report import write_report
    from inkdigit.studies.pooling.study import Done, go_on

    with progress("training") as show:

        def watch(done: Done) -> None:
            say(f"{done.done} of {done.total}: {_in_words(done.trained)}")
            show(done.done, done.total)

        study = go_on(folder, watch)
    write_report(study)
    return study, judge(study.trained)


def _in_words(trained: "Trained") -> str:
    from inkdigit.studies.pooling.networks import WORDS

    swept = ", ".join(f"{each.name} {each.stability:.1%}" for each in trained.sweeps)
    return (
        f"{WORDS[trained.reduction]}{', augmented' if trained.augmented else ''}, "
        f"seed {trained.seed}: test accuracy {trained.test.accuracy:.2%} ({trained.test.wrong} of "
        f"{trained.test.total:,} wrong); bent: {swept}; {trained.training_s:.0f} s"
    )


def _record(study: "Study", findings: "tuple[Finding, ...]") -> dict[str, Any]:
    from dataclasses import asdict

    from inkdigit.studies.study_folder import REPORT

    return {
        "study": str(study.folder),
        "report": str(study.folder / REPORT),
        "findings": [asdict(finding) for finding in findings],
        "networks": [each.model_dump() for each in study.trained],
    }
