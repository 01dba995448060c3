"""Answers for any number of picture files, a batch at a time: memory does not grow with them."""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from inkdigit.errors import DataError
from inkdigit.pictures.decode import SUFFIXES, decode
from inkdigit.pictures.flatten import Pixels
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Prediction

_BATCH = 256  # files whose prepared pictures are held at once


@dataclass(frozen=True)
class Input:
    """A picture's name and where its bytes are."""

    name: str
    source: Path | bytes


@dataclass(frozen=True)
class Answer:
    """What a model says of one file, or why it could not be read."""

    given: Input
    prediction: Prediction | None
    prepared: Pixels | None  # what the network saw
    error: str | None = None


def picture_files(path: Path, suffixes: Collection[str] = SUFFIXES) -> Iterator[Path]:
    """Give a file itself, and of a folder all pictures in it, by name, folders after files.

    Hidden files and folders are passed over, and so are links to folders.

    Args:
        path: a file, whatever its name, or a folder.
        suffixes: how the names of those end that are wanted of a folder, in lower case.

    Raises:
        DataError: a folder cannot be read.
    """
    if not path.is_dir():
        yield path
        return
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(f"{path}: {reason}, expected a folder that can be read.") from error
    visible = [entry for entry in found if not entry.name.startswith(".")]
    for entry in visible:
        if not entry.is_dir() and Path(entry.name).suffix.lower() in suffixes:
            yield Path(entry.path)
    for entry in visible:
        if entry.is_dir(follow_symlinks=False):
            yield from picture_files(Path(entry.path), suffixes)


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
    try:
        return recognizer.prepare(decode(given.source))
    except DataError as error:
        return str(error)
