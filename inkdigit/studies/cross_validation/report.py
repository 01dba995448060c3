"""The report of a cross-validation: one self-contained HTML page."""

import shlex
from pathlib import Path

import numpy as np

from inkdigit import durable
from inkdigit.evaluation.confusion_chart import confusion_chart
from inkdigit.evaluation.metrics import class_scores
from inkdigit.evaluation.page import render
from inkdigit.evaluation.test import TestResult, png_base64
from inkdigit.studies import study_folder
from inkdigit.studies.cross_validation.refit import FINAL
from inkdigit.studies.cross_validation.result import Result
from inkdigit.studies.cross_validation.study import CrossValidation

_SHOWN = 48  # pictures


def write_report(found: CrossValidation, result: Result, final: TestResult | None) -> Path:
    """Write `report.html` into the folder of a cross-validation.

    Args:
        found: all that its networks said.
        result: its figures.
        final: what the test of the final model found, if there is one.

    Returns:
        The path of the report.
    """
    path = found.folder / study_folder.REPORT
    confusion = np.array(result.confusion)
    page = render(
        "cross_validation.html.j2",
        {
            "title": f"{found.folder.resolve().name} · inkdigit",
            "name": found.folder.resolve().name,
            "result": result,
            "plan": found.plan,
            "config": found.config,
            "threads": found.machine.threads,
            "seconds": [fold.seconds for fold in found.folds],
            "total_s": found.seconds,
            "confusion": confusion_chart(confusion, found.pictures.class_names),
            "scores": class_scores(confusion, found.pictures.class_names),
            "hard": _hard(found),
            "saw": found.agreement.networks_that_saw,
            "final": final,
            "model": f"{found.folder.resolve().name}/{FINAL}/model.onnx",
            "again": shlex.join(
                [
                    *("inkdigit", "cross-validate", f"{found.folder}/config.toml"),
                    *("--folds", str(found.plan.folds), "--repeats", str(found.plan.repeats)),
                ]
            ),
        },
    )
    durable.write_text(path, page)
    return path


def _hard(found: CrossValidation) -> list[dict[str, object]]:
    """Show the pictures that most networks get wrong."""
    pictures, agreement = found.pictures, found.agreement
    names, shown = pictures.class_names, []
    for place in agreement.hardest(_SHOWN).tolist():
        row = pictures.indices[place]
        shown.append(
            {
                "picture": png_base64(pictures.images[row]),
                "name": found.names[row],
                "truth": names[pictures.labels[row]],
                "answers": [names[answer] for answer in agreement.unseen[:, place].tolist()],
                "seen_wrong": int(agreement.seen_wrong[place]),
                "unseen_wrong": int(agreement.unseen_wrong[place]),
            }
        )
    return shown
