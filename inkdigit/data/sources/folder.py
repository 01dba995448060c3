"""Decode a folder of pictures into a pack: torchvision's `ImageFolder`, shared among processes.

This is the only file that imports torchvision. It runs once for a folder; afterwards the pack
is opened without torch.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
import torch
from torchvision.datasets import ImageFolder

from inkdigit.config import DataConfig
from inkdigit.data.memory import free_memory
from inkdigit.data.sources.listing import Listing, list_folder
from inkdigit.data.sources.pack import Card, save_card
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.durable import new_folder, replace_folder
from inkdigit.errors import DataError
from inkdigit.pictures.channels import is_grey
from inkdigit.pictures.decode import Limits, decode
from inkdigit.pictures.prepare import for_framed_digits, paper_is_bright, prepare
from inkdigit.processes import shared
from inkdigit.types import Images, Preparation

SAMPLE = 500  # pictures that decide what `auto` means
BATCH = 256  # pictures that a worker hands over at once
LARGEST_BAD_SHARE = 0.001
MOST_WORKERS = 8
ROOM_FOR_WORKERS = 2**28  # bytes of free memory; with less, they may stall for want of it
FEW = 2_000  # so many pictures are decoded before workers would have started
USUAL_SIZE = 28  # where the pictures have no size of their own
OWN_SIZES = range(20, 65)  # square pictures of these sizes stay as they are

_LONGEST_WAIT_S = 900  # for a batch: 256 of the largest pictures take some minutes

_log = logging.getLogger(__name__)


def pack_folder(
    listing: Listing,
    config: DataConfig,
    path: Path,
    *,
    replace: bool = False,
    tolerant: bool = False,
    watch: Watch = ignore,
) -> None:
    """Decode and prepare every picture once, and write the pack to `path`.

    Bad pictures are left out, and named in the log and in the pack. A pack that another process
    puts there meanwhile stays.

    Args:
        listing: the folder.
        config: size, channels and polarity, or how to decide them.
        path: where the pack goes, see `pack.pack_path`.
        replace: a pack that stands there gives way to the new one.
        tolerant: however many pictures are bad, pack the others.
        watch: called with (pictures done, all pictures).

    Raises:
        DataError: more than 0.1 % of the pictures cannot be read and that is not tolerated, or
            the folder changed meanwhile.
        LostWorkerError: a process that decoded pictures was killed.
    """
    preparation = _decide(listing, config)
    pictures = _Pictures(listing, preparation, _limits(config))
    try:
        with replace_folder(path) if replace else new_folder(path) as aside:
            _fill(aside, pictures, watch, tolerant)
            if list_folder(listing.root) != listing:
                raise DataError(
                    f"{listing.root}: it changed while it was being read, expected pictures that "
                    "stay as they are. Run this again."
                )
    except FileExistsError:
        _log.info("%s: made by another process meanwhile", path)


def _limits(config: DataConfig) -> Limits:
    """Say how large a picture may be."""
    return Limits(
        pixels=config.pixel_limit,
        bytes=config.byte_limit,
        pixel_setting="data.pixel_limit",
        byte_setting="data.byte_limit",
    )


def _decide(listing: Listing, config: DataConfig) -> Preparation:
    """Settle what the configuration leaves to the pictures, by a sample of the training part."""
    if config.frame == "digit":
        return for_framed_digits(config.image_size, config.channels)
    seen = list(_looks(listing, _limits(config)))
    sizes = {look.size for look in seen}
    height, width = next(iter(sizes))
    own_size = height if len(sizes) == 1 and height == width and height in OWN_SIZES else None
    bright = sum(look.bright for look in seen)
    grey = all(look.grey for look in seen)
    return Preparation(
        image_size=own_size or USUAL_SIZE if config.image_size == "auto" else config.image_size,
        channels=(1 if grey else 3) if config.channels == "auto" else config.channels,
        invert=2 * bright > len(seen) if config.invert == "auto" else config.invert == "yes",
    )


@dataclass(frozen=True)
class _Look:
    """What a picture says about its folder; the picture itself may be too large to keep."""

    size: tuple[int, int]
    bright: bool
    grey: bool


def _looks(listing: Listing, limits: Limits) -> Iterator[_Look]:
    """Look at evenly spaced pictures, passing over bad ones: they are counted later.

    Raises:
        DataError: of the first one, if all are bad.
    """
    rows = listing.parts.get("train") or range(len(listing.pictures))
    spaced = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(int)
    first_fault = None
    found = False
    for place in spaced:
        try:
            pixels = decode(listing.root / listing.pictures[rows[place]].name, limits)
        except DataError as error:
            first_fault = first_fault or error
            continue
        found = True
        height, width, _ = pixels.shape
        yield _Look((height, width), paper_is_bright(pixels), is_grey(pixels))
    if first_fault is not None and not found:
        raise first_fault


def _fill(folder: Path, pictures: "_Pictures", watch: Watch, tolerant: bool) -> None:
    """Write the pack's files."""
    listing, preparation = pictures.listing, pictures.preparation
    total, side = len(listing.pictures), preparation.image_size
    good: list[int] = []
    bad: dict[int, str] = {}
    # written, not mapped: where the disk is full, a mapped file kills the process
    with (folder / "images.npy").open("wb") as file:
        shape = (side, side, preparation.channels)
        _write_header(file, (total, *shape))
        with _decoded(pictures) as batches:
            for batch in batches:
                file.write(np.ascontiguousarray(batch.images).data)
                good += batch.good
                bad |= batch.bad
                watch(len(good) + len(bad), total)
        _report(bad, listing, tolerant=tolerant)
        file.seek(0)
        _write_header(file, (len(good), *shape))
    save_card(
        folder,
        labels=np.array([listing.pictures[row].label for row in good], np.int64),
        card=Card(
            class_names=listing.class_names,
            parts={name: _without(rows, bad) for name, rows in listing.parts.items()},
            preparation=preparation,
            bad_pictures=tuple(listing.pictures[row].name for row in bad),
        ),
    )


def _write_header(file: IO[bytes], shape: tuple[int, ...]) -> None:
    """Write the head of a `.npy` file of bytes, padded so that any count takes the same room."""
    np.lib.format.write_array_header_2_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )


def _report(bad: Mapping[int, str], listing: Listing, *, tolerant: bool) -> None:
    """Name the bad pictures in the log.

    Raises:
        DataError: they are too many, and that is not tolerated.
    """
    for reason in bad.values():
        _log.warning("left out: %s", reason)
    total = len(listing.pictures)
    if not tolerant and len(bad) > LARGEST_BAD_SHARE * total:
        few = " ".join(list(bad.values())[:3])
        raise DataError(
            f"{listing.root}: {len(bad):,} of {total:,} pictures cannot be read, expected at most "
            f"{LARGEST_BAD_SHARE:.1%}. Replace or remove them. The first: {few}"
        )


def _without(rows: range, bad: Mapping[int, str]) -> range:
    """Shift a part's boundaries to where they are once the bad rows are gone."""
    before = sum(row < rows.start for row in bad)
    return range(rows.start - before, rows.stop - sum(row < rows.stop for row in bad))


@dataclass(frozen=True)
class _Batch:
    """Some pictures, as a worker hands them over."""

    images: Images  # of `good`, in that order
    good: list[int]  # rows of the listing
    bad: dict[int, str]  # row → what is wrong


class _Pictures(ImageFolder):  # type: ignore[misc]
    """`ImageFolder` over files that are listed already, by whole prepared batches."""

    def __init__(self, listing: Listing, preparation: Preparation, limits: Limits) -> None:
        self.listing = listing
        self.preparation = preparation
        super().__init__(os.fspath(listing.root), loader=partial(decode, limits=limits))

    def find_classes(self, directory: str) -> tuple[list[str], dict[str, int]]:  # noqa: ARG002
        """Name the classes as the listing does: hidden folders are none."""
        names = self.listing.class_names
        return list(names), {name: label for label, name in enumerate(names)}

    def make_dataset(self, directory: str, **_: object) -> list[tuple[str, int]]:
        """Name the files of the listing; torchvision walks the folder here."""
        return [(f"{directory}/{picture.name}", picture.label) for picture in self.listing.pictures]

    def batch(self, rows: range) -> _Batch:
        """Decode and prepare some pictures."""
        side, channels = self.preparation.image_size, self.preparation.channels
        images = np.empty((len(rows), side, side, channels), np.uint8)
        good: list[int] = []
        bad: dict[int, str] = {}
        for row in rows:
            try:
                pixels = self.loader(Path(self.samples[row][0]))
                images[len(good)] = prepare(pixels, self.preparation)
                good.append(row)
            except DataError as error:
                bad[row] = str(error)
        return _Batch(images[: len(good)], good, bad)


@contextmanager
def _decoded(pictures: _Pictures) -> Iterator[Iterator[_Batch]]:
    """Go through all pictures once, in order."""
    total = len(pictures)
    batches = [range(first, min(first + BATCH, total)) for first in range(0, total, BATCH)]
    if total <= FEW or free_memory(torch.device("cpu")) <= ROOM_FOR_WORKERS:
        yield map(pictures.batch, batches)
        return
    with shared(
        pictures.batch,
        batches,
        processes=min(os.cpu_count() or 1, MOST_WORKERS),
        patience_s=_LONGEST_WAIT_S,
        doing="decoded pictures",
    ) as decoded:
        yield decoded
