"""Training pictures in a fresh order each epoch, in augmented batches.

The pictures lie on the device as one `uint8` tensor where they fit half its free memory: then a
batch is one gather, and no loading processes are needed; else each batch is read from the
memory-mapped pack. Large sets are shuffled by blocks, and pictures within a window of blocks, so
that reading stays local.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inkdigit.config import AugmentationConfig, TrainingConfig
from inkdigit.data.augment import bend, change_looks
from inkdigit.data.draws import Purpose, generator
from inkdigit.data.memory import free_memory
from inkdigit.types import Labels, Split

_LARGEST_UNBLOCKED = 2 * 2**30  # bytes; a full shuffle of more would read all over a disk
_PIXELS_AT_ONCE = 512 * 28 * 28  # that `some` gives at once
_BLOCK = 256  # neighbouring pictures that are read together
_WINDOW = 64  # blocks whose pictures are mixed


Teach = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Bent pixels, labels and positions in the split to (n, classes) shares of each class."""

_Targets = Labels | NDArray[np.float32]  # (rows of the source, ...)


class _Store(Protocol):
    """Where the pictures lie."""

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Give (n, channels, side, side) `uint8` and (n, ...) labels, on the device."""
        ...


class Batches:
    """What the loop trains on: `epoch(n)` gives the same batches whenever it is asked.

    Args:
        split: the training pictures.
        training: the batch size and the seed.
        augmentation: the strengths; `clean_epochs` at the end see the pictures as they are.
        device: where the batches are wanted.
        soft: (rows of `split.labels`, classes) shares of each class, to be given as labels.
        teach: gives other labels for pictures as they are bent, before their looks are changed.
        resident: keep everything on the device; None: if it fits half the free memory. It
            changes no batch.
        by_blocks: draw the order by blocks; None: if the pictures are more than 2 GiB.
    """

    def __init__(
        self,
        split: Split,
        training: TrainingConfig,
        augmentation: AugmentationConfig,
        *,
        device: torch.device,
        soft: NDArray[np.float32] | None = None,
        teach: Teach | None = None,
        resident: bool | None = None,
        by_blocks: bool | None = None,
    ) -> None:
        size = len(split) * int(np.prod(split.images.shape[1:]))
        if resident is None:
            resident = 2 * size <= free_memory(device)
        # a function of the data alone: another machine must draw the same
        self._by_blocks = size > _LARGEST_UNBLOCKED if by_blocks is None else by_blocks
        if self._by_blocks:
            split = replace(split, indices=np.sort(split.indices))  # as they lie in the file
        self._count = len(split)
        self._area = int(np.prod(split.images.shape[1:3]))
        labels = split.labels if soft is None else soft
        self._store: _Store = (_Resident if resident else _Streamed)(split, labels, device)
        self._training = training
        self._augmentation = augmentation
        self._teach = teach
        self.resident = resident
        # Steps of nearly equal size: every picture is seen, and no step has a handful of them.
        self.steps = -(-len(split) // training.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Give the batches of one epoch.

        Args:
            epoch: counted from 1.
            start: the first step of the epoch to give, counted from 0; those before it are not
                computed, and those after it are as they would have been.

        Yields:
            (n, channels, side, side) raw pixels, `uint8` or float, and (n,) labels, or (n, classes)
            soft ones.
        """
        seed = self._training.seed
        order = self._order(generator(seed, Purpose.ORDER, epoch))
        clean = epoch > self._training.epochs - self._augmentation.clean_epochs
        steps = torch.tensor_split(order, self.steps)
        for step, positions in enumerate(steps[start:], start):
            pixels, labels = self._store.take(positions)
            draws = generator(seed, Purpose.AUGMENTATION, epoch, step)
            if not clean:
                pixels = bend(pixels, self._augmentation, draws)
            if self._teach is not None:
                labels = self._teach(pixels, labels, positions)
            if not clean:
                pixels = change_looks(pixels, self._augmentation, draws)
            yield pixels, labels

    def some(self, count: int, draws: torch.Generator) -> Iterator[Tensor]:
        """Give about `count` pictures as they are, in batches; for batch norm and for looking."""
        positions = self._order(draws)[:count]
        parts = len(positions) * self._area // _PIXELS_AT_ONCE
        for part in torch.tensor_split(positions, max(1, parts)):
            yield self._store.take(part)[0]

    def _order(self, draws: torch.Generator) -> Tensor:
        """Draw the order of one epoch: (N,) positions in the split."""
        if not self._by_blocks:
            return torch.randperm(self._count, generator=draws)
        blocks = torch.split(torch.arange(self._count), _BLOCK)
        places = torch.randperm(len(blocks), generator=draws).tolist()
        mixed = []
        for start in range(0, len(blocks), _WINDOW):
            window = torch.cat([blocks[place] for place in places[start : start + _WINDOW]])
            mixed.append(window[torch.randperm(len(window), generator=draws)])
        return torch.cat(mixed)


class _Resident:
    """All pictures on the device as one tensor."""

    def __init__(self, split: Split, labels: _Targets, device: torch.device) -> None:
        images = split.images[split.indices]
        self._pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)
        self._labels = torch.from_numpy(labels[split.indices]).to(device)

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        positions = positions.to(self._labels.device)
        return self._pixels.index_select(0, positions), self._labels.index_select(0, positions)


class _Streamed:
    """Pictures in a memory-mapped pack that may be larger than the memory."""

    def __init__(self, split: Split, labels: _Targets, device: torch.device) -> None:
        self._split = split
        self._labels = labels
        self._device = device

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        rows = self._split.indices[positions.numpy()]
        pixels = torch.from_numpy(self._split.images[rows]).permute(0, 3, 1, 2).contiguous()
        labels = torch.from_numpy(self._labels[rows])
        return pixels.to(self._device), labels.to(self._device)
