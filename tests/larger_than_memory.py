"""A process with so little memory that its pictures are ten times as much; for the tests.

Arguments: a new folder to work in, the memory in megabytes beyond what the libraries take, and
how far to go: `batches` (pack, open, divide, draw an epoch) or `run` (train, export, test).
"""

import resource
import sys
from pathlib import Path

import numpy as np
import torch

from inkdigit.config import RunConfig, validate
from inkdigit.data.batches import Batches
from inkdigit.data.source import open_source
from inkdigit.training.run import run

SIDE = 64
PICTURE = SIDE * SIDE * 3  # bytes


def write_pictures(folder: Path, count: int) -> None:
    """Write that many different pictures of two classes: bright above, or bright below."""
    draws = np.random.default_rng(0)
    for label in ("above", "below"):
        (folder / label).mkdir(parents=True)
    for number in range(count):
        pixels = draws.integers(0, 60, (SIDE, SIDE, 3), np.uint8)
        half, label = ((slice(0, 32), "above"), (slice(32, 64), "below"))[number % 2]
        pixels[half, 8:56] += 150
        content = b"P6 %d %d 255\n" % (SIDE, SIDE) + pixels.tobytes()
        (folder / label / f"{number}.ppm").write_bytes(content)


def settings(folder: Path) -> RunConfig:
    return validate(
        {
            "data": {"source": str(folder), "image_size": SIDE, "invert": "no"},
            "training": {"epochs": 1, "batch_size": 16, "threads": 1, "device": "cpu"},
            "averaging": {"decay": 0.9},
        }
    )


def work(folder: Path, run_folder: Path, how_far: str) -> None:
    config = settings(folder)
    if how_far == "run":
        result = run(config, run_folder)
        assert result.test.accuracy > 0.9, result.test.in_words()
        return
    source = open_source(config.data)
    batches = Batches(
        source.train, config.training, config.augmentation, device=torch.device("cpu")
    )
    seen = sum(len(labels) for _, labels in batches.epoch(1))
    assert seen == len(source.train)
    print(f"resident: {batches.resident}")  # noqa: T201 (the test reads it)


def limit_memory(more: int) -> None:
    status = Path("/proc/self/status").read_text("utf-8")
    (used,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (used * 1024 + more, used * 1024 + more))


def main(place: Path, megabytes: int, how_far: str) -> None:
    more = megabytes << 20
    write_pictures(place / "few", 100)
    work(place / "few", place / "first", how_far)  # what is loaded late is loaded
    write_pictures(place / "many", 10 * more // PICTURE + 1)
    limit_memory(more)
    work(place / "many", place / "second", how_far)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
