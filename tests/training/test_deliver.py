"""A run's model file is calibrated, tells what the test found, and has its card beside it."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest

from inkdigit.config import RunConfig, validate
from inkdigit.data.source import Source, open_source
from inkdigit.evaluation.metrics import cross_entropy
from inkdigit.evaluation.run_record import read_result
from inkdigit.models.catalogue import MODELS
from inkdigit.recognition.recognizer import open_recognizer
from inkdigit.training.deliver import deliver, record_test
from inkdigit.training.out_of_fold import FoldReport, answer_out_of_fold
from inkdigit.training.recognizer import TorchRecognizer, ask_logits
from inkdigit.training.run import resume, run
from inkdigit.training.run_folder.checkpoint import best_network
from inkdigit.types import Images, Labels, Preparation
from tests.training.conftest import config_for, quick_config, strokes_split


@pytest.fixture(scope="module")
def config() -> RunConfig:
    """A short run on real digits that learns to reject, too."""
    return validate(
        {
            "data": {"not_digits": 300},
            "training": {"epochs": 2, "threads": 1, "device": "cpu", "label_smoothing": 0.1},
            "model": {"licence": "MIT"},
        }
    )


@pytest.fixture(scope="module")
def finished(config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    run(config, folder)
    return folder


@pytest.fixture(scope="module")
def source(config: RunConfig) -> Source:
    return open_source(config.data)


def test_the_temperature_makes_the_validation_loss_smaller(finished: Path, source: Source) -> None:
    recognizer = open_recognizer(finished)
    images, labels = source.validation.read()
    plain = np.exp(recognizer.logits(images))
    plain /= plain.sum(axis=1, keepdims=True)
    calibrated = recognizer.probabilities(images)
    assert recognizer.card.calibration.temperature < 0.9  # smoothed labels make answers timid
    assert cross_entropy(calibrated, labels) < cross_entropy(plain, labels) - 0.01


def test_the_evidence_of_the_file_is_that_of_torch(finished: Path, source: Source) -> None:
    network, spec = best_network(finished)
    assert spec.classes == 11
    outputs = ask_logits(TorchRecognizer(network, source.class_names), source.validation)
    images, _ = source.validation.read()
    evidence = open_recognizer(finished).evidence(images)
    assert evidence is not None
    np.testing.assert_allclose(evidence, outputs[:, 10], atol=1e-4)


def test_digits_have_more_evidence_than_what_is_none(
    finished: Path, digits: tuple[Images, Labels]
) -> None:
    recognizer = open_recognizer(finished)
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), np.uint8)
    of_digits, of_noise = recognizer.evidence(digits[0][::50]), recognizer.evidence(noise)
    assert of_digits is not None
    assert of_noise is not None
    assert np.median(of_digits) > of_noise.max()


def test_file_and_card_tell_what_the_test_found(finished: Path, source: Source) -> None:
    test = read_result(finished).test
    card = open_recognizer(finished).card
    assert card.test is not None
    assert (card.test.accuracy, card.test.wrong) == (test.accuracy, test.wrong)
    assert card.origin.data_sha256 == source.train.sha256
    page = (finished / "README.md").read_text("utf-8")
    for told in (
        'license: "mit"',
        f"{test.wrong:,} of {test.total:,} wrong",
        f"temperature {card.calibration.temperature:.4f}",
        "digits are too few",
        card.origin.data_sha256,
        card.origin.config_sha256,
    ):
        assert told in page


def test_writing_the_test_down_leaves_the_graph_as_it_was(
    finished: Path, config: RunConfig, source: Source, tmp_path: Path
) -> None:
    deliver(finished, config, source, tmp_path)
    before = onnx.load(tmp_path / "model.onnx")
    assert open_recognizer(tmp_path).card.test is None
    record_test(tmp_path, read_result(finished).test)
    assert onnx.load(tmp_path / "model.onnx").graph == before.graph
    assert (tmp_path / "model.onnx").read_bytes() == (finished / "model.onnx").read_bytes()


def test_a_run_that_was_killed_before_its_report_still_gets_its_figures(
    finished: Path, config: RunConfig, source: Source
) -> None:
    whole = (finished / "model.onnx").read_bytes()
    deliver(finished, config, source, finished)  # as it was before the test
    (finished / "report.html").unlink()
    resume(finished)
    assert (finished / "model.onnx").read_bytes() == whole
    assert (finished / "report.html").is_file()


def all_strokes() -> Source:
    """Give 90 strokes, none of them to test."""
    split = strokes_split(90)
    return Source(
        name="strokes",
        preparation=Preparation(20, 1, invert=False),
        class_names=split.class_names,
        train=dataclasses.replace(split, indices=split.indices[:70]),
        validation=dataclasses.replace(split, indices=split.indices[70:]),
        test=dataclasses.replace(split, indices=split.indices[:0]),
        left_out=0,
        bad_pictures=(),
    )


def test_every_picture_is_answered_once_by_a_network_that_never_saw_it() -> None:
    source, told = all_strokes(), list[FoldReport]()
    config = quick_config(training={"epochs": 1})
    outputs, labels = answer_out_of_fold(config, source, 3, told.append)
    assert outputs.shape == (90, 3)
    assert np.array_equal(np.sort(labels), np.sort(source.train.labels))
    assert [report.fold for report in told] == [1, 2, 3]
    assert [report.epoch.validation.total for report in told] == [30, 30, 30]


def test_folds_that_are_stopped_go_on_to_the_answers_that_they_would_have_given(
    tmp_path: Path,
) -> None:
    config = quick_config(training={"epochs": 2, "checkpoint_every_s": 0})
    whole, _ = answer_out_of_fold(config, all_strokes(), 3)

    def stop(report: FoldReport) -> None:
        if (report.fold, report.epoch.epoch) == (2, 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_out_of_fold(config, all_strokes(), 3, stop, kept=tmp_path)
    told: list[FoldReport] = []
    again, _ = answer_out_of_fold(config, all_strokes(), 3, told.append, kept=tmp_path)
    assert np.array_equal(again, whole)
    assert (1, 1) not in [(report.fold, report.epoch.epoch) for report in told]
    told.clear()
    answer_out_of_fold(config, all_strokes(), 3, told.append, kept=tmp_path)
    assert not told


@pytest.mark.parametrize("name", MODELS)
def test_a_run_with_any_network_leaves_a_file_that_answers_as_the_network_does(
    name: str, pictures: Path, tmp_path: Path
) -> None:
    config = config_for(pictures, model={"name": name}, training={"epochs": 1})
    run(config, tmp_path / "run")
    source = open_source(config.data)
    network, _ = best_network(tmp_path / "run")
    images, _ = source.validation.read()
    ours = open_recognizer(tmp_path / "run").logits(images)
    theirs = ask_logits(TorchRecognizer(network, source.class_names), source.validation)
    np.testing.assert_allclose(ours, theirs, atol=2e-3, rtol=1e-3)
