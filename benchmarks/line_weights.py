"""Make the network of lines that comes with inkdigit: `python -m benchmarks.line_weights`.

Lines are composed from MNIST's training digits, a network learns from them, and numbers composed
from digits that it never saw say what its confidence means; the file and the log of all that go
into the package. `refine 1` to `refine 4` let the network of the file go on learning from lines
that are new to it; `calibrate` alone does the last again, after a change of how pages
are read. Work that was stopped goes on where it stopped: lines and the state after the last whole
epoch are kept below `runs/`, and so is what came of a training, which is not done twice.
"""

import hashlib
import shutil
import sys
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from benchmarks.weights import WEIGHTS, Say, log_to
from inkdigit.config import DataConfig, TrainingConfig
from inkdigit.data.composing.line import compose_line
from inkdigit.data.composing.strips import batches, compose_strips
from inkdigit.data.handwriting.pen import Digits, Pen
from inkdigit.data.source import open_source
from inkdigit.durable import write_bytes
from inkdigit.machine import usable_cores
from inkdigit.models.line_cnn import STRIDE, SYMBOLS, LineCNN
from inkdigit.reading.reader import Reader
from inkdigit.recognition.calibrate import PROMISES, promise
from inkdigit.recognition.line_recognizer import (
    Certainty,
    LineCard,
    LineRecognizer,
    fit_certainty,
    open_line_recognizer,
)
from inkdigit.training.device import brought_to, choose_machine
from inkdigit.training.lines import (
    LineConfig,
    LineLearner,
    LineReport,
    restore_lines,
    save_lines,
    train_lines,
)
from inkdigit.training.model_files.half import halved
from inkdigit.training.model_files.line_export import (
    blended,
    described_line,
    export_line_network,
    line_network_from,
)

_VALIDATION = 2_000  # strips that are reported on, and compared with torch
_ASKED = 6_000  # composed numbers that confidence is measured on
_MEASURED = 8  # batches that batch norm is measured on before a network goes on learning


@dataclass(frozen=True)
class _Round:
    """One training that goes on from the weights of the file."""

    lines: int
    epochs: int
    seed: int
    rate: float  # that it begins with
    way: float = 1.0  # that is gone from the weights it begins with to those it ends with


_REFINED = {
    "1": _Round(300_000, 3, 1, 0.02),  # where the first training's last fifth began
    "2": _Round(400_000, 3, 2, 0.005),
    "3": _Round(200_000, 3, 3, 0.005, way=0.5),
    "4": _Round(200_000, 3, 4, 0.005, way=0.5),
}
_SEED_OF_VALIDATION, _SEED_OF_ASKED = 1_000_001, 1_000_002


def make(
    config: LineConfig,
    start: bytes | None,
    work: Path,
    say: Say,
) -> Path:
    """Compose, train and export, or go on with that.

    Args:
        config: how.
        start: of a file whose network learns on; None: a new network.
        work: a folder for this training alone.
        say: is told what happens.

    Returns:
        The file.
    """
    made, state, lines = work / "line.onnx", work / "state.safetensors", work / "lines"
    if made.is_file():
        say(f"made before: {made}")
        return made
    lines.mkdir(parents=True, exist_ok=True)
    source = open_source(DataConfig(source="mnist"))
    seen, unseen = source.train.read(), source.validation.read()
    cores = usable_cores()
    strips = compose_strips(seen, config.lines, config.seed, workers=cores, kept=lines)
    validation = compose_strips(unseen, _VALIDATION, _SEED_OF_VALIDATION, workers=cores)
    say(f"{len(strips):,} lines composed, {len(validation):,} of other digits to report on")
    torch.manual_seed(config.seed)
    machine = choose_machine(TrainingConfig())
    if start is not None:
        mixed = batches(strips, config.batch_size, np.random.default_rng(config.seed))
        some = (batch.pixels for batch in islice(mixed, _MEASURED))
        network = line_network_from(start, some)
    else:
        network = LineCNN(width=config.width)
    network = brought_to(network, machine.device)
    card = LineCard(
        symbols=SYMBOLS,
        stride=STRIDE,
        data=source.name,
        data_sha256=source.train.sha256,
        licence="Apache-2.0",
    )
    learner = LineLearner(network, config)
    if state.is_file():
        restore_lines(learner, state)
        say(f"gone on with after epoch {learner.epoch}")
    for report in train_lines(learner, strips, validation, machine.autocast):
        save_lines(learner, state)
        say(_in_words(report))
    export_line_network(learner.network, card, made, validation)
    say(f"{made.name}: {made.stat().st_size:,} bytes")
    shutil.rmtree(lines)  # gigabytes
    state.unlink()
    return made


def calibrate(file: Path, say: Say) -> None:
    """Find what the network's confidence in whole numbers means, through all of the reading.

    Args:
        file: of the network; its card is written anew, its weights are kept in 16 bits.
        say: is told what is found.
    """
    digits = open_source(DataConfig(source="mnist")).validation.read()
    untried = replace(open_line_recognizer(file).card, certainty=Certainty(), promises=())
    model = halved(onnx.load_from_string(file.read_bytes()))
    recognizer = LineRecognizer.from_bytes(described_line(model, untried), name=file.name)
    probability, right = _answers(Reader(recognizer), digits)
    certainty = fit_certainty(probability, right)
    found = probability > 0
    confidence = np.array([certainty.confidence(each) for each in probability[found]], np.float32)
    promises = tuple(promise(error, confidence, right[found], len(right)) for error in PROMISES)
    card = replace(untried, certainty=certainty, total=len(right), promises=promises)
    say(f"{right.mean():.2%} of {len(right):,} composed numbers right; {certainty}")
    for each in promises:
        say(f"promise {each}")
    write_bytes(file, described_line(model, card))


def _answers(reader: Reader, digits: Digits) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read composed numbers.

    Returns:
        (N,) the probability of each number's text, 0 where none was found; whether it is right.
    """
    pen, draws = Pen(digits), np.random.default_rng(_SEED_OF_ASKED)
    probability, right = np.zeros(_ASKED), np.zeros(_ASKED, bool)
    for row in range(_ASKED):
        line = compose_line(draws, pen, plain=bool(row % 2))
        numbers = reader.read(line.picture).numbers
        if len(numbers) == 1:
            probability[row] = numbers[0].confidence
            right[row] = numbers[0].text == line.digits
    return probability, right


def _in_words(report: LineReport) -> str:
    return (
        f"epoch {report.epoch}, {report.steps:,} steps, {report.seconds:.0f} s: loss "
        f"{report.loss:.4f}, every sign right {report.exact:.2%}, digits right {report.digits:.2%}"
    )


def main(arguments: list[str]) -> None:
    """Make the file; arguments such as `epochs=2` change the configuration."""
    file = WEIGHTS / "line.onnx"
    if arguments == ["calibrate"]:
        with log_to(WEIGHTS / "line-calibration.log") as say:
            calibrate(file, say)
        return
    refined, changes = "", {}
    if arguments[:1] == ["refine"]:
        refined, arguments = "".join(arguments[1:2]), arguments[2:]
        if refined not in _REFINED:
            sys.exit(f"refine {refined!r}: no such round, expected {', '.join(_REFINED)}.")
        changes = _refinement(refined)
    changes |= dict(each.split("=", 1) for each in arguments)
    config = LineConfig.model_validate(changes)
    start = file.read_bytes() if refined else None
    work = Path("runs") / f"lines-{refined or 'first'}-{_key(config, start)}"
    log = WEIGHTS / (f"line-refined-{refined}.log" if refined else "line.log")
    with log_to(log, go_on=work.is_dir()) as say:
        content = make(config, start, work, say).read_bytes()
        if start is not None and (way := _REFINED[refined].way) < 1:
            card = LineRecognizer.from_bytes(content, name="the trained network").card
            content = described_line(blended(start, content, way), card)
            say(f"{way:.0%} of the way from the weights that it began with")
        write_bytes(file, content)
        calibrate(file, say)


def _key(config: LineConfig, start: bytes | None) -> str:
    """Name a training by all that decides it."""
    return hashlib.sha256(config.model_dump_json().encode() + (start or b"")).hexdigest()[:8]


def _refinement(name: str) -> dict[str, object]:
    of = _REFINED[name]
    optimizer = LineConfig().optimizer.model_copy(update={"learning_rate": of.rate})
    return {"lines": of.lines, "epochs": of.epochs, "seed": of.seed, "optimizer": optimizer}


if __name__ == "__main__":
    main(sys.argv[1:])
