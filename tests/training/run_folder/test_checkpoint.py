"""A checkpoint holds what was saved, appears whole, and a damaged one is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch

from inkdigit.errors import CheckpointError
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec
from inkdigit.training.loop import EpochSoFar, Learner
from inkdigit.training.run_folder.checkpoint import (
    Card,
    Progress,
    load_card,
    load_weights,
    restore,
    save_best,
    save_last,
)
from tests.faults import REFUSALS, refusing
from tests.training.conftest import quick_config

CARD = Card(
    network="fast-cnn", class_names=("a", "b", "c"), image_size=20, channels=1, epoch=3, step=40
)


def progress(**known: Any) -> Progress:
    nothing: dict[str, Any] = {"config_sha256": "0" * 64, "so_far": EpochSoFar()}
    nothing |= {"fewest_wrong": None, "best": None, "metrics_bytes": 0, "timings_bytes": 0}
    nothing |= {"training_s": 0.0, "total_s": 0.0}
    return Progress(**nothing | known)


def make_learner(spec: ModelSpec, **sections: dict[str, Any]) -> Learner:
    torch.manual_seed(1)
    return Learner(find("fast-cnn").build(spec), quick_config(**sections))


@pytest.fixture
def learner(spec: ModelSpec) -> Learner:
    learner = make_learner(spec, averaging={"decay": 0.9})
    images = torch.zeros(4, 1, 20, 20, dtype=torch.uint8)
    learner.learn(images, torch.tensor([0, 1, 2, 0]), rate=0.1)
    return learner


def test_the_best_weights_come_back_to_the_bit(learner: Learner, tmp_path: Path) -> None:
    save_best(tmp_path, learner.network, CARD)
    weights = load_weights(tmp_path / "best")
    expected = learner.network.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in weights)
    assert load_card(tmp_path / "best") == CARD


def test_the_last_checkpoint_before_becomes_the_previous(learner: Learner, tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        save_last(tmp_path, learner, CARD.model_copy(update={"epoch": epoch}), progress())
    assert load_card(tmp_path / "last").epoch == 3
    assert load_card(tmp_path / "previous").epoch == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["last", "previous"]


def test_the_same_learner_gives_the_same_bytes(learner: Learner, tmp_path: Path) -> None:
    for place in ("a", "b"):
        save_last(tmp_path / place, learner, CARD, progress())
    for name in ("weights.safetensors", "state.safetensors", "card.json", "manifest.json"):
        first, second = (tmp_path / place / "last" / name for place in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_restored_learner_is_the_saved_one_and_takes_the_same_steps(
    optimizer: str, spec: ModelSpec, tmp_path: Path
) -> None:
    sections: dict[str, dict[str, Any]] = {
        "averaging": {"decay": 0.9},
        "optimizer": {"name": optimizer},
    }
    saved, fresh = make_learner(spec, **sections), make_learner(spec, **sections)
    for each in (saved, fresh):
        each.model.to(memory_format=torch.channels_last)
    images = torch.arange(1600, dtype=torch.uint8).reshape(4, 1, 20, 20)
    labels = torch.tensor([0, 1, 2, 0])
    saved.learn(images, labels, rate=0.1)
    known = progress(so_far=EpochSoFar(steps=1, images=4, right=2, loss=0.1 + 0.2, seconds=1e-9))
    save_last(tmp_path, saved, CARD, known)
    assert restore(tmp_path, fresh) == known
    assert (fresh.epoch, fresh.step, fresh.so_far) == (3, 40, known.so_far)
    assert saved.learn(images, labels, rate=0.1) == fresh.learn(images, labels, rate=0.1)
    for place, learner in (("a", saved), ("b", fresh)):
        save_last(tmp_path / place, learner, CARD, known)
    first, second = (tmp_path / place / "last" / "state.safetensors" for place in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["weights.safetensors", "card.json", "manifest.json"])
def test_a_damaged_file_is_noticed(learner: Learner, tmp_path: Path, name: str) -> None:
    save_best(tmp_path, learner.network, CARD)
    file = tmp_path / "best" / name
    whole = file.read_bytes()
    places = range(0, len(whole), max(1, len(whole) // 100))
    for place in places:
        content = bytearray(whole)
        content[place] ^= 0x55
        file.write_bytes(content)
        refusal = ""
        try:
            weights, card = load_weights(tmp_path / "best"), load_card(tmp_path / "best")
        except CheckpointError as error:
            refusal = str(error)
        if refusal:
            assert "best" in refusal
            assert "\n" not in refusal
        else:  # white space of the manifest, say
            assert name == "manifest.json"
            assert card == CARD
            assert torch.equal(weights["fc.bias"], learner.network.state_dict()["fc.bias"])


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no whole checkpoint.*expected a folder"):
        load_weights(tmp_path / "best")


def test_a_checkpoint_of_another_network_is_refused(
    learner: Learner, spec: ModelSpec, tmp_path: Path
) -> None:
    save_last(tmp_path, learner, CARD, progress())
    other = Learner(find("two-layer-cnn").build(spec), quick_config())
    with pytest.raises(CheckpointError, match="belongs to another network"):
        restore(tmp_path, other)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_disk_that_refuses_anything_leaves_a_good_checkpoint_and_no_stray_file(
    refusal: int, learner: Learner, spec: ModelSpec, tmp_path: Path
) -> None:
    save_last(tmp_path, learner, CARD, progress())
    with refusing(0) as disk:
        save_last(tmp_path, learner, CARD, progress())
    assert disk.calls > 10
    refused = 0
    for at in range(1, disk.calls + 1):
        try:
            with refusing(at, refusal):
                save_last(tmp_path, learner, CARD.model_copy(update={"step": at}), progress())
        except OSError as error:
            refused += 1
            place = Path(error.filename)
        else:  # to make a folder that is there, say, needs no luck
            place = tmp_path / "last"
            assert load_card(place).step == at
        assert place.is_relative_to(tmp_path)
        assert place.suffix != ".part"
        restore(tmp_path, make_learner(spec, averaging={"decay": 0.9}))
        assert {entry.name for entry in tmp_path.iterdir()} <= {"last", "previous"}
    assert refused >= disk.calls - 5
