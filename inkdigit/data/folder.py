"""Decode a folder of pictures into a pack: torchvision's `ImageFolder`, torch's `DataLoader`.

This is the only file that imports torchvision. It runs once for a folder; afterwards the pack
is opened without torch.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

from inkdigit.config import DataConfig
from inkdigit.data.listing import Listing
from inkdigit.data.pack import Card, save_card
from inkdigit.data.watch import Watch, ignore
from inkdigit.durable import new_folder, replace_folder
from inkdigit.errors import DataError
from inkdigit.pictures.decode import Pixels, decode
from inkdigit.pictures.prepare import is_grey, paper_is_bright, prepare
from inkdigit.types import Images, Preparation

SAMPLE = 500  # pictures that decide what `auto` means
BATCH = 256  # pictures that a worker hands over at once
LARGEST_BAD_SHARE = 0.001
MOST_WORKERS = 8
FEW = 2_000  # so many pictures are decoded before workers would have started
USUAL_SIZE = 28  # where the pictures have no size of their own
OWN_SIZES = range(20, 65)  # square pictures of these sizes stay as they are

_log = logging.getLogger(__name__)


def pack_folder(
    listing: Listing,
    config: DataConfig,
    path: Path,
    *,
    replace: bool = False,
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
        watch: called with (pictures done, all pictures).

    Raises:
        DataError: more than 0.1 % of the pictures cannot be read.
    """
    preparation = _decide(listing, config)
    try:
        with replace_folder(path) if replace else new_folder(path) as aside:
            _fill(aside, listing, preparation, watch)
    except FileExistsError:
        _log.info("%s: made by another process meanwhile", path)


def _decide(listing: Listing, config: DataConfig) -> Preparation:
    """Settle what the configuration leaves to the pictures, by a sample of the training part."""
    seen = _sample(listing)
    sizes = {pixels.shape[:2] for pixels in seen}
    height, width = next(iter(sizes))
    own_size = height if len(sizes) == 1 and height == width and height in OWN_SIZES else None
    bright = sum(paper_is_bright(pixels) for pixels in seen)
    grey = all(is_grey(pixels) for pixels in seen)
    return Preparation(
        image_size=own_size or USUAL_SIZE if config.image_size == "auto" else config.image_size,
        channels=(1 if grey else 3) if config.channels == "auto" else config.channels,
        invert=2 * bright > len(seen) if config.invert == "auto" else config.invert == "yes",
    )


def _sample(listing: Listing) -> list[Pixels]:
    """Decode evenly spaced pictures, passing over bad ones: they are counted later.

    Raises:
        DataError: of the first one, if all are bad.
    """
    rows = listing.parts.get("train") or range(len(listing.pictures))
    spaced = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(int)
    paths = [listing.root / listing.pictures[rows[place]].name for place in spaced]
    seen = []
    for path in paths:
        with suppress(DataError):
            seen.append(decode(path))
    return seen or [decode(paths[0])]


def _fill(folder: Path, listing: Listing, preparation: Preparation, watch: Watch) -> None:
    """Write the pack's files."""
    total, side = len(listing.pictures), preparation.image_size
    path = folder / "images.npy"
    shape = (total, side, side, preparation.channels)
    images = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    good: list[int] = []
    bad: dict[int, str] = {}
    for batch in _decoded(_Pictures(listing, preparation)):
        images[len(good) : len(good) + len(batch.good)] = batch.images
        good += batch.good
        bad |= batch.bad
        watch(len(good) + len(bad), total)
    _report(bad, listing)
    images.flush()
    if bad:  # rare, and they are few: the rest is copied without the unused rows at the end
        np.save(folder / "good.npy", images[: len(good)], allow_pickle=False)
        del images  # Windows does not replace a mapped file
        (folder / "good.npy").replace(path)
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


def _report(bad: Mapping[int, str], listing: Listing) -> None:
    """Name the bad pictures in the log.

    Raises:
        DataError: they are too many.
    """
    for reason in bad.values():
        _log.warning("left out: %s", reason)
    total = len(listing.pictures)
    if len(bad) > LARGEST_BAD_SHARE * total:
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

    def __init__(self, listing: Listing, preparation: Preparation) -> None:
        self.listing = listing
        self.preparation = preparation
        super().__init__(os.fspath(listing.root), loader=decode)

    def find_classes(self, directory: str) -> tuple[list[str], dict[str, int]]:  # noqa: ARG002
        """Name the classes as the listing does: hidden folders are none."""
        names = self.listing.class_names
        return list(names), {name: label for label, name in enumerate(names)}

    def make_dataset(self, directory: str, **_: object) -> list[tuple[str, int]]:
        """Name the files of the listing; torchvision walks the folder here."""
        return [(f"{directory}/{picture.name}", picture.label) for picture in self.listing.pictures]

    def __getitems__(self, rows: list[int]) -> _Batch:
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


def _decoded(pictures: _Pictures) -> Iterator[_Batch]:
    """Go through all pictures once, in order; each worker computes on one thread."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS) if len(pictures) > FEW else 0
    yield from DataLoader(pictures, BATCH, num_workers=workers, collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Any:
    return batch  # it is a whole batch already; a lambda could not be sent to a spawned worker
