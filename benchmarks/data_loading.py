"""How long pictures take until they can be learned from: `python -m benchmarks.data_loading`.

Reading MNIST's IDX files, packing a folder of PNGs and opening it again, and one epoch of batches:
with and without augmentation, from memory and from the pack, over growing numbers of pictures.
The largest are copies of MNIST's digits in a file of the pack's format. Every measurement has a
process of its own, whose largest memory is given too. Nothing is trained.
"""

# torch is loaded only in the processes that measure: one that is started begins with the largest
# memory of the process that started it.
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.alone import Cost, alone, cost_of
from benchmarks.copies import digits, write_copies
from benchmarks.drawing import standalone
from benchmarks.results import append, commit, every, spread
from inkdigit.config import AugmentationConfig, DataConfig, RunConfig, load
from inkdigit.durable import write_text
from inkdigit.evaluation.charts import Axes, Series

if TYPE_CHECKING:
    from inkdigit.types import Images, Labels

PRESET = "fast"
COUNTS = (1_000, 10_000, 70_000)  # PNGs in a folder
COPIES = 1_000_000  # in a file; 784 MB
RUNS = 3  # of each measurement
FIGURE = Path(__file__).parent / "figures" / "data_loading.svg"

_DIGITS = 70_000  # of MNIST
_MB = 1e6


@dataclass(frozen=True)
class Way:
    """One way to go through all pictures once."""

    augmented: bool
    resident: bool

    @property
    def words(self) -> str:
        """Say it in the table and beside its line."""
        place = "from memory" if self.resident else "from the pack"
        return f"{'augmented' if self.augmented else 'as they are'}, {place}"


WAYS = tuple(Way(augmented, resident) for augmented in (False, True) for resident in (True, False))


@dataclass(frozen=True)
class Row:
    """All measurements of one thing."""

    what: str
    pictures: int
    costs: tuple[Cost, ...]

    @property
    def rates(self) -> list[float]:
        """Pictures a second, in each run."""
        return [self.pictures / cost.seconds for cost in self.costs]

    def in_table(self) -> str:
        """Write it as a row of the table."""
        seconds = [cost.seconds for cost in self.costs]
        digits = 2 if max(seconds) >= 1 else 5
        cells = (
            *(self.what, f"{self.pictures:,}", f"{len(seconds)}"),
            *(spread(seconds, digits), every(seconds, digits)),
            *(f"{mean(self.rates):,.0f}", _memory(self.costs)),
        )
        return f"| {' | '.join(cells)} |"


def measure() -> None:
    """Take all measurements, write the table and draw the chart."""
    measured = commit()
    rows = [_row("reading the IDX files", _DIGITS, (alone(_read_idx) for _ in range(RUNS)))]
    epochs: dict[Way, list[Row]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for count in COUNTS:
            rows += _measure_folder(count, place, epochs)
        alone(write_copies, COPIES, place)
        for way in WAYS:
            costs = (alone(_pass_copies, place, way) for _ in range(RUNS))
            epochs[way].append(_row(_epoch(way), COPIES, costs))
    rows += [row for found in epochs.values() for row in found]
    write_text(FIGURE, _drawing(epochs))
    append("From files to batches", _lines(rows), measured=measured)


def _measure_folder(count: int, place: Path, epochs: Mapping[Way, list[Row]]) -> list[Row]:
    """Measure a folder of PNGs; its epochs go to those of other numbers of pictures."""
    folder = place / f"png-{count}"
    alone(_write_folder, count, folder)

    caches = [place / f"cache-{count}-{run}" for run in range(RUNS)]  # each is packed into anew
    rows = [
        _row(what, count, (alone(_open_folder, folder, cache) for cache in caches))
        for what in ("opening a folder, the first time", "opening it again")
    ]
    for way, found in epochs.items():
        costs = (alone(_pass_folder, folder, caches[0], way) for _ in range(RUNS))
        found.append(_row(_epoch(way), count, costs))
    return rows


def _row(what: str, pictures: int, costs: Iterable[Cost]) -> Row:
    """Take the measurements, and say what came out."""
    row = Row(what, pictures, tuple(costs))
    print(row.in_table(), flush=True)
    return row


def _read_idx() -> Cost:
    from inkdigit.data.source import open_source

    return cost_of(lambda: open_source(DataConfig(source="mnist")))


def _open_folder(folder: Path, cache: Path) -> Cost:
    from inkdigit.data.source import open_source

    if not cache.exists():  # what decodes is needed; loading torch is not what is timed
        import_module("inkdigit.data.sources.folder")
    os.environ["INKDIGIT_CACHE"] = os.fspath(cache)
    return cost_of(lambda: open_source(DataConfig(source=os.fspath(folder))))


def _pass_folder(folder: Path, cache: Path, way: Way) -> Cost:
    from inkdigit.data.source import gather

    os.environ["INKDIGIT_CACHE"] = os.fspath(cache)
    pool = gather(DataConfig(source=os.fspath(folder))).pool
    return _pass(pool.images, pool.labels, way)


def _pass_copies(place: Path, way: Way) -> Cost:
    images = np.load(place / "copies.npy", mmap_mode="r", allow_pickle=False)
    return _pass(images, np.load(place / "labels.npy", allow_pickle=False), way)


def _pass(images: "Images", labels: "Labels", way: Way) -> Cost:
    """Go through one epoch; bringing the pictures into memory is not timed."""
    from inkdigit.data.batches import Batches
    from inkdigit.training.device import choose_machine
    from inkdigit.types import Split

    config = _config()
    rows = np.random.default_rng(0).permutation(len(labels))  # as good as a hash's order
    names = tuple("0123456789")
    batches = Batches(
        Split("train", names, images, labels, rows, sha256=""),
        config.training,
        config.augmentation if way.augmented else AugmentationConfig(),
        device=choose_machine(config.training).device,
        resident=way.resident,
    )
    for pixels, _ in batches.epoch(1):  # the first call of every operation takes longer
        del pixels
        break

    def work() -> None:
        seen = sum(len(pixels) for pixels, _ in batches.epoch(1))
        if seen != len(labels):
            raise SystemExit(f"{seen:,} pictures came out, expected {len(labels):,}.")

    return cost_of(work)


def _config() -> RunConfig:
    return load(preset=PRESET, overrides=("training.device=cpu", "augmentation.clean_epochs=0"))


def _write_folder(count: int, folder: Path) -> None:
    from inkdigit.data.sources.image_folder import write_image_folder

    pool = digits()
    rows = slice(count)
    few = replace(
        pool, images=pool.images[rows], labels=pool.labels[rows], parts={"train": range(count)}
    )
    write_image_folder(few, folder)


def _epoch(way: Way) -> str:
    return f"an epoch, {way.words}"


def _lines(rows: list[Row]) -> list[str]:
    how = (
        "`python -m benchmarks.data_loading`: a process for each measurement. The files were just "
        "written, so the disk is hardly read. Opening a source includes the digests of all its "
        f"pictures and the division; an epoch is one of batches of {_config().training.batch_size} "
        f"and, augmented, as preset `{PRESET}` does it. Memory is the largest resident size, with "
        "mapped pages, which the system can take back; in brackets its largest before the "
        "measurement began, libraries included, and that of a worker where it is larger than that "
        "of any process that the libraries had started."
    )
    return [
        how,
        "",
        "| what | pictures | n | seconds, mean ± sd | every value | pictures/s | memory in MB |",
        "|---|---|---|---|---|---|---|",
        *(row.in_table() for row in rows),
        "",
        f"![Pictures a second over the number of pictures]({FIGURE.parent.name}/{FIGURE.name})",
    ]


def _memory(costs: tuple[Cost, ...]) -> str:
    largest = max(costs, key=lambda cost: cost.peak_bytes)
    worker = max(cost.worker_bytes for cost in costs)
    brackets = f"{largest.before_bytes / _MB:.0f} before"
    if worker:
        brackets += f", a worker {worker / _MB:.0f}"
    return f"{largest.peak_bytes / _MB:.0f} ({brackets})"


def _drawing(epochs: Mapping[Way, list[Row]]) -> str:
    """Draw pictures a second over their number as one SVG that needs no page around it."""
    series = []
    for way, rows in epochs.items():
        low, high = ([pick(row.rates) for row in rows] for pick in (min, max))
        x = [row.pictures for row in rows]
        series.append(Series(way.words, x, [mean(row.rates) for row in rows], band=(low, high)))
    axes = Axes(
        "Pictures a second in one epoch of batches",
        "pictures",
        "pictures a second",
        "log",
        across="log",
    )
    return standalone(axes, series)


if __name__ == "__main__":
    measure()
