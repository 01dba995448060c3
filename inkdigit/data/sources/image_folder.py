"""Write pictures as a folder of PNG files that `ImageFolder`, and inkdigit, can read."""

from collections import Counter
from pathlib import Path

from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.data.split import Pool
from inkdigit.durable import is_occupied, new_folder
from inkdigit.errors import ConfigError
from inkdigit.pictures.decode import as_picture
from inkdigit.types import SplitName

PART_NAMES: dict[SplitName, str] = {"train": "train", "validation": "val", "test": "test"}


def require_empty(folder: Path) -> None:
    """See to it that nothing is in the way of a new folder.

    Raises:
        ConfigError: a file or a folder with something in it.
    """
    if is_occupied(folder):
        raise ConfigError(f"{folder}: not empty, expected a new folder. Choose another name.")


def write_image_folder(pool: Pool, folder: Path, *, watch: Watch = ignore) -> None:
    """Write one PNG for each picture: `train/7/00042.png`, or `7/00042.png` without parts.

    The folder appears when all of it is written; see `require_empty` first. It can be written
    again at any time, so its files are not synced: with 70,000 of them that took 28 s, not 9.

    Args:
        pool: the pictures.
        folder: a new or empty folder.
        watch: called with (pictures written, all pictures).
    """
    with new_folder(folder, sync=False) as aside:
        _write(pool, aside, watch)


def picture_names(pool: Pool) -> tuple[str, ...]:
    """Name every row as its file is called in the folder: `train/7/00042.png`, `7/00042.png`."""
    names = [""] * len(pool.labels)
    for part, rows in pool.parts.items():
        top = f"{PART_NAMES[part]}/" if len(pool.parts) > 1 else ""
        named: Counter[int] = Counter()  # of each class
        for row, label in zip(rows, pool.labels[rows.start : rows.stop].tolist(), strict=True):
            names[row] = f"{top}{pool.class_names[label]}/{named[label]:05}.png"
            named[label] += 1
    return tuple(names)


def _write(pool: Pool, folder: Path, watch: Watch) -> None:
    for part in pool.parts:
        top = folder / PART_NAMES[part] if len(pool.parts) > 1 else folder
        for name in pool.class_names:
            (top / name).mkdir(parents=True)
    names = picture_names(pool)
    for row, name in enumerate(names):
        as_picture(pool.images[row]).save(folder / name)
        watch(row + 1, len(names))
