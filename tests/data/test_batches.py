"""Batches: every picture once an epoch, the same order for the same seed, wherever they lie."""

import numpy as np
import pytest
import torch

from inkdigit.config import AugmentationConfig, TrainingConfig
from inkdigit.data.batches import Batches
from inkdigit.types import Split

CPU = torch.device("cpu")


def numbered(count: int) -> Split:
    """Pictures whose pixels spell their number; the label repeats it modulo 10."""
    numbers = np.arange(count)
    images = np.zeros((count, 20, 20, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = numbers % 256, numbers // 256
    return Split(
        "train", tuple("0123456789"), images, numbers % 10, numbers[::-1].copy(), sha256="0" * 64
    )


def batches(
    split: Split, *, resident: bool, seed: int = 0, size: int = 64, **bend: float
) -> Batches:
    return Batches(
        split,
        TrainingConfig(batch_size=size, seed=seed, epochs=3),
        AugmentationConfig.model_validate(bend),
        device=CPU,
        resident=resident,
    )


def numbers_of(source: Batches, epoch: int) -> list[int]:
    pixels = torch.cat([pixels for pixels, _ in source.epoch(epoch)])
    return (pixels[:, 0, 0, 0].long() + 256 * pixels[:, 0, 0, 1].long()).tolist()


@pytest.mark.parametrize("resident", [True, False])
@pytest.mark.parametrize("count", [2, 63, 64, 65, 1000])
def test_an_epoch_shows_every_picture_once_with_its_label(resident: bool, count: int) -> None:
    source = batches(numbered(count), resident=resident)
    assert sorted(numbers_of(source, 1)) == list(range(count))
    for pixels, labels in source.epoch(1):
        number = pixels[:, 0, 0, 0].long() + 256 * pixels[:, 0, 0, 1].long()
        assert torch.equal(number % 10, labels)


@pytest.mark.parametrize("resident", [True, False])
def test_steps_are_of_nearly_equal_size_and_no_larger_than_asked(resident: bool) -> None:
    source = batches(numbered(1000), resident=resident, size=128)
    sizes = [len(labels) for _, labels in source.epoch(1)]
    assert len(sizes) == source.steps == 8
    assert max(sizes) <= 128
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("resident", [True, False])
def test_an_epoch_can_be_asked_for_again_and_epochs_and_seeds_differ(resident: bool) -> None:
    split = numbered(500)
    source = batches(split, resident=resident)
    assert numbers_of(source, 2) == numbers_of(source, 2)
    assert numbers_of(source, 1) != numbers_of(source, 2)
    assert numbers_of(source, 1) != numbers_of(batches(split, resident=resident, seed=1), 1)


def test_streamed_pictures_are_mixed_across_blocks() -> None:
    order = numbers_of(batches(numbered(4000), resident=False), 1)
    gaps = np.abs(np.diff(order))
    assert np.median(gaps) > 500


@pytest.mark.parametrize("resident", [True, False])
def test_augmented_epochs_repeat_and_the_last_clean_ones_are_raw(resident: bool) -> None:
    source = batches(numbered(130), resident=resident, shift=0.1, clean_epochs=1)
    first = [pixels for pixels, _ in source.epoch(1)]
    again = [pixels for pixels, _ in source.epoch(1)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(pixels.dtype == torch.float32 for pixels in first)
    assert all(pixels.dtype == torch.uint8 for pixels, _ in source.epoch(3))


@pytest.mark.parametrize("resident", [True, False])
def test_some_gives_raw_pictures_and_not_many_more_than_asked(resident: bool) -> None:
    source = batches(numbered(900), resident=resident, shift=0.1)
    given = torch.cat(list(source.some(600, torch.Generator().manual_seed(0))))
    assert given.shape == (600, 1, 20, 20)
    assert given.dtype == torch.uint8
    assert sum(len(part) for part in source.some(5000, torch.Generator().manual_seed(0))) == 900


def test_a_small_set_is_kept_on_the_device() -> None:
    source = Batches(numbered(10), TrainingConfig(), AugmentationConfig(), device=CPU)
    assert source.resident
