"""Training loops that people would use instead, in turns with ours.

    python -m benchmarks.peers [epochs N]

For each peer, the seconds of training until it is right on 99.0 % of the validation part; for us,
the seconds of a whole run of the preset, and how many of the runs end there. Reading the data at
the start and judging are not counted; a peer may take N epochs, 12 if none are given. All learn
from one training part, on the CPU, each in a process of its own; no test part is opened.
`ImageFolder` with its loader is compared with our pack of the same folder, without training.

Sources: pytorch/examples `mnist/main.py` and keras.io "Simple MNIST convnet", written anew from
their settings. The first draws a new order for each epoch, which the original does only where
there is a GPU, and does not print its loss.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import nll_loss
from torch.optim import Adadelta
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import Compose, Normalize, ToTensor

from benchmarks.alone import alone
from benchmarks.artifacts import ARTIFACTS, Record, keep
from benchmarks.final_run import with_seed
from benchmarks.results import append, every, spread
from inkdigit.config import AugmentationConfig, DataConfig, RunConfig, dump, load
from inkdigit.data.batches import Batches
from inkdigit.data.source import Source, gather, open_source
from inkdigit.data.sources.image_folder import write_image_folder
from inkdigit.data.sources.mnist import CLASS_NAMES
from inkdigit.data.split import Pool
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import EpochReport
from inkdigit.training.to_the_end import Report, train_to_the_end
from inkdigit.types import Split

PRESET = "sprint"
SOURCE = "mnist"
REACH = 0.99
EPOCHS = 12  # that a peer may take
ROUNDS = (((0, 1, 2, 3, 4), 0), ((5, 6, 7, 8, 9), 1))  # seeds of ours, then the seed of each peer
FOLDER_ROUNDS = 3
SESSION = 2  # another number measures everything anew

_PICTURES = 60_000  # in the folder
_WORKERS = 2
_TORCH, _KERAS = "pytorch/examples mnist", "Keras mnist_convnet"

Learn = Callable[[Source, int, int], Record]


def measure(epochs: int) -> None:
    """Take the turns, then write the table; what was measured before is read."""
    fault = alone(_keras_fault)
    peers: dict[str, Learn] = {_TORCH: _learn_with_torch}
    if not fault:
        peers[_KERAS] = _learn_with_keras
    ours: list[list[Record]] = []
    theirs: dict[str, list[Record]] = {name: [] for name in peers}
    for seeds, peer_seed in ROUNDS:
        ours.append([_run_of_ours(seed) for seed in seeds])
        for name, learn in peers.items():
            theirs[name].append(_run_of_peer(name, learn, peer_seed, epochs))
    folder = keep(
        _place("folder"),
        {"source": SOURCE, "pictures": _PICTURES, "rounds": FOLDER_ROUNDS},
        _load_folder,
    )
    runs = [record for turn in (*ours, *theirs.values()) for record in turn]
    if len({record["train_sha256"] for record in runs}) > 1:
        raise SystemExit("The runs did not learn from the same pictures. Raise SESSION.")
    lines = [*_training_lines(ours, theirs, fault), *_folder_lines(folder)]
    commits = dict.fromkeys(_commit_of(record) for record in (*runs, folder))
    append("Training loops that people use instead", lines, measured=", ".join(commits))


def _run_of_ours(seed: int) -> Record:
    overrides = (f'data.source="{SOURCE}"', "training.device=cpu")
    config = with_seed(load(preset=PRESET, overrides=overrides), seed)
    return keep(
        _place("inkdigit", f"seed-{seed:02d}"),
        {"config": dump(config)},
        lambda _: alone(_open_and_learn, config),
    )


def _run_of_peer(name: str, learn: Learn, seed: int, epochs: int) -> Record:
    return keep(
        _place(name.replace("/", " ").replace(" ", "-").lower(), f"seed-{seed:02d}"),
        {"source": SOURCE, "seed": seed, "epochs": epochs, "reach": REACH},
        lambda _: alone(_open_and_let_learn, learn, seed, epochs),
    )


def _place(*names: str) -> Path:
    return ARTIFACTS.joinpath("peers", f"session-{SESSION}", *names)


def _open_and_learn(config: RunConfig) -> Record:
    return _learn(open_source(config.data), config)


def _open_and_let_learn(learn: Learn, seed: int, epochs: int) -> Record:
    source = open_source(DataConfig(source=SOURCE))
    return learn(source, seed, epochs) | {"train_sha256": source.train.sha256}


def _learn(source: Source, config: RunConfig) -> Record:
    """Train as the preset says, to its end."""
    seconds: list[float] = []

    def watch(report: Report) -> None:
        if isinstance(report, EpochReport):
            seconds.append(report.training_s)

    machine = choose_machine(config.training)
    _, score = train_to_the_end(config, source, machine, watch=watch)
    print(f"inkdigit {PRESET}: {score.accuracy:.2%}, {sum(seconds):.2f} s", flush=True)
    return {
        "accuracy": score.accuracy,
        "wrong": score.wrong,
        "total": score.total,
        "seconds": seconds,  # of each epoch
        "threads": machine.threads,
        "arithmetic": str(machine.autocast or torch.float32),
        "train_sha256": source.train.sha256,
    }


class _Digits(Dataset[tuple[Tensor, int]]):
    """A split as `torchvision.datasets.MNIST` gives it: a PIL image, transformed when asked for."""

    def __init__(self, split: Split) -> None:
        images, labels = split.read()
        self._images = torch.from_numpy(images[..., 0])
        self._labels = torch.from_numpy(labels)
        self._transform = Compose([ToTensor(), Normalize((0.1307,), (0.3081,))])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self._images[row].numpy())
        return self._transform(picture), int(self._labels[row])


def _learn_with_torch(source: Source, seed: int, epochs: int) -> Record:
    """Train as pytorch/examples does without a GPU, until 99.0 % of validation are right."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),
        *(nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
        nn.LogSoftmax(dim=1),
    )
    training = DataLoader(_Digits(source.train), batch_size=64, shuffle=True)
    validation = DataLoader(_Digits(source.validation), batch_size=1000)
    optimizer = Adadelta(network.parameters(), lr=1.0)
    schedule = StepLR(optimizer, step_size=1, gamma=0.7)

    def learn() -> None:
        network.train()
        for images, labels in training:
            optimizer.zero_grad()
            loss = nll_loss(network(images), labels)
            torch.autograd.backward(loss)
            optimizer.step()
        schedule.step()

    def judge() -> float:
        network.eval()
        with torch.no_grad():
            right = sum(int((network(x).argmax(dim=1) == y).sum()) for x, y in validation)
        return right / len(source.validation)

    found = _until_reached(_TORCH, learn, judge, epochs)
    version = f"torch {torch.__version__}, {torch.get_num_threads()} threads"
    return found | {"version": version}


def _keras_fault() -> str:
    """Say why there is no Keras; nothing, if there is."""
    try:
        import_module("keras")
    except ImportError as error:
        installed = error.name != "keras"
        return f"keras cannot be imported: {error}" if installed else "keras is not installed"
    return ""


def _learn_with_keras(source: Source, seed: int, epochs: int) -> Record:
    """Train Keras' convnet on the backend that it chooses, until 99.0 % of validation are right."""
    keras = import_module("keras")  # its types are known only where it is installed
    layers = keras.layers
    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(loss="categorical_crossentropy", optimizer="adam")
    images, labels = source.train.read()
    x, y = images.astype(np.float32) / 255, keras.utils.to_categorical(labels, 10)
    others, truth = source.validation.read()
    unseen = others.astype(np.float32) / 255

    def learn() -> None:
        network.fit(x, y, batch_size=128, epochs=1, verbose=0)

    def judge() -> float:
        answers = network.predict(unseen, batch_size=1000, verbose=0)
        return float((answers.argmax(axis=1) == truth).mean())

    found = _until_reached(_KERAS, learn, judge, epochs)
    return found | {"version": f"{keras.__version__} on {keras.backend.backend()}"}


def _until_reached(
    name: str, learn: Callable[[], None], judge: Callable[[], float], epochs: int
) -> Record:
    """Train epoch by epoch; judging is not timed."""
    seconds: list[float] = []
    accuracies: list[float] = []
    while len(seconds) < epochs and max(accuracies, default=0) < REACH:
        started = perf_counter()
        learn()
        seconds.append(perf_counter() - started)
        accuracies.append(judge())
        print(f"{name}: {accuracies[-1]:.2%} after {sum(seconds):.1f} s", flush=True)
    return {"seconds": seconds, "accuracies": accuracies, "reached": accuracies[-1] >= REACH}


def _load_folder(_: Path) -> Record:
    """Go through a folder of PNGs by torchvision's means and by ours, in turns."""
    turns: list[Record] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "mnist-png"
        alone(_write_folder, folder)
        for turn in range(FOLDER_ROUNDS):
            cache = Path(place) / f"cache-{turn}"  # a new one: the folder is packed again
            theirs = alone(_time_image_folder, folder)
            ours = alone(_time_pack, folder, cache) | alone(_time_epochs, folder, cache)
            turns.append(theirs | ours)
    return {"turns": turns}


def _write_folder(folder: Path) -> None:
    pool = gather(DataConfig(source=SOURCE)).pool
    rows = range(_PICTURES)
    write_image_folder(
        Pool(pool.images[: rows.stop], pool.labels[: rows.stop], CLASS_NAMES, {"train": rows}),
        folder,
    )


def _time_image_folder(folder: Path) -> dict[str, float]:
    started = perf_counter()
    pictures = ImageFolder(os.fspath(folder), transform=ToTensor())
    listed = perf_counter()
    count = 0
    for images, _ in DataLoader(pictures, batch_size=128, shuffle=True, num_workers=_WORKERS):
        count += len(images)
    _require_all(count)
    return {"their_listing": listed - started, "their_epoch": perf_counter() - listed}


def _time_pack(folder: Path, cache: Path) -> dict[str, float]:
    with _cache_at(cache):
        started = perf_counter()
        open_source(DataConfig(source=os.fspath(folder)))
        return {"our_first_opening": perf_counter() - started}


def _time_epochs(folder: Path, cache: Path) -> dict[str, float]:
    config = load(overrides=("training.device=cpu", "training.batch_size=128"))
    device = choose_machine(config.training).device
    with _cache_at(cache):
        started = perf_counter()
        source = open_source(DataConfig(source=os.fspath(folder)))
        seconds = {"our_later_opening": perf_counter() - started}
    parts = (source.train, source.validation, source.test)
    whole = replace(source.train, indices=np.concatenate([part.indices for part in parts]))
    for name, resident in (("streamed", False), ("resident", True)):
        batches = Batches(
            whole, config.training, AugmentationConfig(), device=device, resident=resident
        )
        started = perf_counter()
        _require_all(sum(len(images) for images, _ in batches.epoch(1)))
        seconds[f"our_epoch_{name}"] = perf_counter() - started
    return seconds


def _require_all(count: int) -> None:
    if count != _PICTURES:
        raise SystemExit(f"{count:,} pictures came out of the folder, expected {_PICTURES:,}.")


@contextmanager
def _cache_at(cache: Path) -> Iterator[None]:
    before = os.environ.get("INKDIGIT_CACHE")
    os.environ["INKDIGIT_CACHE"] = os.fspath(cache)
    try:
        yield
    finally:
        del os.environ["INKDIGIT_CACHE"]
        if before is not None:
            os.environ["INKDIGIT_CACHE"] = before


def _training_lines(
    ours: Sequence[Sequence[Record]], theirs: dict[str, list[Record]], fault: str
) -> list[str]:
    runs = [record for turn in ours for record in turn]
    accuracies = [100 * record["accuracy"] for record in runs]
    seconds = [sum(record["seconds"]) for record in runs]
    enough = sum(record["accuracy"] >= REACH for record in runs)
    goal = f"{REACH:.1%}"
    first = runs[0]
    how = (
        "`python -m benchmarks.peers`: five runs of ours, one of each peer, and again. "
        f"inkdigit: preset `{PRESET}`, {len(first['seconds'])} epochs, {first['threads']} threads, "
        f"{first['arithmetic'].removeprefix('torch.')}. Accuracy on the {first['total']:,} digits "
        "of the validation part; seconds of training without reading the data and judging."
    )
    lines = [
        how,
        "",
        "| | n | mean ± sd | every value |",
        "|---|---|---|---|",
        _row(f"inkdigit `{PRESET}`, seconds of the whole training", seconds, 2),
        _row("its accuracy at the end, in %", accuracies, 2),
        f"| of them at or above {goal} | {len(runs)} | {enough} of {len(runs)} | |",
    ]
    for name, records in theirs.items():
        known = {record["version"] for record in records}
        lines.append(_peer_row(f"{name} ({', '.join(known)}), seconds until {goal}", records))
        lines.append(
            _row("its seconds an epoch", [mean(record["seconds"]) for record in records], 1)
        )
        for (_, seed), record in zip(ROUNDS, records, strict=False):
            found = every([100 * value for value in record["accuracies"]], 2)
            lines.append(f"| its accuracy after each epoch, seed {seed}, in % | | | {found} |")
    if fault:
        lines.append(f"| {_KERAS} | 0 | {fault} | |")
    lines.append("")
    for name, records in theirs.items():
        lines += [_ratio_in_words(name, records, ours), ""]
    return lines


def _ratio_in_words(name: str, theirs: Sequence[Record], ours: Sequence[Sequence[Record]]) -> str:
    """Compare each run of a peer with our runs of the same turn, and the extremes."""
    turns = [[sum(record["seconds"]) for record in turn] for turn in ours]
    long = [sum(record["seconds"]) for record in theirs]
    ratios = [peer / mean(turn) for peer, turn in zip(long, turns, strict=True)]
    every_turn = [value for turn in turns for value in turn]
    low, high = min(long) / max(every_turn), max(long) / min(every_turn)
    all_reached = all(record["reached"] for record in theirs)
    least = "" if all_reached else ", at least, as the goal was not reached in every run"
    return (
        f"Ratio of {name} to inkdigit, in turns{least}: {spread(ratios, 1)} ({every(ratios, 1)}); "
        f"from {low:.1f} (its fastest to our slowest) to {high:.1f} (its slowest to our fastest)."
    )


def _peer_row(what: str, records: Sequence[Record]) -> str:
    """Give the seconds until the goal; where it was not reached, those that were not enough."""
    seconds = [sum(record["seconds"]) for record in records]
    if all(record["reached"] for record in records):
        return _row(what, seconds, 1)
    found = (
        f"{'' if record['reached'] else '> '}{value:.1f}"
        for value, record in zip(seconds, records, strict=True)
    )
    return f"| {what} | {len(records)} | not reached in every run | {', '.join(found)} |"


def _folder_lines(folder: Record) -> list[str]:
    rows = {
        "their_listing": "`ImageFolder`: listing",
        "their_epoch": f"`ImageFolder` + `DataLoader`, {_WORKERS} workers: every epoch",
        "our_first_opening": "inkdigit: opening the folder the first time, which packs it",
        "our_later_opening": "inkdigit: opening it again, digests and division included",
        "our_epoch_streamed": "inkdigit: an epoch, read from the pack",
        "our_epoch_resident": "inkdigit: an epoch, from memory",
    }
    turns: list[dict[str, Any]] = folder["turns"]
    ratios = [turn["their_epoch"] / turn["our_epoch_streamed"] for turn in turns]
    how = (
        f"{_PICTURES:,} PNGs, batches of 128, no training and no augmentation, in turns. The files "
        "were just written and lie in the system's cache. `ImageFolder` gives RGB floats; "
        "inkdigit gives the bytes, which the network normalises."
    )
    ratio = f"Ratio of an epoch of theirs to one from the pack: {spread(ratios, 1)} "
    return [
        how,
        "",
        "| seconds | n | mean ± sd | every value |",
        "|---|---|---|---|",
        *(_row(words, [turn[name] for turn in turns], 3) for name, words in rows.items()),
        "",
        f"{ratio}({every(ratios, 1)}).",
    ]


def _row(what: str, values: Sequence[float], digits: int) -> str:
    return f"| {what} | {len(values)} | {spread(values, digits)} | {every(values, digits)} |"


def _commit_of(record: Record) -> str:
    """Read the commit out of the line that `results.facts` wrote."""
    named: str = record["measured"].split(" · ")[1]
    return named.removeprefix("commit ")


def main() -> None:
    """Measure, or go on measuring."""
    match sys.argv[1:]:
        case []:
            measure(EPOCHS)
        case ["epochs", count] if count.isdecimal() and int(count):
            measure(int(count))
        case _:
            sys.exit("usage: python -m benchmarks.peers [epochs N]")


if __name__ == "__main__":
    main()
