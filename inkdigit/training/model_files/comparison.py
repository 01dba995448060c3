"""A smaller file beside the fp32 file that it was made from: measured, not promised."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter

from inkdigit.evaluation import metrics
from inkdigit.evaluation.test import ask
from inkdigit.recognition.model_file import Precision
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Images, Split

_TIMED_PICTURES, _ROUNDS = 1000, 9


@dataclass(frozen=True)
class Comparison:
    """What the smaller file does otherwise, on the validation pictures."""

    precision: Precision  # of the smaller file
    total: int
    agreement: float  # share of the same classes
    fp32_accuracy: float
    accuracy: float
    fp32_bytes: int
    bytes: int
    speedup: float  # pictures per second, smaller file to fp32, in batches; below 1 it is slower

    def in_words(self) -> str:
        """Say it in one paragraph."""
        return (
            f"Beside the fp32 file, on {self.total:,} validation pictures: the same class for "
            f"{self.agreement:.2%}, accuracy {self.accuracy:.2%} against "
            f"{self.fp32_accuracy:.2%}; {self.bytes:,} bytes against {self.fp32_bytes:,}; "
            f"{self.speedup:.2f} times as fast on the machine that wrote it."
        )


def beside(
    smaller: OnnxRecognizer, content: bytes, fp32: OnnxRecognizer, whole: bytes, validation: Split
) -> Comparison:
    """Compare two files.

    Args:
        smaller: what answers with the one.
        content: the bytes of it.
        fp32: what answers with the other.
        whole: the bytes of that.
        validation: pictures that neither learned from.
    """
    labels = validation.labels[validation.indices]
    predicted = ask(smaller, validation).argmax(axis=1)
    before = ask(fp32, validation).argmax(axis=1)
    return Comparison(
        precision=smaller.card.precision,
        total=len(labels),
        agreement=metrics.accuracy(predicted, before),
        fp32_accuracy=metrics.accuracy(before, labels),
        accuracy=metrics.accuracy(predicted, labels),
        fp32_bytes=len(whole),
        bytes=len(content),
        speedup=_speedup(smaller, fp32, next(validation.blocks(_TIMED_PICTURES))),
    )


def _speedup(one: OnnxRecognizer, other: OnnxRecognizer, images: Images) -> float:
    """Time both in turns and compare their medians."""
    seconds: dict[OnnxRecognizer, list[float]] = {one: [], other: []}
    for _ in range(_ROUNDS):
        for recognizer, times in seconds.items():
            started = perf_counter()
            recognizer.probabilities(images)
            times.append(perf_counter() - started)
    return median(seconds[other]) / median(seconds[one])
