"""How fast a model file answers on this machine: every number is timed here and now."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from PIL import Image

from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Images

BATCHES = (1, 16, 250, 1000)
_SECONDS = 0.4  # for each setting
_LEAST_ROUNDS = 7
_PAGE = 160  # pixels a side of the pictures that framing is timed with
_FRAMED = 60  # of them


@dataclass(frozen=True)
class Speed:
    """How long calls took that each asked for `batch` pictures."""

    threads: int
    batch: int
    per_s: float  # pictures, by the median call
    p50_us: float  # microseconds a call
    p99_us: float


def thread_counts(cores: int) -> tuple[int, ...]:
    """Choose what to try: the powers of two, and all cores."""
    powers = [2**k for k in range(cores.bit_length()) if 2**k < cores]
    return (*powers, cores)


def measure(
    opened: Callable[[int], OnnxRecognizer], threads: Sequence[int], batches: Sequence[int]
) -> Iterator[Speed]:
    """Time every combination.

    Args:
        opened: opens the model for a number of threads.
        threads: to try.
        batches: pictures a call.

    Yields:
        A speed for each.
    """
    for count in threads:
        recognizer = opened(count)
        for batch in batches:
            yield _time(recognizer, count, batch)


def framing_per_s(recognizer: OnnxRecognizer) -> float:
    """Measure how many pictures of 160×160 pixels are prepared in a second, on one thread."""
    draws = np.random.default_rng(0)
    pages = []
    for _ in range(_FRAMED):
        strokes = np.full((20, 20), 230, np.uint8)
        row, column = draws.integers(3, 12, 2)
        strokes[row : row + 6, column : column + 2] = strokes[row : row + 2, 4:14] = 40
        pages.append(np.asarray(Image.fromarray(strokes).resize((_PAGE, _PAGE)))[..., None])
    recognizer.prepare(pages[0])
    started = perf_counter()
    for page in pages:
        recognizer.prepare(page)
    return _FRAMED / (perf_counter() - started)


def best(speeds: Sequence[Speed]) -> Speed:
    """Find the setting with most pictures a second; of nearly equal ones, that of fewer threads."""
    top = max(speed.per_s for speed in speeds)
    good = [speed for speed in speeds if speed.per_s >= 0.95 * top]
    return min(good, key=lambda speed: (speed.threads, speed.batch))


def _time(recognizer: OnnxRecognizer, threads: int, batch: int) -> Speed:
    side, channels = recognizer.preparation.image_size, recognizer.preparation.channels
    draws = np.random.default_rng(0)
    images: Images = draws.integers(0, 256, (batch, side, side, channels), np.uint8)
    images[draws.random(images.shape) < 0.8] = 0  # mostly paper, as digits are
    for _ in range(3):
        recognizer.probabilities(images)
    seconds: list[float] = []
    while len(seconds) < _LEAST_ROUNDS or sum(seconds) < _SECONDS:
        started = perf_counter()
        recognizer.probabilities(images)
        seconds.append(perf_counter() - started)
    p50, p99 = np.percentile(seconds, (50, 99))
    return Speed(threads, batch, batch / float(p50), 1e6 * float(p50), 1e6 * float(p99))
