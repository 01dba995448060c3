"""From a run's best weights to what others use: the calibrated model file and its card."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from inkdigit.config import RunConfig
from inkdigit.data.source import Source, open_source
from inkdigit.durable import is_occupied, new_folder, replace_folder, write_bytes, write_text
from inkdigit.errors import RunError
from inkdigit.evaluation import run_record
from inkdigit.evaluation.test import TestResult
from inkdigit.recognition.calibrate import Calibration, calibrate
from inkdigit.recognition.model_card import model_card
from inkdigit.recognition.model_file import Figures, ModelCard, Origin, Precision
from inkdigit.recognition.recognizer import OnnxRecognizer, open_recognizer
from inkdigit.training.model_files.comparison import Comparison
from inkdigit.training.model_files.export import described, export
from inkdigit.training.model_files.half import halve
from inkdigit.training.model_files.quantize import quantize
from inkdigit.training.recognizer import TorchRecognizer, ask_logits
from inkdigit.training.run_folder.checkpoint import best_network
from inkdigit.training.run_folder.resumption import config_sha256, require_same_data
from inkdigit.types import Labels

CARD = "README.md"  # where Hugging Face looks for a model's card


def deliver(
    run: Path,
    config: RunConfig,
    source: Source,
    folder: Path,
    *,
    calibration: Calibration | None = None,
) -> OnnxRecognizer:
    """Write the model file of a run's best epoch, and its card beside it.

    Args:
        run: the folder that holds the checkpoints.
        config: of the run.
        source: what it learned from; validation calibrates the answers and checks the file.
        folder: that gets `model.onnx` and `README.md`.
        calibration: another one than that on validation.

    Returns:
        What answers with the file.

    Raises:
        CheckpointError: there are no sound weights.
        ModelError: torch and ONNX Runtime differ.
    """
    network, spec = best_network(run)
    ours = TorchRecognizer(network, source.class_names)
    if calibration is None:
        validation = source.validation
        labels = validation.labels[validation.indices]
        calibration = calibrated(ask_logits(ours, validation), labels, len(source.class_names))
    card = ModelCard(
        network=config.model.name,
        class_names=source.class_names,
        preparation=source.preparation,
        calibration=calibration,
        origin=Origin(
            data=source.name,
            data_sha256=source.train.sha256,
            config_sha256=config_sha256(config),
            licence=config.model.licence,
        ),
    )
    file = folder / run_record.MODEL_FILE
    export(network, spec, card, file, source.validation)
    recognizer = open_recognizer(file)
    write_text(folder / CARD, model_card(recognizer.card))
    return recognizer


def deliver_elsewhere(
    run: Path, folder: Path, *, precision: Precision, replace: bool
) -> Comparison | None:
    """Write the model file of a run's best epoch and its card into a folder of their own.

    Args:
        run: the folder of a run, which need not be finished.
        folder: that appears, whole.
        precision: of weights and activations.
        replace: a folder that stands there gives way.

    Returns:
        How a smaller file differs from the fp32 one; None for fp32.

    Raises:
        RunError: there is no run, or `folder` holds something.
        DataError: the pictures changed, or cannot be read.
        CheckpointError: there are no sound weights.
        ModelError: torch and ONNX Runtime differ.
    """
    config = run_record.read_config(run)
    if not replace and is_occupied(folder):
        raise RunError(
            f"{folder} exists already, expected a new folder for the model file and its card. "
            "Name another with -o, or move it away."
        )
    source = open_source(config.data)
    require_same_data(run, source)
    comparison = None
    with replace_folder(folder) if replace else new_folder(folder) as aside:
        deliver(run, config, source, aside)
        if (run / run_record.RESULT).is_file():
            record_test(aside, run_record.read_result(run).test)
        if precision != "fp32":
            comparison = made_smaller(aside, source, precision)
    return comparison


def made_smaller(folder: Path, source: Source, precision: Precision) -> Comparison:
    """Replace a folder's fp32 file, and its card, by one of less precision."""
    file = folder / run_record.MODEL_FILE
    whole = file.read_bytes()
    if precision == "int8":
        content, comparison = quantize(whole, source.train, source.validation)
    else:
        content, comparison = halve(whole, source.validation)
    write_bytes(file, content)
    card = open_recognizer(file).card
    write_text(folder / CARD, model_card(card, comparison=comparison.in_words()))
    return comparison


def record_test(folder: Path, test: TestResult, comparison: Comparison | None = None) -> None:
    """Write what the test found into the model file and its card; its graph stays as it was.

    Args:
        folder: of the file and its card.
        test: of the network, before it was made smaller if it was.
        comparison: how the smaller file differs.
    """
    file = folder / run_record.MODEL_FILE
    content = file.read_bytes()
    card = OnnxRecognizer.from_bytes(content, name=str(file)).card
    figures = Figures(test.accuracy, test.wrong, test.total, test.low, test.high, test.loss)
    tested = dataclasses.replace(card, test=figures)
    write_bytes(file, described(onnx.load_from_string(content), tested))
    words = comparison.in_words() if comparison else ""
    write_text(folder / CARD, model_card(tested, comparison=words))


def calibrated(
    outputs: NDArray[np.float32], labels: Labels, classes: int, *, how: str = "validation"
) -> Calibration:
    """Calibrate on all that a network said of pictures that it did not learn from.

    Args:
        outputs: (N, classes), or one more that is the evidence.
        labels: (N,).
        classes: how many there are.
        how: what these pictures are, for the card.
    """
    evidence = outputs[:, classes] if outputs.shape[1] > classes else None
    return calibrate(outputs[:, :classes], labels, evidence=evidence, source=how)
