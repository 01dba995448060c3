"""`inkdigit study residual`: plain against residual networks, measured."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress
from inkdigit.cli.study_options import AsJson, Data, Resume, Seeds, Steps, Threads

if TYPE_CHECKING:
    from inkdigit.studies.poster import Finding
    from inkdigit.studies.residual.results import Trained
    from inkdigit.studies.residual.study import Plan, Study


def residual(
    *,
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Its folder. Default: runs/study-residual-<time>."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Minutes instead of an hour; shows how it works.")
    ] = False,
    depth: Annotated[
        list[int] | None,
        typer.Option("--depth", help="Layers, 6n + 2; repeat it. Default: 8, 20, 32 and 56."),
    ] = None,
    seeds: Seeds = None,
    steps: Steps = None,
    threads: Threads = 0,
    resume: Resume = None,
    as_json: AsJson = False,
) -> None:
    """Train plain and residual networks of equal size, and say what the shortcut is good for.

    Gradients by layer before and along training, neighbours' gradients, blow-ups, losses, and
    accuracy without one block. Killed at any moment, it goes on with `--resume FOLDER`; a finished
    network is never trained again.
    """
    with needs_extra("train"):
        from inkdigit.cli.studying import dated_folder, refuse_beside_resume, resumable

        if resume is not None:
            beside: dict[str, object] = {"--data": data, "-o": output, "--quick": quick}
            beside |= {"--depth": depth, "--seeds": seeds, "--steps": steps, "--threads": threads}
            refuse_beside_resume(beside)
            folder = resume
        else:
            from inkdigit.studies.residual.study import begin, configured

            folder = output or dated_folder("study-residual")
            plan = _plan(quick=quick, depths=depth, seeds=seeds, steps=steps)
            begin(configured(data, threads=threads), plan, folder)
        with resumable("networks", f"study residual --resume {folder}"):
            study, findings = _follow(folder, say=print_note if as_json else print_result)
    if as_json:
        print_json(_record(study, findings))
    else:
        from inkdigit.cli.studying import print_findings
        from inkdigit.studies.study_folder import REPORT

        print_findings(findings, study.folder / REPORT)


def _plan(*, quick: bool, depths: list[int] | None, seeds: int | None, steps: int | None) -> "Plan":
    from inkdigit.studies.residual.study import QUICK, Plan

    asked: dict[str, object] = {"depths": tuple(depths or ()), "seeds": seeds, "steps": steps}
    start = QUICK if quick else Plan()
    return start.model_copy(update={name: value for name, value in asked.items() if value})


def _follow(folder: Path, *, say: Callable[[str], None]) -> "tuple[Study, tuple[Finding, ...]]":
    """Do all that is left, and show it."""
    from inkdigit.studies.residual.findings import judge
    from inkdigit.studies.residual.report import write_report
    from inkdigit.studies.residual.study import Done, Event, go_on

    finished = 0
    with progress("training") as show:

        def watch(event: Event) -> None:
            nonlocal finished
            if isinstance(event, Done):
                finished = event.done
                say(f"{event.done} of {event.total}: {_in_words(event.trained)}")
                show(event.done, event.total)
            else:
                show(finished * event.steps + event.step, event.networks * event.steps)

        study = go_on(folder, watch)
    write_report(study)
    return study, judge(study.trained)


def _in_words(trained: "Trained") -> str:
    name = f"{trained.kind}{' with batch norm' if trained.batchnorm else ''}"
    start = f"{name}, {trained.depth} layers, seed {trained.seed}, rate {trained.learning_rate:g}: "
    if trained.test is None:
        return f"{start}blew up at step {trained.blown_up_at}"
    return (
        f"{start}training loss {trained.training_loss:.4f}, test accuracy "
        f"{trained.test.accuracy:.2%} ({trained.test.wrong} of {trained.test.total:,} wrong), "
        f"{trained.seconds:.0f} s"
    )


def _record(study: "Study", findings: "tuple[Finding, ...]") -> dict[str, Any]:
    from dataclasses import asdict

    from inkdigit.studies.study_folder import REPORT

    return {
        "study": str(study.folder),
        "report": str(study.folder / REPORT),
        "findings": [asdict(finding) for finding in findings],
        "networks": [
            each.model_dump(include={"kind", "batchnorm", "depth", "seed", "learning_rate"})
            | {
                "training_loss": each.training_loss,
                "test": each.test.model_dump() if each.test else None,
                "steps_to_99": each.steps_to_goal,
                "blown_up_at": each.blown_up_at,
                "seconds": each.seconds,
            }
            for each in study.trained
        ],
    }
