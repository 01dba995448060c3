"""Make the weights that come with inkdigit: `python -m benchmarks.weights [default] [quick]`.

For each: out-of-fold answers to the training digits calibrate it, a training to the last epoch
makes it, one test judges it, and the file, its card and the log of all that go into the package.
Both learn from what a teacher said of the digits (`python -m benchmarks.teacher`). Work that was
stopped goes on where it stopped: it is kept below `runs/`.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks.results import ROOT
from benchmarks.teacher import TEACHER
from inkdigit.config import RunConfig, load
from inkdigit.data.source import Source, open_source
from inkdigit.evaluation import run_record
from inkdigit.evaluation.test import test
from inkdigit.recognition.calibrate import Calibration
from inkdigit.training.deliver import CARD, calibrated, deliver, made_smaller, record_test
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import EpochReport
from inkdigit.training.out_of_fold import FoldReport, answer_out_of_fold
from inkdigit.training.run_folder import checkpoint
from inkdigit.training.run_folder.resumption import config_sha256
from inkdigit.training.to_the_end import Report, train_to_the_end

PRESETS = {"default": "weights-default", "quick": "weights-quick"}
FOLDS = 3
WEIGHTS = Path(__file__).parent.parent / "inkdigit" / "recognition" / "weights"

Say = Callable[[str], None]


def make(name: str, config: RunConfig, work: Path, say: Say) -> None:
    """Make one of the two files, with its card.

    Args:
        name: of the file.
        config: how it is trained.
        work: a folder for this configuration alone, which is gone on with.
        say: is told what happens.
    """
    source = open_source(config.data)
    work.mkdir(parents=True, exist_ok=True)
    calibration = _calibrate(config, source, work, say)
    _train(config, source, work / "run", say)
    made = work / "made"
    made.mkdir(exist_ok=True)
    recognizer = deliver(work / "run", config, source, made, calibration=calibration)
    tested = test(
        recognizer,
        source.test,
        openings=work / run_record.OPENINGS,
        why=f"the figures of {name}.onnx",
    )
    say(tested.in_words())
    comparison = made_smaller(made, source, "fp16")
    say(comparison.in_words())
    record_test(made, tested, comparison)
    shutil.copy(made / "model.onnx", WEIGHTS / f"{name}.onnx")
    shutil.copy(made / CARD, WEIGHTS / f"{name}.md")
    size = (WEIGHTS / f"{name}.onnx").stat().st_size
    say(f"{name}.onnx: {size:,} bytes")


def _train(config: RunConfig, source: Source, folder: Path, say: Say) -> None:
    """Train to the last epoch: a best one, chosen on few digits, may be one that learned half."""

    def watch(report: Report) -> None:
        if isinstance(report, EpochReport):
            say(_epoch(report))

    checkpoints = folder / checkpoint.CHECKPOINTS
    learner, _ = train_to_the_end(
        config, source, choose_machine(config.training), checkpoints=checkpoints, watch=watch
    )
    checkpoint.save_best(checkpoints, learner.network, checkpoint.card_of(learner, source))


def _calibrate(config: RunConfig, source: Source, work: Path, say: Say) -> Calibration:
    def watch(report: FoldReport) -> None:
        say(f"fold {report.fold} of {FOLDS}, {_epoch(report.epoch)}")

    outputs, labels = answer_out_of_fold(config, source, FOLDS, watch, kept=work)
    calibration = calibrated(outputs, labels, len(source.class_names), how=f"{FOLDS}-fold")
    say(f"temperature {calibration.temperature:.4f} on {calibration.total:,} out-of-fold answers")
    for promise in calibration.promises:
        say(f"promise {json.dumps(promise.__dict__)}")
    return calibration


def _epoch(report: EpochReport) -> str:
    return (
        f"epoch {report.epoch}: training loss {report.training_loss:.4f}, "
        f"validation accuracy {report.validation.accuracy:.2%}, loss {report.validation.loss:.4f}"
    )


@contextmanager
def log_to(path: Path, *, go_on: bool = False) -> Iterator[Say]:
    """Write lines to the terminal and into a file, with the seconds since the beginning."""
    started = perf_counter()
    with path.open("a" if go_on else "w", encoding="utf-8") as file:

        def say(line: str) -> None:
            timed = f"{perf_counter() - started:7.0f} s  {line}"
            print(timed, flush=True)
            print(timed, file=file, flush=True)

        yield say


def main() -> None:
    """Make the files whose names are given, or both."""
    WEIGHTS.mkdir(exist_ok=True)
    taught = f'training.teacher="{TEACHER.relative_to(ROOT)}"'
    for name in sys.argv[1:] or PRESETS:
        config = load(preset=PRESETS[name], overrides=(taught,))
        work = Path("runs") / f"{PRESETS[name]}-{config_sha256(config)[:8]}"
        with log_to(WEIGHTS / f"{name}.log", go_on=work.is_dir()) as say:
            make(name, config, work, say)


if __name__ == "__main__":
    main()
