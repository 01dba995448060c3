"""The one test: a recognizer answers a test split, and the opening is written down first.

Nothing is chosen here, and nothing else in inkdigit reads a test split's pictures.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from inkdigit.durable import append_line
from inkdigit.errors import DataError, ModelError
from inkdigit.evaluation import metrics
from inkdigit.pictures.decode import as_picture
from inkdigit.types import Labels, Probabilities, Recognizer, Split

_BLOCK = 256  # pictures asked at once: bounds the memory of a recognizer that does not
_KEPT_MISTAKES = 24
_KEPT_ANSWERS = 3


@dataclass(frozen=True)
class Mistake:
    """One wrong answer, with everything that is needed to show it."""

    index: int  # position in the split's own order
    truth: str
    predicted: str
    top: tuple[tuple[str, float], ...]  # the most probable classes, best first
    picture: str  # base64 PNG of the exact pixels that the network saw


@dataclass(frozen=True)
class TestResult:
    """What a test found; `low` and `high` are the 95 % Wilson interval of the accuracy."""

    __test__: ClassVar[bool] = False  # no test case of pytest's

    accuracy: float
    wrong: int
    total: int
    low: float
    high: float
    loss: float  # mean cross-entropy, in nats
    confusion: tuple[tuple[int, ...], ...]  # a row for each truth, a column for each answer
    mistakes: tuple[Mistake, ...]  # the most confident ones, worst first

    def summary(self) -> dict[str, float | int]:
        """Give the plain figures, as the `--json` line has them."""
        return {
            "accuracy": self.accuracy,
            "wrong": self.wrong,
            "total": self.total,
            "low": self.low,
            "high": self.high,
            "loss": self.loss,
        }

    def in_words(self) -> str:
        """Say it in one line, as the commands do."""
        return (
            f"Test accuracy {self.accuracy:.2%}: {self.wrong:,} of {self.total:,} wrong, "
            f"95 % interval {self.low:.2%} to {self.high:.2%}; loss {self.loss:.4f}"
        )

    def to_record(self) -> dict[str, Any]:
        """Give everything, as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TestResult":
        """Read what `to_record` gave back, also after a trip through JSON.

        Raises:
            ValueError: a field is missing or of the wrong kind.
        """
        return TypeAdapter(cls).validate_python(record)


@dataclass(frozen=True)
class Outcome:
    """A test's result together with every single answer, in the split's own order."""

    result: TestResult
    labels: Labels
    probabilities: Probabilities


def test(recognizer: Recognizer, split: Split, *, openings: Path, why: str) -> TestResult:
    """Test a recognizer: `open_and_test`, when the single answers are not needed."""
    return open_and_test(recognizer, split, openings=openings, why=why).result


test.__test__ = False  # type: ignore[attr-defined]  # no test case of pytest's


def open_and_test(recognizer: Recognizer, split: Split, *, openings: Path, why: str) -> Outcome:
    """Open a split, once it is written down that it was opened, and let a recognizer answer it.

    Args:
        recognizer: whatever answers; it gets at most 256 pictures at a time.
        split: the pictures and their truth.
        openings: the log of openings, `test_openings.jsonl` of the run folder.
        why: what the split was opened for, such as the command.

    Raises:
        DataError: the split is empty, or its classes are not the recognizer's.
        ModelError: an answer is not a row of probabilities.
        OSError: the opening could not be written; the split stays closed.
    """
    write_opening(recognizer, split, openings=openings, why=why)
    probabilities = _answers(recognizer, split)
    labels = split.labels[split.indices]
    return Outcome(_judge(split, labels, probabilities), labels, probabilities)


def write_opening(recognizer: Recognizer, split: Split, *, openings: Path, why: str) -> None:
    """Write down that a split is opened; only after that may its pictures be read.

    Arguments and errors as `open_and_test`, which calls it. Whoever shows a test split to a
    recognizer in another way, bent for instance, calls it first.
    """
    if split.class_names != recognizer.class_names:
        raise DataError(
            f"the {split.name} split has the classes {_listed(split.class_names)}, the model "
            f"{_listed(recognizer.class_names)}. Test on data with the model's classes."
        )
    if len(split) == 0:
        raise DataError(f"the {split.name} split is empty, expected at least one picture.")
    append_line(
        openings,
        {
            "opened": datetime.now(UTC).isoformat(timespec="seconds"),
            "split": split.name,
            "sha256": split.sha256,
            "size": len(split),
            "why": why,
        },
    )


def ask(recognizer: Recognizer, split: Split, *, block: int = _BLOCK) -> Probabilities:
    """Let a recognizer answer a whole split, reading `block` pictures at a time.

    The last bits of an answer may depend on how many are asked for together.
    """
    nothing = np.empty((0, len(recognizer.class_names)), np.float32)
    answers = [recognizer.probabilities(images) for images in split.blocks(block)]
    return np.concatenate(answers or [nothing])


def _answers(recognizer: Recognizer, split: Split) -> Probabilities:
    """Ask, and refuse answers that are no probabilities."""
    answers = ask(recognizer, split)
    expected = (len(split), len(recognizer.class_names))
    if answers.shape != expected:
        raise ModelError(f"the model answered with shape {answers.shape}, expected {expected}.")
    if not np.isfinite(answers).all():
        bad = int((~np.isfinite(answers).all(axis=1)).sum())
        raise ModelError(
            f"the model's answer to {bad} of {len(split)} pictures is not finite, expected "
            "probabilities. Train again with a lower learning rate or in fp32."
        )
    if (answers < 0).any() or not np.allclose(answers.sum(axis=1), 1, atol=0.01):
        raise ModelError(
            "the model's answers are not probabilities: rows must be at least 0 and sum to 1."
        )
    return answers


def _judge(split: Split, labels: Labels, probabilities: Probabilities) -> TestResult:
    class_names = split.class_names
    predicted = probabilities.argmax(axis=1)
    wrong, total = int((predicted != labels).sum()), len(labels)
    low, high = metrics.wilson_interval(total - wrong, total)
    confusion = metrics.confusion_matrix(predicted, labels, len(class_names))
    return TestResult(
        accuracy=metrics.accuracy(predicted, labels),
        wrong=wrong,
        total=total,
        low=low,
        high=high,
        loss=metrics.cross_entropy(probabilities, labels),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        mistakes=tuple(
            Mistake(
                index=index,
                truth=class_names[labels[index]],
                predicted=class_names[predicted[index]],
                top=_top(probabilities[index], class_names),
                picture=png_base64(split.images[split.indices[index]]),
            )
            for index in _most_confident(probabilities, predicted != labels)
        ),
    )


def _most_confident(probabilities: Probabilities, wrong: NDArray[np.bool_]) -> list[int]:
    """Find the wrong answers that were given with most confidence; ties in the split's order."""
    indices = np.flatnonzero(wrong)
    order = np.argsort(-probabilities[indices].max(axis=1), kind="stable")
    return [int(index) for index in indices[order[:_KEPT_MISTAKES]]]


def _top(row: NDArray[np.float32], class_names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    best = np.argsort(-row, kind="stable")[:_KEPT_ANSWERS]
    return tuple((class_names[k], float(row[k])) for k in best)


def png_base64(picture: NDArray[np.uint8]) -> str:
    """Encode (height, width, 1 | 3) losslessly as base64."""
    buffer = io.BytesIO()
    as_picture(picture).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _listed(names: tuple[str, ...]) -> str:
    """Name the classes of a message, the first ten of them."""
    rest = f", … ({len(names)} in all)" if len(names) > 10 else ""
    return ", ".join(names[:10]) + rest
