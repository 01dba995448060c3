"""How much memory inkdigit takes, and how that grows with the data: `python -m benchmarks.memory`.

Commands as a user gives them, and steps of training on packs of up to a million pictures. Every
measurement is the largest resident size of a process of its own (of the largest, where a command
starts others), as the system gives it when the process has ended. Linux only.
"""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks.alone import Peak, alone, peak_of
from benchmarks.copies import digits, write_copies
from benchmarks.drawing import standalone
from benchmarks.inference import photographs
from benchmarks.results import append, commit, every, spread
from inkdigit.durable import write_text
from inkdigit.evaluation.charts import Axes, Series

PRESET = "fast"
RUNS = 5  # of each measurement
FOLDERS = (1_000, 10_000)  # pictures
PACKS = (70_000, 300_000, 1_000_000)  # pictures
STEPS = 20
SOURCES = {"mnist-5k": 5_000, "mnist": 70_000}
FIGURE = Path(__file__).parent / "figures" / "memory.svg"

_INKDIGIT = Path(sys.executable).with_name("inkdigit")
_ORIGINALS = 100  # photographs that a folder holds again and again
_NUMBER = "2718"
_MB = 1e6

_LEARN = "import sys; from benchmarks.memory import learn; learn(sys.argv[1], sys.argv[2])"


@dataclass(frozen=True)
class Row:
    """All measurements of one thing."""

    kind: str
    pictures: int
    what: str
    peaks: tuple[Peak, ...]

    @property
    def resident_mb(self) -> list[float]:
        """The largest resident size in each run."""
        return [peak.resident_bytes / _MB for peak in self.peaks]

    @property
    def private_mb(self) -> list[float]:
        """How much of it the system cannot take back, in each run."""
        return [peak.private_bytes / _MB for peak in self.peaks]

    def in_table(self) -> str:
        """Write it as a row of the table."""
        cells = (
            *(self.what, f"{self.pictures:,}" if self.pictures else "", f"{len(self.peaks)}"),
            *(spread(self.resident_mb, 1), every(self.resident_mb, 1)),
            spread(self.private_mb, 1),
        )
        return f"| {' | '.join(cells)} |"


def measure() -> None:
    """Take all measurements, write the table and draw the chart."""
    measured, rows = commit(), []
    with tempfile.TemporaryDirectory() as name:
        for row in _rows(Path(name)):
            print(row.in_table(), flush=True)
            rows.append(row)
    write_text(FIGURE, _drawing(rows))
    append("Memory", _lines(rows), measured=measured)


def _rows(place: Path) -> Iterator[Row]:
    yield _row("help", 0, "`inkdigit --help`", _commands("--help"))
    yield from _answering(place)
    for source, pictures in SOURCES.items():
        what = f"`inkdigit train --preset {PRESET} --data {source} -s training.epochs=1`"
        yield _row("train", pictures, what, _trainings(source, place))
    for pictures in PACKS:
        yield from _learning(pictures, place)


def _answering(place: Path) -> Iterator[Row]:
    """Measure the commands that answer for pictures."""
    pictures = place / "pictures"
    number = place / "number.png"
    alone(_write_pictures, pictures, number)
    one = _commands("classify", str(pictures / "0.png"))
    yield _row("classify", 1, "`inkdigit classify PICTURE`", one)
    for count in FOLDERS:
        folder = place / f"folder-{count}"
        _fill(folder, pictures, count)
        many = _commands("classify", "--csv", str(folder))
        yield _row("classify", count, "`inkdigit classify --csv FOLDER`", many)
    yield _row("read", 1, "`inkdigit read PICTURE`", _commands("read", str(number)))


def _learning(pictures: int, place: Path) -> Iterator[Row]:
    """Measure training on a pack of so many pictures, which is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=place) as pack:
        alone(_write_pack, pictures, Path(pack))
        for where, words in (("memory", "in memory"), ("pack", "from the pack")):
            command = [sys.executable, "-c", _LEARN, pack, where]
            what = f"{STEPS} steps of training, pictures {words}"
            yield _row(where, pictures, what, (command for _ in range(RUNS)))


def _row(kind: str, pictures: int, what: str, commands: Iterable[list[str]]) -> Row:
    """Run each command once, and say what came out."""
    return Row(kind, pictures, what, tuple(peak_of(command) for command in commands))


def _commands(*arguments: str) -> list[list[str]]:
    return [[str(_INKDIGIT), *arguments]] * RUNS


def _trainings(source: str, place: Path) -> Iterator[list[str]]:
    """Give the same training into a new folder each time."""
    for run in range(RUNS):
        own = ["-s", "training.epochs=1", "-o", str(place / f"{source}-{run}")]
        yield [str(_INKDIGIT), "train", "--preset", PRESET, "--data", source, *own]


def _write_pictures(folder: Path, number: Path) -> None:
    """Write photographs of single digits, and one of a short number."""
    from PIL import Image

    from inkdigit.data.composing.line import compose_line
    from inkdigit.data.handwriting.pen import Pen

    pool = digits()
    folder.mkdir()
    for row, picture in enumerate(photographs(pool.images[:_ORIGINALS])):
        Image.fromarray(picture).save(folder / f"{row}.png")
    pen = Pen((pool.images[:10_000], pool.labels[:10_000]))
    line = compose_line(np.random.default_rng(0), pen, _NUMBER, plain=True)
    Image.fromarray(line.picture).save(number)


def _fill(folder: Path, originals: Path, count: int) -> None:
    """Link the originals again and again."""
    folder.mkdir()
    names = sorted(originals.iterdir())
    for row in range(count):
        os.link(names[row % len(names)], folder / f"{row:06}.png")


def _write_pack(count: int, folder: Path) -> None:
    """Write a pack of copies of MNIST's digits."""
    from inkdigit.data.sources.mnist import CLASS_NAMES
    from inkdigit.data.sources.pack import Card, save_card
    from inkdigit.pictures.prepare import for_framed_digits

    write_copies(count, folder)
    (folder / "copies.npy").rename(folder / "images.npy")
    card = Card(CLASS_NAMES, {"train": range(count)}, for_framed_digits(), bad_pictures=())
    save_card(folder, labels=np.load(folder / "labels.npy", allow_pickle=False), card=card)


def learn(pack: str, where: str) -> None:
    """Open and divide a pack and take a few steps, as a run does; in a process of its own.

    Args:
        pack: folder of the pack.
        where: "memory": all pictures are brought there first; "pack": each batch is read.
    """
    import torch

    from inkdigit.config import load
    from inkdigit.data.batches import Batches
    from inkdigit.data.fixes import Fixes
    from inkdigit.data.source import Gathered, divided
    from inkdigit.data.sources.pack import open_pack
    from inkdigit.models.catalogue import find
    from inkdigit.training.device import choose_machine
    from inkdigit.training.loop import Learner, Score, train
    from inkdigit.training.setup import spec_of

    config = load(preset=PRESET, overrides=("training.device=cpu",))
    machine = choose_machine(config.training)
    pool, card = open_pack(Path(pack))
    source = divided(Gathered(pool, card.preparation), config.data, Fixes())
    model = find(config.model.name).build(spec_of(source)).to(memory_format=torch.channels_last)
    batches = Batches(
        source.train,
        config.training,
        config.augmentation,
        device=machine.device,
        resident=where == "memory",
    )

    def validate(_network: torch.nn.Module) -> Score:
        raise SystemExit(f"{len(pool.labels):,} pictures are fewer than {STEPS} steps need.")

    reports = train(Learner(model, config, autocast=machine.autocast), batches, validate)
    taken = sum(1 for _ in islice(reports, STEPS))
    if taken != STEPS:
        raise SystemExit(f"{taken} steps were taken, expected {STEPS}.")


def _lines(rows: list[Row]) -> list[str]:
    how = (
        "`python -m benchmarks.memory`: the largest resident size of a process, mapped files "
        "included, which the system can take back; private is the largest without them, looked "
        f"at 200 times a second. `classify` gets photographs that are drawn, {_ORIGINALS} of them "
        "again and again; `read` one of four digits. The packs are copies of MNIST's digits, "
        "opened (all their pictures are hashed), divided and trained on with the settings of "
        f"preset `{PRESET}`, without validation, files or report; a run chooses between memory "
        "and pack by the memory that is free."
    )
    return [
        how,
        "",
        "| what | pictures | n | MB, mean ± sd | every value | of it private, MB |",
        "|---|---|---|---|---|---|",
        *(row.in_table() for row in rows),
        "",
        f"![Memory over the number of pictures]({FIGURE.parent.name}/{FIGURE.name})",
    ]


def _drawing(rows: list[Row]) -> str:
    series = []
    for kind, name, private in (
        ("classify", "inkdigit classify", False),
        ("memory", "training, pictures in memory", False),
        ("pack", "training, from the pack", False),
        ("pack", "training, from the pack, private", True),
    ):
        mine = [row for row in rows if row.kind == kind]
        values = [row.private_mb if private else row.resident_mb for row in mine]
        band = ([min(each) for each in values], [max(each) for each in values])
        x = [row.pictures for row in mine]
        series.append(Series(name, x, [mean(each) for each in values], band=band))
    return standalone(Axes("Largest memory", "pictures", "MB", across="log"), series)


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit(f"measured on Linux only, this is {sys.platform}.")
    measure()
