"""A checkpoint holds what was saved, appears whole, and a damaged one is refused."""

from pathlib import Path

import pytest
import torch

from inkdigit.errors import CheckpointError
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec
from inkdigit.training.checkpoint import (
    load_card,
    load_weights,
    save_best,
    save_last,
)
from inkdigit.training.loop import Learner
from tests.training.conftest import quick_config

CARD = {"network": "fast-cnn", "epoch": 3}


@pytest.fixture
def learner(spec: ModelSpec) -> Learner:
    learner = Learner(find("fast-cnn").build(spec), quick_config(averaging={"decay": 0.9}))
    images = torch.zeros(4, 1, 20, 20, dtype=torch.uint8)
    learner.learn(images, torch.tensor([0, 1, 2, 0]), rate=0.1)
    return learner


def test_the_best_weights_come_back_to_the_bit(learner: Learner, tmp_path: Path) -> None:
    save_best(tmp_path, learner, CARD)
    weights = load_weights(tmp_path / "best")
    expected = learner.network.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in weights)
    assert load_card(tmp_path / "best") == CARD


def test_the_last_checkpoint_before_becomes_the_previous(learner: Learner, tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        save_last(tmp_path, learner, {"epoch": epoch})
    assert load_card(tmp_path / "last")["epoch"] == 3
    assert load_card(tmp_path / "previous")["epoch"] == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["last", "previous"]


def test_the_same_learner_gives_the_same_bytes(learner: Learner, tmp_path: Path) -> None:
    for place in ("a", "b"):
        save_last(tmp_path / place, learner, CARD)
    for name in ("weights.safetensors", "state.safetensors", "card.json", "manifest.json"):
        first, second = (tmp_path / place / "last" / name for place in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["weights.safetensors", "card.json", "manifest.json"])
def test_a_damaged_file_is_noticed(learner: Learner, tmp_path: Path, name: str) -> None:
    save_best(tmp_path, learner, CARD)
    file = tmp_path / "best" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="best"):
        load_weights(tmp_path / "best")


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no whole checkpoint.*expected a folder"):
        load_weights(tmp_path)
