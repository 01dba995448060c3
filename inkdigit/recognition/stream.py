"""Answers for any number of picture files, a batch at a time: memory does not grow with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from inkdigit.errors import DataError
from inkdigit.pictures.decode import decode
from inkdigit.pictures.flatten import Pixels
from inkdigit.pictures.inputs import Input
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Prediction

_BATCH = 256  # files whose prepared pictures are held at once


@dataclass(frozen=True)
class Answer:
    """What a model says of one file, or why it could not be read."""

    given: Input
    prediction: Prediction | None
    prepared: Pixels | None  # what the network saw
    error: str | None = None


def classify_files(
    recognizer: OnnxRecognizer, inputs: Iterable[Input], *, target_error: float | None = None
) -> Iterator[Answer]:
    """Answer for files as they come; one that cannot be read does not stop the others.

    Args:
        recognizer: what answers.
        inputs: the files.
        target_error: see `OnnxRecognizer.classify`.

    Raises:
        ConfigError: the model does not promise that error rate.
    """
    recognizer.threshold(target_error)  # a wrong wish is told before the first file
    files = iter(inputs)
    while batch := list(islice(files, _BATCH)):
        read = [_read(recognizer, each) for each in batch]
        good = [each for each in read if isinstance(each, np.ndarray)]
        answered: Iterator[Prediction] = iter(())
        if good:
            answered = iter(recognizer.judge(np.stack(good), target_error=target_error))
        for each, result in zip(batch, read, strict=True):
            if isinstance(result, np.ndarray):
                yield Answer(each, next(answered), result)
            else:
                yield Answer(each, None, None, result)


def _read(recognizer: OnnxRecognizer, given: Input) -> Pixels | str:
    """Decode and prepare a file, or say what is wrong with it."""
    if given.error is not None:
        return given.error
    try:
        return recognizer.prepare(decode(given.source))
    except DataError as error:
        return str(error)
