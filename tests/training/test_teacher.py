"""What a teacher says is learned from, of the right pictures only, and costs nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inkdigit.config import TrainingConfig, validate
from inkdigit.data.batches import Batches
from inkdigit.data.source import open_source
from inkdigit.errors import DataError
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import Learner
from inkdigit.training.setup import set_up
from inkdigit.training.teacher import soft_labels, write_teacher
from inkdigit.training.to_the_end import train_to_the_end
from inkdigit.types import Probabilities, Split
from tests.training.conftest import CLASSES, config_for, quick_config, strokes_split


def said(split: Split, seed: int = 0) -> Probabilities:
    drawn = np.random.default_rng(seed).random((len(split), len(split.class_names)))
    shares: Probabilities = (drawn / drawn.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def test_labels_and_what_the_teacher_says_are_mixed_row_by_row(tmp_path: Path) -> None:
    split = replace(strokes_split(), indices=np.array([7, 3, 40, 11]))
    write_teacher(tmp_path / "t.safetensors", split, said(split))
    soft = soft_labels(tmp_path / "t.safetensors", split, 0.25)
    labels = np.eye(3)[split.labels[split.indices]]
    np.testing.assert_allclose(soft[split.indices], 0.25 * said(split) + 0.75 * labels, atol=1e-3)
    assert not np.delete(soft, split.indices, axis=0).any()


def test_a_teacher_may_know_more_pictures_than_are_learned_from(tmp_path: Path) -> None:
    split = strokes_split()
    write_teacher(tmp_path / "t.safetensors", split, said(split))
    part = replace(split, indices=split.indices[10:30])
    whole = soft_labels(tmp_path / "t.safetensors", split, 0.5)
    some = soft_labels(tmp_path / "t.safetensors", part, 0.5)
    assert np.array_equal(some[10:30], whole[10:30])
    assert not some[:10].any()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (replace(strokes_split(), indices=np.arange(50)), "knows 50 of 96 training pictures"),
        (strokes_split(seed=1), "says something of other pictures"),
        (replace(strokes_split(), class_names=("a", "b", "c")), "something of other pictures"),
    ],
)
def test_a_teacher_of_other_pictures_is_refused(asked: Split, message: str, tmp_path: Path) -> None:
    write_teacher(tmp_path / "t.safetensors", asked, said(asked))
    with pytest.raises(DataError, match=message):
        soft_labels(tmp_path / "t.safetensors", strokes_split(), 0.5)


@pytest.mark.parametrize("content", [None, b"", b"not safetensors"])
def test_a_file_that_is_no_teacher_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "t.safetensors"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError, match=rf"{file.name}: (no such file|cannot be read)"):
        soft_labels(file, strokes_split(), 0.5)


@pytest.mark.parametrize("resident", [True, False])
def test_batches_give_each_picture_its_own_shares(resident: bool) -> None:
    split = strokes_split()
    soft = said(split)
    images = {image.tobytes(): row for row, image in enumerate(split.images)}
    config = quick_config()
    batches = Batches(
        split,
        config.training,
        config.augmentation,
        device=torch.device("cpu"),
        soft=soft,
        resident=resident,
    )
    for pixels, shares in batches.epoch(1):
        rows = [images[p.permute(1, 2, 0).numpy().tobytes()] for p in pixels]
        np.testing.assert_array_equal(shares.numpy(), soft[rows])


def test_shares_that_are_certain_teach_what_labels_teach() -> None:
    split = strokes_split(32)
    pixels = torch.from_numpy(split.images).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(split.labels)
    losses = []
    for wanted in (labels, torch.eye(len(CLASSES))[labels]):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(400, 3))
        learner = Learner(network, validate({"training": {"label_smoothing": 0.1}}))
        losses.append([learner.learn(pixels.float() / 255, wanted, 0.1)[:2] for _ in range(3)])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_a_run_learns_what_a_teacher_says_against_the_labels(
    pictures: Path, tmp_path: Path
) -> None:
    """A teacher that takes each class for the next one is believed, where it has all the say."""
    plain = config_for(pictures, training={"epochs": 8})
    source = open_source(plain.data)
    wrong = np.eye(3, dtype=np.float32)[(source.train.read()[1] + 1) % 3]
    write_teacher(tmp_path / "t.safetensors", source.train, wrong)
    told = {"epochs": 8, "teacher": str(tmp_path / "t.safetensors"), "teacher_share": 1.0}
    machine = choose_machine(plain.training)
    _, alone = train_to_the_end(plain, source, machine)
    _, taught = train_to_the_end(config_for(pictures, training=told), source, machine)
    assert alone.accuracy > 0.9
    assert taught.accuracy < 0.1


def test_not_digits_have_no_share_and_drawn_digits_a_certain_one(tmp_path: Path) -> None:
    config = validate(
        {
            "data": {"not_digits": 20, "other_hands": 10},
            "training": {"device": "cpu", "teacher": str(tmp_path / "t.safetensors")},
        }
    )
    source = open_source(config.data)
    write_teacher(tmp_path / "t.safetensors", source.train, said(source.train))
    setup = set_up(config, source, choose_machine(config.training), init_from=None)
    shares = torch.cat([shares for _, shares in setup.batches.epoch(1)])
    totals = shares.sum(dim=1)
    assert len(shares) == len(source.train) + 30
    assert int((totals == 0).sum()) == 20
    assert int((shares == 1).any(dim=1).sum()) == 10
    torch.testing.assert_close(totals[totals > 0], torch.ones(len(shares) - 20), atol=1e-3, rtol=0)
    assert TrainingConfig().teacher_share == 0.5
