"""One contract for every network in the catalogue."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from inkdigit.errors import ConfigError
from inkdigit.models.catalogue import MODELS, find
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count, summarize


def spec(image_size: int = 28, channels: int = 1, classes: int = 10) -> ModelSpec:
    return ModelSpec(
        image_size,
        1 if channels == 1 else 3,
        classes,
        mean=(33.0,) * channels,
        std=(78.0,) * channels,
    )


def pictures(count: int, shape: ModelSpec, seed: int = 0) -> Tensor:
    draws = torch.Generator().manual_seed(seed)
    size = (count, shape.channels, shape.image_size, shape.image_size)
    return torch.randint(0, 256, size, generator=draws, dtype=torch.uint8)


def loss_of(network: nn.Module, batch: Tensor, labels: Tensor) -> Tensor:
    """The mean loss; in training a committee gives an answer of every member."""
    logits: Tensor = network(batch)
    if logits.ndim == 3:
        labels = labels.repeat_interleave(logits.shape[1])
        logits = logits.flatten(0, 1)
    return cross_entropy(logits, labels)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("image_size", [20, 28, 33, 64])
def test_any_size_channels_and_classes_give_one_finite_logit_a_class(
    name: str, channels: int, image_size: int
) -> None:
    shape = spec(image_size, channels, classes=7)
    network = find(name).build(shape).eval()
    logits = network(pictures(2, shape))
    assert logits.shape == (2, 7)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", MODELS)
def test_gradients_reach_every_parameter(name: str) -> None:
    network = find(name).build(spec())
    torch.autograd.backward(loss_of(network, pictures(8, spec()), torch.arange(8)))
    silent = [
        key
        for key, weight in network.named_parameters()
        if weight.grad is None or not weight.grad.abs().sum() > 0
    ]
    assert not silent


@pytest.mark.parametrize("name", MODELS)
def test_a_row_does_not_depend_on_its_batch(name: str) -> None:
    network = find(name).build(spec()).eval()
    batch = pictures(6, spec())
    with torch.no_grad():
        together = network(batch)
        alone = torch.cat([network(row.unsqueeze(0)) for row in batch])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_raw_bytes_and_the_same_numbers_as_floats_get_one_answer(name: str) -> None:
    network = find(name).build(spec()).eval()
    batch = pictures(3, spec())
    with torch.no_grad():
        torch.testing.assert_close(network(batch), network(batch.float()))


@pytest.mark.parametrize("name", MODELS)
def test_weights_moved_to_another_instance_give_the_same_answers(name: str) -> None:
    first, second = find(name).build(spec()), find(name).build(spec())
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    batch = pictures(4, spec())
    with torch.no_grad():
        assert torch.equal(first.eval()(batch), second.eval()(batch))


@pytest.mark.parametrize("name", MODELS)
def test_it_can_memorise_64_random_pictures(name: str) -> None:
    torch.manual_seed(0)
    network = find(name).build(spec())
    batch, labels = pictures(64, spec()), torch.arange(64) % 10
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(network, batch, labels)
        torch.autograd.backward(loss)
        optimizer.step()
        if float(loss.detach()) < 0.05:
            break
    answers = network(batch).reshape(64, -1, 10).argmax(dim=2)  # (64, members)
    assert (answers == labels.unsqueeze(1)).float().mean() > 0.95


@pytest.mark.parametrize("name", MODELS)
def test_shifting_all_pixels_with_the_mean_changes_nothing(name: str) -> None:
    shape = spec()
    shifted = ModelSpec(28, 1, 10, mean=(43.0,), std=shape.std)
    network, other = find(name).build(shape).eval(), find(name).build(shifted).eval()
    weights = {k: v for k, v in network.state_dict().items() if "normalize." not in k}
    other.load_state_dict(other.state_dict() | weights)
    batch = pictures(2, shape).float()
    with torch.no_grad():
        torch.testing.assert_close(network(batch), other(batch + 10), atol=1e-4, rtol=1e-4)


def test_the_papers_residual_network_has_its_size_and_its_names() -> None:
    network = find("resnet18").build(spec())
    assert round(parameter_count(network) / 1e6, 2) == 4.33
    assert [name for name, _ in network.named_children()] == [
        "normalize",
        "conv1",
        "block1",
        "block2",
        "block3",
        "fc",
    ]
    weighted = [
        layer
        for layer in summarize(network, spec())
        if layer.operations and "project" not in layer.name
    ]
    assert len(weighted) == 20
    assert [layer.output for layer in weighted][-2:] == [(256, 7, 7), (10,)]


def test_a_committee_answers_with_the_mean_of_its_members() -> None:
    network = find("strong-cnn-x3").build(spec())
    batch = pictures(5, spec())
    assert network(batch).shape == (5, 3, 10)
    network.eval()
    with torch.no_grad():
        alone = torch.stack(
            [member(batch) for member in network.get_submodule("members").children()]
        )
        torch.testing.assert_close(network(batch), alone.mean(dim=0))


@pytest.mark.parametrize(("name", "limit"), [("tiny-cnn", 2_000), ("sprint-cnn-32", 20_000)])
def test_what_is_called_tiny_is(name: str, limit: int) -> None:
    assert parameter_count(find(name).build(spec())) < limit


def test_a_block_adds_its_input_to_what_its_convolutions_say() -> None:
    from inkdigit.models.resnet18 import BasicBlock

    block = BasicBlock(4).eval()
    torch.nn.init.zeros_(block.norm2.weight)
    x = torch.rand(1, 4, 6, 6)
    torch.testing.assert_close(block(x), x)


def test_the_papers_cnn_has_a_5x5_and_a_3x3_convolution() -> None:
    network = find("two-layer-cnn").build(spec())
    kernels = [m.kernel_size for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert kernels == [(5, 5), (3, 3)]


def test_summary_counts_multiplications_as_done_by_hand() -> None:
    network = find("two-layer-cnn").build(spec())
    layers = {layer.name: layer for layer in summarize(network, spec())}
    assert layers["conv1"].operations == 24 * 24 * 32 * 25
    assert layers["fc"].operations == 128 * 10
    assert sum(layer.parameters for layer in layers.values()) == parameter_count(network)


def test_summary_counts_the_weights_of_a_layer_that_is_called_twice_once() -> None:
    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 1, 3, padding=1)

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            again: torch.Tensor = self.conv(self.conv(pixels.float()))
            return again

    first, second = summarize(Twice(), spec())
    assert (first.parameters, second.parameters) == (10, 0)
    assert first.operations == second.operations == 28 * 28 * 9


def test_summary_leaves_the_network_in_the_mode_it_was_in() -> None:
    network = find("fast-cnn").build(spec()).train()
    summarize(network, spec())
    assert network.training
    assert all(not module._forward_hooks for module in network.modules())


def test_an_unknown_network_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'resnet81'.*Did you mean 'resnet18'.*fast-cnn"):
        find("resnet81")
