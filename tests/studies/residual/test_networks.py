"""Plain and residual networks of equal size."""

import pytest
import torch

from inkdigit.errors import ConfigError
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count
from inkdigit.studies.residual.gradients import LAGS, neighbour_correlation, probe
from inkdigit.studies.residual.networks import (
    KINDS,
    DeepCNN,
    Design,
    Kind,
    require_depth,
    right_without_blocks,
)

SPEC = ModelSpec(28, 1, 10, mean=(33.0,), std=(78.0,))


def build(kind: Kind, *, batchnorm: bool = True, depth: int = 8) -> DeepCNN:
    torch.manual_seed(0)
    return DeepCNN(SPEC, Design(kind, batchnorm, depth))


def batch(count: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (count, 1, 28, 28), generator=draws, dtype=torch.uint8)
    return pixels, torch.arange(count) % 10


@pytest.mark.parametrize("batchnorm", [False, True])
@pytest.mark.parametrize("depth", [8, 20])
def test_plain_and_residual_networks_have_the_same_weights_and_the_depth_that_is_named(
    depth: int, batchnorm: bool
) -> None:
    plain, residual = (build(kind, batchnorm=batchnorm, depth=depth) for kind in KINDS)
    assert parameter_count(plain) == parameter_count(residual)
    assert len(plain.weighted_layers()) == depth
    for ours, theirs in zip(plain.parameters(), residual.parameters(), strict=True):
        assert torch.equal(ours, theirs), "the seed decides the weights, not the kind"
    pixels, _ = batch()
    assert not torch.allclose(plain(pixels), residual(pixels))


@pytest.mark.parametrize("depth", [0, 2, 9, 18])
def test_a_depth_without_whole_stages_is_refused(depth: int) -> None:
    with pytest.raises(ConfigError, match="6n"):
        require_depth(depth)


def test_a_block_whose_convolutions_say_nothing_can_be_left_out_of_a_residual_network() -> None:
    network = build("residual", batchnorm=False)
    for block in network.blocks:
        torch.nn.init.zeros_(block.conv2.weight)  # type: ignore[arg-type, union-attr]
    pixels, labels = batch()
    whole, without = right_without_blocks(network, pixels, labels)
    assert without == [whole] * 3


def test_measuring_gradients_changes_neither_weights_nor_statistics_nor_mode() -> None:
    network = build("residual").train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pixels, labels = batch()
    probe(network, pixels, labels, step=0)
    neighbour_correlation(network, pixels, (pixels[:2], pixels[2:4]))
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_gradient_at_a_blocks_input_is_that_of_each_pictures_own_loss() -> None:
    network = build("residual", batchnorm=False)
    pixels, labels = batch(1)
    once = probe(network, pixels, labels, step=0).input_gradient
    twice = probe(network, pixels.repeat(2, 1, 1, 1), labels.repeat(2), step=0).input_gradient
    assert twice == pytest.approx(once, rel=1e-4)
    assert len(once) == 3


def test_a_vanished_gradient_is_told_by_its_reach() -> None:
    network = build("plain", batchnorm=False)
    with torch.no_grad():
        network.blocks[1].conv1.weight.mul_(1e-4)  # type: ignore[union-attr, operator]
    found = probe(network, *batch(), step=0)
    assert found.reach is not None
    assert found.reach < 0.01


def test_a_gradient_is_like_itself_and_a_bit_less_like_a_far_neighbours() -> None:
    network = build("residual")
    pixels, _ = batch()
    found = neighbour_correlation(network, pixels, (pixels[:2], pixels[2:4]))
    assert len(found) == LAGS
    near, far = found[0], found[-1]
    assert near is not None
    assert far is not None
    assert 1 >= near > far
