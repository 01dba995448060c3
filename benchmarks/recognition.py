"""What the weights that come with inkdigit can do: run it and write down what came out.

    python -m benchmarks.recognition [figures | parity | speed | stream | install]...

The measuring data is looked for below INKDIGIT_DATA. Of the other writers' digits and of what is
no digit only the final halves (odd rows) are used; every opening is written into openings.jsonl.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.alone import peak_of
from benchmarks.example_network import ExampleNetwork
from benchmarks.results import ROOT, append, commit
from inkdigit.config import DataConfig
from inkdigit.data.source import open_source
from inkdigit.durable import append_line
from inkdigit.evaluation import metrics
from inkdigit.evaluation.test import open_and_test
from inkdigit.pictures.decode import decode
from inkdigit.recognition.recognizer import SHIPPED, OnnxRecognizer, open_recognizer
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.run_folder.checkpoint import best_network
from inkdigit.types import Images, Labels, Split

OPENINGS = ROOT / "benchmarks" / "openings.jsonl"
WRITERS = {"usps_train": 0.95, "semeion": 0.92, "optdigits32": 0.98, "hwd1000": 0.99}
STRICT = 0.001  # the promised error whose coverage is measured
_RESAMPLINGS = 2000
_INKDIGIT = Path(sys.executable).with_name("inkdigit")

Row = tuple[str, str, str]  # what, measured, promised


def measure_figures() -> None:
    """Measure accuracy, calibration, promises, transfer and rejection of both files."""
    measured = commit()
    test = open_source(DataConfig(source="mnist")).test
    lines = ["$ python -m benchmarks.recognition figures", ""]
    for name in SHIPPED:
        recognizer = open_recognizer(name)
        rows = [
            *_on_mnist(recognizer, test, name),
            *_on_others(recognizer, name),
            *_on_no_digits(recognizer, test, name),
        ]
        card = recognizer.card
        lines += [f"`{name}`: {card.network}, temperature {card.calibration.temperature:.4f}", ""]
        lines += ["| what | measured | to reach |", "|---|---|---|"]
        lines += [f"| {what} | {found} | {wanted} |" for what, found, wanted in rows]
        lines.append("")
    append("The weights that come with inkdigit", lines, measured=measured)


def _on_mnist(recognizer: OnnxRecognizer, test: Split, name: str) -> list[Row]:
    outcome = open_and_test(recognizer, test, openings=OPENINGS, why=f"figures of {name}")
    images, labels = test.read()
    confidence = outcome.probabilities.max(axis=1)
    right = outcome.probabilities.argmax(axis=1) == labels
    enlarged = recognizer.classify([_as_a_photo(image, row) for row, image in enumerate(images)])
    direct = recognizer.classify(images)
    again = enlarged.probabilities.argmax(axis=1) == labels
    return [
        ("MNIST test", outcome.result.in_words(), "99.5 %" if name == "default" else "99.3 %"),
        (
            "the same 4 times as large, dark on light, off centre",
            (
                f"{again.mean():.2%}, {again.mean() - right.mean():+.2%}; "
                f"{(enlarged.labels == direct.labels).mean():.2%} the same label"
            ),
            "within 0.1 points",
        ),
        (
            "expected calibration error",
            f"{metrics.calibration_error(confidence, right):.4f}",
            "≤ 0.002",
        ),
        ("negative log-likelihood", f"{outcome.result.loss:.4f}", "≤ 0.015"),
        _promise(recognizer, images, labels),
    ]


def _promise(recognizer: OnnxRecognizer, images: Images, labels: Labels) -> Row:
    what = f"promised error {STRICT:.1%}"
    promise = recognizer.card.calibration.promise(STRICT)
    if promise is None:
        return what, "not promised", "coverage ≥ 99.0 %"
    answers = recognizer.classify(images, target_error=STRICT)
    given = ~answers.rejected
    wrong = int((answers.probabilities.argmax(axis=1) != labels)[given].sum())
    low, high = metrics.wilson_interval(wrong, int(given.sum()))
    return (
        what,
        (
            f"coverage {given.mean():.2%}, {wrong} of {given.sum():,} wrong = "
            f"{wrong / given.sum():.3%}, 95 % interval {low:.3%} to {high:.3%}; out of fold the "
            f"coverage was {promise.accepted / promise.total:.2%}"
        ),
        "the interval reaches 0.1 %; coverage ≥ 99.0 %",
    )


def _as_a_photo(image: Images, row: int) -> NDArray[np.uint8]:
    """Draw a test digit four times as large, dark on light, anywhere on a larger sheet."""
    draws = np.random.default_rng(row)
    large = Image.fromarray(image[..., 0]).resize((112, 112), Image.Resampling.BICUBIC)
    left, top, right, bottom = draws.integers(0, 80, 4)
    return 255 - np.pad(np.asarray(large), ((top, bottom), (left, right)))


def _on_others(recognizer: OnnxRecognizer, name: str) -> list[Row]:
    rows = []
    for data, wanted in WRITERS.items():
        images, labels = _final_half(data)
        framed = np.stack([recognizer.prepare(picture[..., None]) for picture in images])
        split = Split(
            "test", recognizer.class_names, framed, labels, np.arange(len(labels)), sha256=""
        )
        result = open_and_test(
            recognizer, split, openings=OPENINGS, why=f"{data}, final half: figures of {name}"
        ).result
        rows.append((f"{data}, framed", result.in_words(), f"{wanted:.0%}"))
    return rows


def _final_half(data: str) -> tuple[NDArray[np.uint8], Labels]:
    with np.load(data_folder() / "other_digits" / f"{data}.npz") as arrays:
        images, labels = arrays["X"][1::2], arrays["y"][1::2]
    side = round(np.sqrt(images[0].size))
    return images.reshape(-1, side, side).astype(np.uint8), labels.astype(np.int64)


def _on_no_digits(recognizer: OnnxRecognizer, test: Split, name: str) -> list[Row]:
    inside = recognizer.evidence(test.read()[0])
    assert inside is not None  # noqa: S101 - both files have it
    with np.load(data_folder() / "not_digits" / "fashion.npz") as arrays:
        fashion = [picture.reshape(28, 28) for picture in arrays[arrays.files[0]][1::2]]
    files = sorted((data_folder() / "not_digits").rglob("*.png"))[1::2]
    omniglot = [decode(file)[..., 0] for file in files]
    rows = []
    for what, pictures, wanted in (
        ("Fashion", fashion, "AUROC ≥ 0.999"),
        ("Omniglot", omniglot, "AUROC ≥ 0.97"),
    ):
        note_opening(f"{what}, final half: figures of {name}", len(pictures))
        framed = np.stack([recognizer.prepare(picture[..., None]) for picture in pictures])
        outside = recognizer.evidence(framed)
        assert outside is not None  # noqa: S101
        low, high = _bootstrapped(inside, outside)
        rejected = recognizer.classify(pictures).rejected
        rows.append(
            (
                f"{what}, {len(pictures)} pictures",
                (
                    f"AUROC {metrics.area_under_roc(inside, outside):.4f}, 95 % interval "
                    f"{low:.4f} to {high:.4f}; {rejected.mean():.1%} rejected"
                ),
                wanted,
            )
        )
    return rows


def _bootstrapped(inside: NDArray[np.float32], outside: NDArray[np.float32]) -> tuple[float, float]:
    """Resample what is outside, of which there is little."""
    draws = np.random.default_rng(0)
    values = [
        metrics.area_under_roc(inside, draws.choice(outside, len(outside)))
        for _ in range(_RESAMPLINGS)
    ]
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def note_opening(why: str, size: int) -> None:
    """Write down that final data is looked at, before it is."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    append_line(OPENINGS, {"opened": now, "split": "final half", "size": size, "why": why})


def measure_parity() -> None:
    """Compare torch, ONNX Runtime and the command on all 10,000 test digits."""
    measured = commit()
    test = open_source(DataConfig(source="mnist")).test
    images, _ = test.read()
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        _run("train", "--preset", "fast", "--data", "mnist", "-o", str(run))
        network, _ = best_network(run)
        recognizer = open_recognizer(run)
        temperature = recognizer.card.calibration.temperature
        ours = TorchRecognizer(network, recognizer.class_names, temperature)
        note_opening("parity of torch, ONNX Runtime and the command", len(images))
        of_torch, of_onnx = ours.probabilities(images), recognizer.probabilities(images)
        folder = Path(place) / "png"
        folder.mkdir()
        for row, picture in enumerate(images):
            Image.fromarray(picture[..., 0]).save(folder / f"{row:05}.png")
        lines = _run("classify", "--model", str(run), "--json", str(folder)).splitlines()
    of_command = [json.loads(line) for line in lines]
    known = [row for row, picture in enumerate(images) if _is_framed(recognizer, picture)]
    confidence = np.array([line["confidence"] for line in of_command])
    labels = np.array([line["label"] for line in of_command])
    guesses = np.array(recognizer.class_names)[of_torch.argmax(axis=1)]
    gap = np.abs(confidence - of_torch.max(axis=1))
    others = len(images) - len(known)
    other_labels = of_torch.argmax(axis=1) != of_onnx.argmax(axis=1)
    append(
        "Torch, ONNX Runtime and the command",
        [
            "$ python -m benchmarks.recognition parity",
            "",
            "| on all test digits | largest difference | other labels | to reach |",
            "|---|---|---|---|",
            (
                f"| ONNX Runtime and torch, {len(images):,}, all probabilities | "
                f"{np.abs(of_torch - of_onnx).max():.1e} | {other_labels.sum()} | 1e-5, none |"
            ),
            (
                f"| the command on PNG files and torch, {len(known):,} framed before, "
                f"confidence | {gap[known].max():.1e} | {(labels != guesses)[known].sum()} "
                "| 1e-5, none |"
            ),
            (
                f"| the same, {others} that it frames anew | | "
                f"{np.delete(labels != guesses, known).sum()} | |"
            ),
        ],
        measured=measured,
    )


def _is_framed(recognizer: OnnxRecognizer, picture: Images) -> bool:
    return np.array_equal(recognizer.prepare(picture), picture)


def measure_speed() -> None:
    """Time `quick` in batches on two threads, and one digit on one thread, beside torch eager."""
    measured, rounds = commit(), 5
    images = open_source(DataConfig(source="mnist-5k")).train.read()[0][:1000]
    batch, alone = open_recognizer("quick", threads=2), open_recognizer("quick", threads=1)
    torch.set_num_threads(2)
    example = ExampleNetwork().eval()
    prepared = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    many, one, eager = [], [], []
    with torch.inference_mode():
        for _ in range(rounds):
            many.append(1000 / _seconds(lambda: batch.probabilities(images), 30))
            one.append(1e6 * _seconds(lambda: alone.probabilities(images[:1]), 2000))
            eager.append(1000 / _seconds(lambda: example(prepared), 5))
    ratios = [a / b for a, b in zip(many, eager, strict=True)]
    append(
        "Speed of `quick`",
        [
            "$ python -m benchmarks.recognition speed",
            "",
            "| in turns, the median of each | every value | to reach |",
            "|---|---|---|",
            f"| digits a second, 1,000 at once, two threads | {_listed(many)} | ≥ 50,000 |",
            f"| µs for one digit, one thread, p50 | {_listed(one)} | ≤ 80 |",
            f"| torch eager, the pytorch/examples network, digits a second | {_listed(eager)} | |",
            f"| times as fast | {_listed(ratios)} | ≥ 25 |",
        ],
        measured=measured,
    )


def _seconds(call: Callable[[], object], times: int) -> float:
    """Give the median seconds of a call."""
    call()
    seconds = []
    for _ in range(times):
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
    return median(seconds)


def measure_stream() -> None:
    """Classify a hundred thousand files, and compare the memory with that of a thousand."""
    measured = commit()
    images = open_source(DataConfig(source="mnist-5k")).train.read()[0][:100]
    rows = []
    with tempfile.TemporaryDirectory() as place:
        originals, folder = Path(place) / "originals", Path(place) / "many"
        originals.mkdir()
        folder.mkdir()
        for row, picture in enumerate(images):
            large = np.kron(255 - picture[..., 0], np.ones((4, 4), np.uint8))
            Image.fromarray(large).save(originals / f"{row}.png")
        made = 0
        for count in (1_000, 100_000):
            for row in range(made, count):
                os.link(originals / f"{row % len(images)}.png", folder / f"{row:06}.png")
            made = count
            seconds, peak = _classified(folder)
            rows.append(f"| {count:,} | {seconds:,.0f} | {count / seconds:,.0f} | {peak:,.0f} |")
    append(
        "A hundred thousand files",
        [
            "$ python -m benchmarks.recognition stream",
            "",
            "`inkdigit classify FOLDER --csv`, pictures of 112×112, all framed:",
            "",
            "| files | seconds | files a second | peak of memory in MB |",
            "|---|---|---|---|",
            *rows,
        ],
        measured=measured,
    )


def _classified(folder: Path) -> tuple[float, float]:
    """Run the command on a folder; give its seconds and the peak of its memory in MB."""
    started = perf_counter()
    command = [str(_INKDIGIT), "classify", str(folder), "--csv"]
    peak = peak_of(command)
    return perf_counter() - started, peak.resident_bytes / 1e6


def measure_install() -> None:
    """Install the core alone in a fresh environment; weigh it, and start the command cold."""
    measured = commit()
    with tempfile.TemporaryDirectory() as place:
        folder, picture = Path(place) / "venv", Path(place) / "one.png"
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        before = _weight(folder)
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
        weight = (_weight(folder) - before) / 1e6
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format=json"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        packages = sorted(each["name"] for each in json.loads(listed))
        digit = open_source(DataConfig(source="mnist-5k")).train.read()[0][0]
        Image.fromarray(255 - np.kron(digit[..., 0], np.ones((4, 4), np.uint8))).save(picture)
        command = [str(folder / "bin" / "inkdigit"), "classify", str(picture)]
        subprocess.run(command, check=True, capture_output=True)
        seconds = [_wall(command) for _ in range(11)]
    append(
        "Core install, and a cold start",
        [
            "$ python -m benchmarks.recognition install",
            "",
            (
                f"`pip install inkdigit` in a fresh environment adds {weight:,.0f} MB (to reach: "
                f"≤ 250), {'with' if 'torch' in packages else 'without'} torch: "
                f"{', '.join(packages)}."
            ),
            "",
            (
                f"`inkdigit classify one.png`, whole process, {len(seconds)} times: median "
                f"{median(seconds):.2f} s, {_listed(sorted(seconds), 2)} (to reach: ≤ 0.5)."
            ),
        ],
        measured=measured,
    )


def _weight(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


def _wall(command: list[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - started


def _run(*arguments: str) -> str:
    done = subprocess.run([_INKDIGIT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"inkdigit {' '.join(arguments)} left with {done.returncode}: {done.stderr}")
    return done.stdout


def _listed(values: Sequence[float], digits: int = 0) -> str:
    return ", ".join(f"{value:,.{digits}f}" for value in values)


def data_folder() -> Path:
    """Find the measuring data, or leave."""
    try:
        return Path(os.environ["INKDIGIT_DATA"])
    except KeyError:
        sys.exit("INKDIGIT_DATA is not set, expected the folder of the measuring data.")


MEASUREMENTS = {
    "figures": measure_figures,
    "parity": measure_parity,
    "speed": measure_speed,
    "stream": measure_stream,
    "install": measure_install,
}


def main() -> None:
    """Run the measurements whose names are given, or all."""
    for name in sys.argv[1:] or MEASUREMENTS:
        MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
