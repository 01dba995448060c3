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
    split: Split,
    *,
    resident: bool,
    by_blocks: bool = False,
    seed: int = 0,
    size: int = 64,
    **bend: float,
) -> Batches:
    return Batches(
        split,
        TrainingConfig(batch_size=size, seed=seed, epochs=3),
        AugmentationConfig.model_validate(bend),
        device=CPU,
        resident=resident,
        by_blocks=by_blocks,
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


@pytest.mark.parametrize("by_blocks", [True, False])
def test_where_the_pictures_lie_changes_no_batch(by_blocks: bool) -> None:
    split = numbered(1000)
    one, other = (
        batches(split, resident=resident, by_blocks=by_blocks, shift=0.1)
        for resident in (True, False)
    )
    for (pixels, labels), (same, equal) in zip(one.epoch(2), other.epoch(2), strict=True):
        assert torch.equal(pixels, same)
        assert torch.equal(labels, equal)


@pytest.mark.parametrize("by_blocks", [True, False])
@pytest.mark.parametrize("start", [0, 1, 7, 8])
def test_an_epoch_can_be_entered_at_any_step(by_blocks: bool, start: int) -> None:
    source = batches(numbered(1000), resident=True, by_blocks=by_blocks, size=128, shift=0.1)
    whole, rest = list(source.epoch(2)), list(source.epoch(2, start))
    assert len(rest) == 8 - start
    for (pixels, labels), (same, equal) in zip(whole[start:], rest, strict=True):
        assert torch.equal(pixels, same)
        assert torch.equal(labels, equal)


def test_blocks_of_pictures_are_mixed_over_the_whole_set() -> None:
    source = batches(numbered(40_000), resident=False, by_blocks=True)
    order = numbers_of(source, 1)
    assert sorted(order) == list(range(40_000))
    gaps = np.abs(np.diff(order))
    assert np.median(gaps) > 5000


def test_only_large_sets_are_shuffled_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def order(split: Split) -> list[int]:
        return numbers_of(
            Batches(split, TrainingConfig(), AugmentationConfig(), device=CPU), epoch=1
        )

    split = numbered(600)
    assert order(split) == numbers_of(batches(split, resident=True), 1)
    monkeypatch.setattr("inkdigit.data.batches._LARGEST_UNBLOCKED", 400 * 599)
    assert order(split) == numbers_of(batches(split, resident=True, by_blocks=True), 1)


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
