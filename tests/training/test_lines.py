from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inkdigit.config import DataConfig, OptimizerConfig
from inkdigit.data.composing.strips import Strip, batches, compose_strips
from inkdigit.data.source import open_source
from inkdigit.errors import ModelError
from inkdigit.models.line_cnn import STRIDE, SYMBOLS, LineCNN
from inkdigit.recognition.line_recognizer import LineCard, LineRecognizer
from inkdigit.training.lines import (
    LineConfig,
    LineLearner,
    judge,
    restore_lines,
    save_lines,
    train_lines,
)
from inkdigit.training.model_files.line_export import (
    blended,
    described_line,
    export_line_network,
    line_network_from,
)

CARD = LineCard(SYMBOLS, STRIDE)


@pytest.fixture(scope="module")
def strips() -> list[Strip]:
    digits = open_source(DataConfig(source="mnist-5k")).train.read()
    return [each for each in compose_strips(digits, 500, seed=0) if len(each.text) <= 3][:48]


def _config(epochs: int) -> LineConfig:
    optimizer = OptimizerConfig(name="adamw", learning_rate=4e-3, weight_decay=0, clip_norm=2)
    return LineConfig(lines=500, epochs=epochs, batch_size=16, width=8, optimizer=optimizer)


def _trained(strips: list[Strip], epochs: int) -> tuple[list[float], torch.nn.Module]:
    torch.manual_seed(0)
    learner = LineLearner(LineCNN(width=8), _config(epochs))
    losses = [report.loss for report in train_lines(learner, strips, strips)]
    return losses, learner.network


def test_it_learns_a_few_lines_by_heart(strips: list[Strip]) -> None:
    losses, learned = _trained(strips, 120)
    assert losses[-1] < 0.15 * losses[0]
    _, digits = judge(learned, strips)
    assert digits > 0.7


def test_the_same_seed_gives_the_same_weights(strips: list[Strip]) -> None:
    (losses, one), (again, other) = (_trained(strips, 2) for _ in range(2))
    assert losses == again
    weights = other.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


def test_a_training_goes_on_from_its_last_whole_epoch_to_the_same_bits(
    strips: list[Strip], tmp_path: Path
) -> None:
    _, whole = _trained(strips, 3)
    torch.manual_seed(0)
    stopped = LineLearner(LineCNN(width=8), _config(3))
    for report in train_lines(stopped, strips, strips):
        save_lines(stopped, tmp_path / "state.safetensors")
        if report.epoch == 2:
            break
    again = LineLearner(LineCNN(width=8), _config(3))
    restore_lines(again, tmp_path / "state.safetensors")
    assert [report.epoch for report in train_lines(again, strips, strips)] == [3]
    weights = again.network.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in whole.state_dict().items())


def test_the_file_answers_as_the_network_does(strips: list[Strip], tmp_path: Path) -> None:
    _, learned = _trained(strips, 1)
    recognizer = export_line_network(learned, CARD, tmp_path / "line.onnx", strips)
    content = (tmp_path / "line.onnx").read_bytes()
    again = LineRecognizer.from_bytes(content, name="line.onnx")
    assert replace(again.card, self_test=()) == CARD
    for each in strips[:5]:
        answers = again.answers(each.pixels)
        assert answers.shape == (-(-each.pixels.shape[1] // STRIDE), 1 + len(SYMBOLS))
        assert np.allclose(np.exp(answers).sum(axis=1), 1, atol=1e-4)
        assert np.array_equal(answers, recognizer.answers(each.pixels))


def test_a_network_taken_out_of_its_file_answers_as_before_and_learns_on(
    strips: list[Strip], tmp_path: Path
) -> None:
    _, learned = _trained(strips, 3)
    file = tmp_path / "line.onnx"
    export_line_network(learned, CARD, file, strips)
    every = [batch.pixels for batch in batches(strips, 16)]
    again = line_network_from(file.read_bytes(), every)
    with torch.no_grad():
        assert torch.allclose(again(every[0]), learned(every[0]), atol=1e-2)  # of 16 bits
    (before, *_), _ = _trained(strips, 3)
    (report,) = train_lines(LineLearner(again, _config(1)), strips, strips)
    assert report.loss < 0.7 * before


def test_between_two_files_of_a_network_lie_others(strips: list[Strip], tmp_path: Path) -> None:
    begun, ended = (
        _exported(LineCNN(width=4).eval(), strips, tmp_path / name) for name in ("begun", "ended")
    )
    answers = [
        LineRecognizer.from_bytes(
            described_line(blended(begun, ended, share), CARD), name="between"
        ).answers(strips[0].pixels)
        for share in (0, 0.5, 1)
    ]
    ends = [
        LineRecognizer.from_bytes(content, name="an end").answers(strips[0].pixels)
        for content in (begun, ended)
    ]
    assert np.allclose(answers[0], ends[0], atol=1e-3)
    assert np.allclose(answers[2], ends[1], atol=1e-3)
    assert min(np.abs(answers[1] - end).max() for end in ends) > 0.01


def test_between_files_of_two_networks_lies_nothing(strips: list[Strip], tmp_path: Path) -> None:
    one, other = (
        _exported(LineCNN(width=width).eval(), strips, tmp_path / f"{width}") for width in (4, 8)
    )
    with pytest.raises(ModelError, match="two networks"):
        blended(one, other, 0.5)


def _exported(network: LineCNN, strips: list[Strip], file: Path) -> bytes:
    export_line_network(network, CARD, file, strips[:1])
    return file.read_bytes()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_file_is_refused(strips: list[Strip], tmp_path: Path, place: float) -> None:
    content = bytearray(_exported(LineCNN(width=4).eval(), strips, tmp_path / "line.onnx"))
    content[int(place * len(content))] ^= 1
    with pytest.raises(ModelError, match="damaged"):
        LineRecognizer.from_bytes(bytes(content), name="line.onnx")
