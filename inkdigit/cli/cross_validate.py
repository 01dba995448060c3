"""`inkdigit cross-validate`: how well a preset does on a source, and how sure that figure is."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.evaluation.test import TestResult
    from inkdigit.studies.cross_validation.result import Result
    from inkdigit.studies.cross_validation.study import CrossValidation


def cross_validate(
    file: Annotated[
        Path | None, typer.Argument(help="A TOML configuration, instead of a preset.")
    ] = None,
    *,
    preset: Annotated[str | None, typer.Option("--preset", help="A preset. Default: fast.")] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="mnist, mnist-5k (default), or a folder of pictures."),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Networks of one repeat.")] = 5,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, help="Times that the pictures are dealt anew.")
    ] = 1,
    override: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Its folder. Default: runs/cv-<preset>-<time>."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="FOLDER", help="Go on with an interrupted one."),
    ] = None,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit", help="Then train the final model on all but the test part, and test it."
        ),
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Decode a folder's pictures again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the result only.")] = False,
) -> None:
    """Train on all folds but one, ask about that one, and so on; the test part stays closed.

    Every answer out of fold is kept. Killed at any moment, it goes on with `--resume FOLDER` to
    the same result; a finished fold is never trained again.
    """
    with needs_extra("train"):
        from inkdigit.cli.studying import (
            configured,
            default_folder,
            refuse_beside_resume,
            resumable,
        )

        if resume is not None:
            beside: dict[str, object] = {"FILE": file, "--preset": preset, "--data": data}
            beside |= {"-o": output, "-s": override, "--rebuild": rebuild}
            beside |= {"--folds": folds != 5, "--repeats": repeats != 1}
            refuse_beside_resume(beside)
            folder = resume
        else:
            from inkdigit.studies.cross_validation.study import Plan, begin

            folder = output or default_folder("cv", preset, file)
            config = configured(file, preset, data, override)
            begin(config, Plan(folds=folds, repeats=repeats), folder, rebuild=rebuild)
        again = f"cross-validate --resume {folder}" + (" --refit" if refit else "")
        with resumable("folds", again):
            found, result, tested = _follow(folder, refit=refit, quiet=quiet, as_json=as_json)
    if as_json:
        print_json(_record(found, result, tested))
    else:
        _print(found, result, tested)


def _follow(
    folder: Path, *, refit: bool, quiet: bool, as_json: bool
) -> "tuple[CrossValidation, Result, TestResult | None]":
    """Do all that is left, and show it."""
    from inkdigit.cli.studying import StudyDisplay
    from inkdigit.studies.cross_validation import result as cross_validation_result
    from inkdigit.studies.cross_validation.refit import refit as fit_again
    from inkdigit.studies.cross_validation.report import write_report
    from inkdigit.studies.cross_validation.study import Event, FoldDone, go_on

    say = print_note if as_json else print_result
    with closing(StudyDisplay(quiet=quiet)) as display:

        def watch(event: Event) -> None:
            if not isinstance(event, FoldDone):
                display.show(event)
                return
            display.next()
            if not quiet:
                score, kept = event.score, ", kept from before" if event.was_there else ""
                say(
                    f"Repeat {score.repeat}, fold {score.fold}: accuracy {score.accuracy:.2%} "
                    f"({score.wrong:,} of {score.total:,} wrong), {event.seconds:.1f} s{kept}"
                )

        found = go_on(folder, watch)
        result = cross_validation_result.judge(found)
        cross_validation_result.write(found, result)
        write_report(found, result, None)
        tested = None
        if refit:
            tested = fit_again(found, display.show, say)
            write_report(found, result, tested)
    return found, result, tested


def _record(
    found: "CrossValidation", result: "Result", tested: "TestResult | None"
) -> dict[str, Any]:
    from dataclasses import asdict

    from inkdigit.studies import study_folder
    from inkdigit.studies.cross_validation.refit import FINAL

    final = None
    if tested is not None:
        model = found.folder / FINAL / "model.onnx"
        final = {"model": str(model), "test": tested.summary()}
    return {
        "study": str(found.folder),
        "accuracy": asdict(result.accuracy),
        "out_of_fold": [asdict(each) for each in result.pooled],
        "folds": [asdict(each) for each in result.folds],
        "flips": {"any_two_networks": result.flips, "unseen": result.flips_unseen},
        "predictions": str(found.folder / study_folder.PREDICTIONS),
        "final": final,
        "seconds": {"training": round(found.seconds, 3)},
    }


def _print(found: "CrossValidation", result: "Result", tested: "TestResult | None") -> None:
    from inkdigit.studies import study_folder
    from inkdigit.studies.cross_validation.refit import FINAL
    from inkdigit.studies.cross_validation.result import FLIPS

    print_result(result.in_words())
    print_result(
        f"{result.flips:,} of {result.pictures:,} pictures flip between networks; "
        f"{result.wrong_unseen_only:,} are wrong only where they were not learned from, "
        f"{result.wrong_though_seen:,} also where they were"
    )
    if found.plan.repeats > 1:
        print_result(f"{result.flips_unseen:,} flip between repeats, out of fold")
    if tested is not None:
        print_result(f"Final model: {tested.in_words()}")
        print_result(f"Model:       {found.folder / FINAL / 'model.onnx'}")
    print_result(f"Predictions: {found.folder / study_folder.PREDICTIONS}")
    print_result(f"Flips:       {found.folder / FLIPS}")
    print_result(f"Report:      {found.folder / study_folder.REPORT}")
