"""The pack: a folder of pictures, decoded once, as memory-mapped `uint8` arrays in the cache.

A pack is found by what it was made from: the names, sizes and times of the files and the
settings. It appears in one rename and is opened without pickle. Making one is `data.folder`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigit.config import DataConfig
from inkdigit.data.sources.cache import packs
from inkdigit.data.sources.listing import Listing
from inkdigit.data.split import Parts, Pool
from inkdigit.durable import write_json
from inkdigit.errors import DataError
from inkdigit.types import Images, Labels, Preparation

FORMAT = 2  # part of every pack's key: another number makes all packs anew


@dataclass(frozen=True)
class Card:
    """What a pack says about its arrays."""

    class_names: tuple[str, ...]
    parts: Parts
    preparation: Preparation
    bad_pictures: tuple[str, ...]  # names under the folder; they are not in the arrays


def pack_path(listing: Listing, config: DataConfig) -> Path:
    """Say where the pack of these files with these settings lies, if it was made."""
    key = hashlib.blake2b(digest_size=10)
    settings = (
        *(FORMAT, config.image_size, config.channels, config.invert, config.frame),
        *(config.pixel_limit, config.byte_limit),
    )
    key.update(repr((settings, listing.class_names, sorted(listing.parts.items()))).encode())
    for picture in listing.pictures:
        line = f"{picture.name}\0{picture.size_bytes}\0{picture.modified_ns}\n"
        key.update(line.encode(errors="surrogateescape"))
    return packs() / f"{listing.root.resolve().name}-{key.hexdigest()}"


def save_card(folder: Path, *, labels: Labels, card: Card) -> None:
    """Write what stands beside `images.npy` in the folder of a new pack."""
    np.save(folder / "labels.npy", labels, allow_pickle=False)
    images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
    record = {
        "class_names": card.class_names,
        "parts": {name: [rows.start, rows.stop] for name, rows in card.parts.items()},
        "preparation": asdict(card.preparation),
        "bad_pictures": card.bad_pictures,
    }
    pool = Pool(images, labels, card.class_names, card.parts)
    write_json(folder / "pack.json", record | {"sha256": _sha256(pool, record)})


def open_pack(path: Path) -> tuple[Pool, Card]:
    """Open a pack; its pictures stay on the disk until they are read.

    All of them are hashed once, which the division into splits needs anyway.

    Raises:
        DataError: a file of the pack is missing, or any byte of it has changed.
    """
    try:
        record = json.loads((path / "pack.json").read_text("utf-8"))
        expected = record.pop("sha256")
        card = _read_card(record)
        images: Images = np.load(path / "images.npy", mmap_mode="r", allow_pickle=False)
        labels: Labels = np.load(path / "labels.npy", allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    side = card.preparation.image_size
    if images.shape != (len(labels), side, side, card.preparation.channels):
        raise _damaged(path)
    pool = Pool(images, labels, card.class_names, card.parts)
    if _sha256(pool, record) != expected:
        raise _damaged(path)
    return pool, card


def _sha256(pool: Pool, record: dict[str, Any]) -> str:
    """Hash pictures, labels and what the card says of them."""
    whole = hashlib.sha256(pool.digests.tobytes())
    whole.update(pool.labels.tobytes())
    whole.update(json.dumps(record, sort_keys=True).encode())
    return whole.hexdigest()


def _read_card(value: dict[str, Any]) -> Card:
    return Card(
        class_names=tuple(value["class_names"]),
        parts={name: range(*rows) for name, rows in value["parts"].items()},
        preparation=Preparation(**value["preparation"]),
        bad_pictures=tuple(value["bad_pictures"]),
    )


def _damaged(path: Path) -> DataError:
    return DataError(f"{path}: the pack in the cache is damaged.")
