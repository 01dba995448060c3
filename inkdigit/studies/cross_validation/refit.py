"""The final model of a cross-validation: trained on all but the test part, then tested once.

There is no picture left to choose an epoch by, so the last one is delivered, as in every fold.
Its confidence is calibrated on the out-of-fold answers.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from inkdigit.durable import claim, recover, write_json
from inkdigit.errors import RunError
from inkdigit.evaluation import run_record
from inkdigit.evaluation.test import TestResult, test
from inkdigit.studies.cross_validation.study import CrossValidation
from inkdigit.training.deliver import calibrated, deliver, record_test
from inkdigit.training.run_folder import checkpoint
from inkdigit.training.to_the_end import Report, train_to_the_end

FINAL = "final"  # its folder in that of the study


def refit(
    found: CrossValidation,
    watch: Callable[[Report], None] = lambda _report: None,
    say: Callable[[str], None] = lambda _words: None,
) -> TestResult:
    """Train, deliver and test the final model, or give the result of one that is there.

    Args:
        found: the finished cross-validation.
        watch: is told of every step and epoch; the validation in it flatters, as those pictures
            are learned from.
        say: is told the paper's words.

    Returns:
        What the one test found.

    Raises:
        RunError: its result was changed, or another process is at it.
        InkdigitError: as training and testing do.
    """
    folder = found.folder / FINAL
    folder.mkdir(exist_ok=True)
    with claim(folder):
        recover(folder)
        if (folder / run_record.RESULT).is_file():
            result = _read(folder / run_record.RESULT)
        else:
            result = _make(found, folder, watch, say)
        record_test(folder, result)
    return result


def _make(
    found: CrossValidation,
    folder: Path,
    watch: Callable[[Report], None],
    say: Callable[[str], None],
) -> TestResult:
    source = replace(found.source, train=found.pictures)
    checkpoints = folder / checkpoint.CHECKPOINTS
    learner, _ = train_to_the_end(
        found.config, source, found.machine, checkpoints=checkpoints, watch=watch
    )
    checkpoint.save_best(checkpoints, learner.network, checkpoint.card_of(learner, source))
    labels = found.pictures.labels[found.pictures.indices]
    calibration = calibrated(
        found.outputs[0], labels, len(source.class_names), how=f"{found.plan.folds}-fold"
    )
    recognizer = deliver(folder, found.config, source, folder, calibration=calibration)
    say("Waiting Test!")
    result = test(
        recognizer,
        source.test,
        openings=folder / run_record.OPENINGS,
        why="inkdigit cross-validate --refit",
    )
    write_json(folder / run_record.RESULT, asdict(result))  # the test is never repeated
    return result


def _read(file: Path) -> TestResult:
    try:
        return TestResult.from_record(json.loads(file.read_text("utf-8")))
    except ValueError as error:
        raise RunError(
            f"{file} was changed, expected what --refit wrote. Remove its folder, and --refit "
            "makes it again."
        ) from error
