"""Weights of members in eight bits."""

import hashlib
import json
from pathlib import Path

import pytest
import torch

from benchmarks.accuracy import kept_members, recipe_of
from benchmarks.members import packed, unpacked
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec


def _spec() -> ModelSpec:
    return ModelSpec(image_size=28, channels=1, classes=10, mean=(33.3,), std=(78.6,))


def test_a_network_answers_nearly_the_same_from_eight_bits(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = find("strong-cnn-views").build(_spec()).eval()
    content = packed(network.state_dict())
    file = tmp_path / "member.safetensors"
    file.write_bytes(content)
    pictures = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8)
    with torch.inference_mode():
        before = network(pictures).softmax(dim=1)
        network.load_state_dict(unpacked(file))
        after = network(pictures).softmax(dim=1)
    assert (before - after).abs().max() < 0.02
    assert not torch.equal(before, after)  # they are eight bits
    weights = sum(value.numel() for value in network.state_dict().values())
    assert len(content) < 1.1 * weights


def test_a_weight_is_off_by_half_a_step_at_most_and_vectors_by_nothing(tmp_path: Path) -> None:
    torch.manual_seed(2)
    state = {
        "filters": torch.randn(7, 3, 5, 5) * torch.logspace(-6, 3, 7).view(-1, 1, 1, 1),
        "nothing": torch.zeros(2, 4),
        "bias": torch.randn(9),
        "count": torch.tensor(12),
    }
    file = tmp_path / "member.safetensors"
    file.write_bytes(packed(state))
    again = unpacked(file)
    assert again.keys() == state.keys()
    largest = state["filters"].abs().flatten(1).amax(dim=1).view(-1, 1, 1, 1)
    assert ((again["filters"] - state["filters"]).abs() <= largest / 127 * 0.501).all()
    for name in ("nothing", "bias", "count"):
        assert torch.equal(again[name], state[name])


@pytest.mark.parametrize("member", kept_members(), ids=lambda file: "-".join(file.parts[-3:-1]))
def test_a_kept_member_is_what_its_run_says_and_fits_its_network(member: Path) -> None:
    run = json.loads((member.parent / "result.json").read_text("utf-8"))
    assert hashlib.sha256(member.read_bytes()).hexdigest() == run["sha256"]
    network = find(recipe_of(member).model.name).build(_spec())
    network.load_state_dict(unpacked(member))
