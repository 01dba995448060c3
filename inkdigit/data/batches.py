"""Training pictures in a fresh order each epoch, in augmented batches.

The pictures lie on the device as one `uint8` tensor where they fit half its free memory: then a
batch is one gather, and no loading processes are needed. Otherwise blocks of the memory-mapped
pack are shuffled, and pictures within a window of blocks, so that reading stays local.
"""

import os
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from inkdigit.config import AugmentationConfig, TrainingConfig
from inkdigit.data.augment import augment
from inkdigit.data.draws import Purpose, generator
from inkdigit.types import Split

_BLOCK = 256  # neighbouring pictures that are read together
_WINDOW = 64  # blocks whose pictures are mixed


class _Store(Protocol):
    """Where the pictures lie."""

    def __len__(self) -> int: ...

    def order(self, draws: torch.Generator) -> Tensor:
        """Draw the order of one epoch: (N,) positions."""
        ...

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Give (n, channels, side, side) `uint8` and (n,) labels, on the device."""
        ...


class Batches:
    """What the loop trains on: `epoch(n)` gives the same batches whenever it is asked.

    Args:
        split: the training pictures.
        training: the batch size and the seed.
        augmentation: the strengths; `clean_epochs` at the end see the pictures as they are.
        device: where the batches are wanted.
        resident: keep everything on the device; None: if it fits half the free memory.
    """

    def __init__(
        self,
        split: Split,
        training: TrainingConfig,
        augmentation: AugmentationConfig,
        *,
        device: torch.device,
        resident: bool | None = None,
    ) -> None:
        if resident is None:
            size = len(split) * int(np.prod(split.images.shape[1:]))
            resident = 2 * size <= _free_memory(device)
        self._store: _Store = _Resident(split, device) if resident else _Streamed(split, device)
        self._training = training
        self._augmentation = augmentation
        self.resident = resident
        # Steps of nearly equal size: every picture is seen, and no step has a handful of them.
        self.steps = -(-len(split) // training.batch_size)

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Give the batches of one epoch.

        Args:
            epoch: counted from 1.

        Yields:
            (n, channels, side, side) raw pixels, `uint8` or float, and (n,) labels.
        """
        seed = self._training.seed
        order = self._store.order(generator(seed, Purpose.ORDER, epoch))
        clean = epoch > self._training.epochs - self._augmentation.clean_epochs
        for step, positions in enumerate(torch.tensor_split(order, self.steps)):
            pixels, labels = self._store.take(positions)
            if not clean:
                draws = generator(seed, Purpose.AUGMENTATION, epoch, step)
                pixels = augment(pixels, self._augmentation, draws)
            yield pixels, labels

    def some(self, count: int, draws: torch.Generator) -> Iterator[Tensor]:
        """Give about `count` pictures as they are, in batches; for batch norm and for looking."""
        positions = self._store.order(draws)[:count]
        for part in torch.tensor_split(positions, max(1, len(positions) // 512)):
            yield self._store.take(part)[0]


class _Resident:
    """All pictures on the device as one tensor."""

    def __init__(self, split: Split, device: torch.device) -> None:
        images, labels = split.read()
        self._pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)
        self._labels = torch.from_numpy(labels).to(device)

    def __len__(self) -> int:
        return len(self._labels)

    def order(self, draws: torch.Generator) -> Tensor:
        return torch.randperm(len(self), generator=draws)

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        positions = positions.to(self._labels.device)
        return self._pixels[positions], self._labels[positions]


class _Streamed:
    """Pictures in a memory-mapped pack that may be larger than the memory."""

    def __init__(self, split: Split, device: torch.device) -> None:
        self._images, self._labels = split.images, split.labels
        self._rows = np.sort(split.indices)  # as they lie in the file
        self._device = device

    def __len__(self) -> int:
        return len(self._rows)

    def order(self, draws: torch.Generator) -> Tensor:
        blocks = torch.split(torch.arange(len(self)), _BLOCK)
        places = torch.randperm(len(blocks), generator=draws).tolist()
        mixed = []
        for start in range(0, len(blocks), _WINDOW):
            window = torch.cat([blocks[place] for place in places[start : start + _WINDOW]])
            mixed.append(window[torch.randperm(len(window), generator=draws)])
        return torch.cat(mixed)

    def take(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        rows = self._rows[positions.numpy()]
        pixels = torch.from_numpy(self._images[rows]).permute(0, 3, 1, 2).contiguous()
        return pixels.to(self._device), torch.from_numpy(self._labels[rows]).to(self._device)


def _free_memory(device: torch.device) -> int:
    """Bytes that could be used on the device; on the CPU what the machine has in all."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 8 * 2**30  # a system that does not tell
