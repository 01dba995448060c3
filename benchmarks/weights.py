"""Make the weights that come with inkdigit: `python -m benchmarks.weights [default] [quick]`.

For each: out-of-fold answers to the training digits calibrate it, an ordinary run trains it, and
the file, its card and the log of all that go into the package.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from inkdigit.config import RunConfig, load
from inkdigit.data.source import Source, open_source
from inkdigit.recognition.calibrate import Calibration
from inkdigit.training.deliver import CARD, calibrated, deliver, record_test
from inkdigit.training.events import Event
from inkdigit.training.loop import EpochReport
from inkdigit.training.out_of_fold import FoldReport, answer_out_of_fold
from inkdigit.training.run import run

PRESETS = {"default": "weights-default", "quick": "weights-quick"}
FOLDS = 3
WEIGHTS = Path(__file__).parent.parent / "inkdigit" / "recognition" / "weights"

Say = Callable[[str], None]


def make(name: str, say: Say) -> None:
    """Make one of the two files, with its card."""
    config = load(preset=PRESETS[name])
    source = open_source(config.data)
    calibration = _calibrate(config, source, say)
    with tempfile.TemporaryDirectory() as place:
        folder, made = Path(place) / "run", Path(place) / "made"
        result = run(config, folder, watch=lambda event: _say_epoch(event, say))
        say(f"{result.test.in_words()}")
        made.mkdir()
        deliver(folder, config, source, made, calibration=calibration)
        record_test(made, result.test)
        shutil.copy(made / "model.onnx", WEIGHTS / f"{name}.onnx")
        shutil.copy(made / CARD, WEIGHTS / f"{name}.md")
    size = (WEIGHTS / f"{name}.onnx").stat().st_size
    say(f"{name}.onnx: {size:,} bytes")


def _calibrate(config: RunConfig, source: Source, say: Say) -> Calibration:
    def watch(report: FoldReport) -> None:
        say(f"fold {report.fold} of {FOLDS}, {_epoch(report.epoch)}")

    outputs, labels = answer_out_of_fold(config, source, FOLDS, watch)
    calibration = calibrated(outputs, labels, len(source.class_names), how=f"{FOLDS}-fold")
    say(f"temperature {calibration.temperature:.4f} on {calibration.total:,} out-of-fold answers")
    for promise in calibration.promises:
        say(f"promise {json.dumps(promise.__dict__)}")
    return calibration


def _say_epoch(event: Event, say: Say) -> None:
    if isinstance(event, EpochReport):
        say(_epoch(event))


def _epoch(report: EpochReport) -> str:
    return (
        f"epoch {report.epoch}: training loss {report.training_loss:.4f}, "
        f"validation accuracy {report.validation.accuracy:.2%}, loss {report.validation.loss:.4f}"
    )


@contextmanager
def log_to(path: Path) -> Iterator[Say]:
    """Write lines to the terminal and into a file, with the seconds since the beginning."""
    started = perf_counter()
    with path.open("w", encoding="utf-8") as file:

        def say(line: str) -> None:
            timed = f"{perf_counter() - started:7.0f} s  {line}"
            print(timed, flush=True)
            print(timed, file=file, flush=True)

        yield say


def main() -> None:
    """Make the files whose names are given, or both."""
    WEIGHTS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PRESETS:
        with log_to(WEIGHTS / f"{name}.log") as say:
            make(name, say)


if __name__ == "__main__":
    main()
