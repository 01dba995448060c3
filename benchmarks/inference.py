"""How fast digits are answered, and how that grows with their number.

    python -m benchmarks.inference [MODEL.onnx ...]

The weights that come with inkdigit, and model files or run folders that are named, beside the
network of pytorch/examples in eager torch: one digit, batches, pictures as a camera takes them,
and up to a million digits. All begin with `uint8` pictures and end with probabilities. Every
turn of a subject has a process of its own, and so has every number of digits; another subject
begins each turn. Nothing else may run meanwhile: torch waits long for a core that is taken.
"""

# Neither torch nor ONNX Runtime is loaded here: a process that is started begins with the largest
# memory of the process that started it.
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.alone import Cost, alone, cost_of
from benchmarks.drawing import standalone
from benchmarks.results import append, commit, every, spread
from inkdigit.config import DataConfig
from inkdigit.durable import write_text
from inkdigit.evaluation.charts import Axes, Series

if TYPE_CHECKING:
    from inkdigit.types import Images

OURS = ("quick", "default")
EXAMPLE = "pytorch/examples, torch eager"
TURNS = 3
THREADS = (1, 2)
BATCHES = (1, 10, 100, 1_000)
COUNTS = (1_000, 10_000, 100_000, 1_000_000)
PHOTOS = 100
PHOTO_PX = 240  # a side
FIGURE = Path(__file__).parent / "figures" / "inference.svg"

_SIDE = 28
_DIGITS = 60_000  # MNIST's training digits; beyond them they come again
_BLOCK = 250  # digits at once, of any number; a recognizer divides more, torch is slower with 1,000
_SECONDS = 1.0  # for each setting, at least
_LEAST_SINGLE, _LEAST_CALLS = 200, 5  # calls, however slow
_MB = 1e6

_MEDIAN, _SLOW = "µs for one digit, median", "µs for one digit, 95th percentile"
_PHOTOS_PER_S = f"pictures/s, `classify`, {PHOTO_PX}×{PHOTO_PX}"

Figures = dict[tuple[str, int], float]  # of (what, threads)


def measure(models: Sequence[str]) -> None:
    """Take all measurements, write the tables and draw the chart.

    Args:
        models: model files or run folders to measure beside those that come with inkdigit.
    """
    measured, names = commit(), [*OURS, *models, EXAMPLE]
    figures: dict[str, list[Figures]] = {name: [] for name in names}
    costs: dict[str, dict[int, list[Cost]]] = {name: {n: [] for n in COUNTS} for name in names}
    with tempfile.TemporaryDirectory() as place:
        digits = Path(place) / "digits"
        alone(_write_digits, digits)
        for turn in range(TURNS):
            first = turn % len(names)
            for name in (*names[first:], *names[:first]):
                figures[name].append(alone(_speeds, name, digits))
                print(f"turn {turn + 1}, {_called(name)}: {figures[name][-1]}", flush=True)
                for count in COUNTS:
                    cost = alone(_pass, name, digits, count)
                    costs[name][count].append(cost)
                    print(f"{count:,} digits: {cost.seconds:.2f} s", flush=True)
    write_text(FIGURE, _drawing(costs))
    append("Speed of answers", [*_speed_lines(figures), *_growth_lines(costs)], measured=measured)


def _write_digits(path: Path) -> None:
    """Write MNIST's training digits into one file, so that no process need hold them all."""
    from inkdigit.data.source import gather

    pool = gather(DataConfig(source="mnist")).pool
    rows = pool.parts["train"]
    images = pool.images[rows.start : rows.stop]
    if images.shape != (_DIGITS, _SIDE, _SIDE, 1):
        sys.exit(f"MNIST's training digits are {images.shape}, expected {_DIGITS:,} of 28×28.")
    images.tofile(path)


def _answering(name: str, threads: int) -> "Callable[[Images], object]":
    """Load what answers for (N, 28, 28, 1) with probabilities."""
    if name != EXAMPLE:
        from inkdigit.recognition.recognizer import open_recognizer

        return open_recognizer(name, threads=threads).probabilities

    import torch

    from benchmarks.example_network import ExampleNetwork

    torch.set_num_threads(threads)
    network = ExampleNetwork().eval()

    def answer(images: "Images") -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(images).permute(0, 3, 1, 2).float())

    return answer


def _speeds(name: str, digits: Path) -> Figures:
    """Time one digit, batches and photographs, in this process."""
    images = next(_blocks(digits, max(BATCHES), at_once=max(BATCHES)))
    found: Figures = {}
    for threads in THREADS:
        answer = _answering(name, threads)
        alone = _durations(partial(answer, images[:1]), _LEAST_SINGLE)
        found[_MEDIAN, threads] = 1e6 * median(alone)
        found[_SLOW, threads] = 1e6 * float(np.percentile(alone, 95))
        for batch in BATCHES:
            seconds = _durations(partial(answer, images[:batch]), _LEAST_CALLS)
            found[_at_once(batch), threads] = batch / median(seconds)
        if name != EXAMPLE:
            found[_PHOTOS_PER_S, threads] = _photos_per_s(name, threads, images)
    return found


def _photos_per_s(name: str, threads: int, images: "Images") -> float:
    from inkdigit.recognition.recognizer import open_recognizer

    pictures = photographs(images[:PHOTOS])
    recognizer = open_recognizer(name, threads=threads)
    seconds = _durations(partial(recognizer.classify, pictures), _LEAST_CALLS)
    return len(pictures) / median(seconds)


def photographs(images: "Images") -> list[NDArray[np.uint8]]:
    """Write digits somewhere on sheets of paper, and take a picture of each: the same every time.

    Args:
        images: (N, 28, 28, 1), 0 paper to 255 ink.

    Returns:
        N pictures, (PHOTO_PX, PHOTO_PX), dark on light.
    """
    from PIL import Image

    from inkdigit.data.composing.paper import draw_paper, photograph, write_on

    draws = np.random.default_rng(0)
    taken = []
    for image in images:
        size = int(draws.integers(PHOTO_PX // 3, PHOTO_PX))
        large = Image.fromarray(image[..., 0]).resize((size, size), Image.Resampling.BICUBIC)
        top, left = draws.integers(0, PHOTO_PX - size + 1, 2).tolist()
        ink = np.zeros((PHOTO_PX, PHOTO_PX), np.float32)
        ink[top : top + size, left : left + size] = np.asarray(large, np.float32) / 255
        paper = draw_paper(draws, PHOTO_PX, PHOTO_PX, writing=size)
        taken.append(photograph(draws, write_on(draws, paper, ink)))
    return taken


def _durations(call: Callable[[], object], least: int) -> list[float]:
    """Time every single call, for a while."""
    for _ in range(3):
        call()
    seconds: list[float] = []
    until = perf_counter() + _SECONDS
    while len(seconds) < least or perf_counter() < until:
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
    return seconds


def _pass(name: str, digits: Path, count: int) -> Cost:
    """Answer for so many digits, block after block; what is answered is not kept."""
    answer = _answering(name, max(THREADS))
    answer(next(_blocks(digits, _BLOCK)))  # the first call of a size takes longer

    def work() -> None:
        for images in _blocks(digits, count):
            answer(images)

    return cost_of(work)


def _blocks(digits: Path, count: int, at_once: int = _BLOCK) -> "Iterator[Images]":
    """Read (at most `at_once`, 28, 28, 1) at a time, the digits again and again."""
    area = _SIDE * _SIDE
    with digits.open("rb") as file:
        for start in range(0, count, at_once):
            size = min(at_once, count - start)
            file.seek(start % _DIGITS * area)  # `at_once` divides _DIGITS: no block goes over it
            yield np.fromfile(file, np.uint8, size * area).reshape(size, _SIDE, _SIDE, 1)


def _speed_lines(figures: dict[str, list[Figures]]) -> list[str]:
    how = (
        f"`python -m benchmarks.inference`: {TURNS} turns, a process for each subject in each. "
        "Cells: mean ± sd of the turns, every value, and how many times as fast as torch eager in "
        f"the same turn. A value is taken from at least {_SECONDS:.0f} s of calls: "
        "the median and the 95th percentile of all single ones; rates by the median call. "
        f"`classify` gets {PHOTOS} photographs that are drawn, one list a call, and frames them; "
        "torch has nothing of the kind."
    )
    names = list(figures)
    keys = list(figures[names[0]][0])
    rows = sorted(keys, key=lambda key: [what for what, _ in keys].index(key[0]))
    return [
        how,
        "",
        f"| what | threads | {' | '.join(map(_called, names))} |",
        f"|{'---|' * (2 + len(names))}",
        *(
            f"| {what} | {threads} | "
            f"{' | '.join(_cell(figures, name, (what, threads)) for name in names)} |"
            for what, threads in rows
        ),
        "",
    ]


def _cell(figures: dict[str, list[Figures]], name: str, key: tuple[str, int]) -> str:
    if key not in figures[name][0]:
        return "–"
    lasts = key[0] in (_MEDIAN, _SLOW)  # a rate otherwise
    digits = 1 if lasts else 0
    values = [turn[key] for turn in figures[name]]
    words = f"{spread(values, digits)} ({every(values, digits)})"
    if name == EXAMPLE or key not in figures[EXAMPLE][0]:
        return words
    pairs = zip(values, (turn[key] for turn in figures[EXAMPLE]), strict=True)
    ratios = [theirs / own if lasts else own / theirs for own, theirs in pairs]
    return f"{words}; {spread(ratios, 1)} times"


def _growth_lines(costs: dict[str, dict[int, list[Cost]]]) -> list[str]:
    how = (
        f"More and more digits on {max(THREADS)} threads, in blocks of {_BLOCK} that are read "
        f"from a file; after {_DIGITS:,} they come again. One block was answered before. Memory "
        "is the largest resident size of the process, libraries included; that of torch has loaded "
        "inkdigit and ONNX Runtime too."
    )
    lines = [how, "", "| | digits | n | seconds, mean ± sd | every value | digits/s | MB |"]
    lines.append(f"|{'---|' * 7}")
    for name, of_count in costs.items():
        for count, taken in of_count.items():
            seconds = [cost.seconds for cost in taken]
            cells = (
                *(_called(name), f"{count:,}", f"{len(taken)}"),
                *(spread(seconds, 3), every(seconds, 3)),
                spread(_rates(count, taken), 0),
                spread([cost.peak_bytes / _MB for cost in taken], 0),
            )
            lines.append(f"| {' | '.join(cells)} |")
    name = f"{FIGURE.parent.name}/{FIGURE.name}"
    return [*lines, "", f"![Digits a second over their number]({name})"]


def _drawing(costs: dict[str, dict[int, list[Cost]]]) -> str:
    series = []
    for name, of_count in costs.items():
        rates = [_rates(count, taken) for count, taken in of_count.items()]
        band = ([min(each) for each in rates], [max(each) for each in rates])
        middle = [mean(each) for each in rates]
        series.append(Series(_called(name), list(of_count), middle, band=band))
    title = f"Digits a second, {max(THREADS)} threads"
    return standalone(Axes(title, "digits", "digits a second", "log", across="log"), series)


def _at_once(batch: int) -> str:
    return f"digits/s, {batch:,} at once"


def _rates(count: int, costs: Sequence[Cost]) -> list[float]:
    return [count / cost.seconds for cost in costs]


def _called(name: str) -> str:
    """Leave the machine's folders out of what is written down."""
    return name if name in (*OURS, EXAMPLE) else str(Path(*Path(name).parts[-2:]))


def main() -> None:
    """Measure the weights that come with inkdigit and the models named on the command line."""
    models = sys.argv[1:]
    if missing := [model for model in models if not Path(model).exists()]:
        sys.exit(f"{', '.join(missing)}: no such file, expected MODEL.onnx or a run folder.")
    if len(models) > 5:  # with ours and torch's: the colours of a chart
        sys.exit(f"{len(models)} models, expected at most 5 at a time.")
    measure(models)


if __name__ == "__main__":
    main()
