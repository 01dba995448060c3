"""The answers that labels are judged by: of networks that learned from other pictures."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from inkdigit.config import RunConfig
from inkdigit.data.folds import all_but_test, deal
from inkdigit.data.source import Source
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.evaluation.test import ask, open_and_test
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import EpochReport
from inkdigit.training.out_of_fold import part, train_without
from inkdigit.training.recognizer import TorchRecognizer
from inkdigit.training.to_the_end import Report, train_to_the_end
from inkdigit.types import Probabilities

_PASSES = 150_000  # pictures that a network should see in all: 40 epochs of 4,000


def enough_epochs(config: RunConfig, pictures: int) -> RunConfig:
    """Give a small source more epochs, so that its networks learn about as much."""
    epochs = max(config.training.epochs, math.ceil(_PASSES / max(pictures, 1)))
    return replace_training(config, epochs=min(epochs, 10 * config.training.epochs))


def replace_training(config: RunConfig, *, epochs: int) -> RunConfig:
    """Change how long is trained, and nothing else."""
    training = config.training.model_copy(update={"epochs": epochs})
    return config.model_copy(update={"training": training})


def answer_all(
    config: RunConfig, source: Source, folds: int, *, watch: Watch = ignore
) -> Probabilities:
    """Answer every training and validation picture by a network that did not learn from it.

    Identical pictures stand in one fold. Nothing is chosen; the test part stays closed.

    Args:
        config: how each network is trained.
        source: whose training and validation pictures are divided anew.
        folds: at least 2.
        watch: called with (epochs done, all epochs).

    Returns:
        (N, classes) in the order of `folds.all_but_test`.

    Raises:
        DataError: a class has fewer distinct pictures than there are folds.
    """
    everything, machine = all_but_test(source), choose_machine(config.training)
    fold_of = deal(everything, folds, config.training.seed)
    answers = np.empty((len(everything), len(source.class_names)), np.float32)
    count = _counting(watch, folds * config.training.epochs)
    for fold in range(folds):
        held = fold_of == fold
        recognizer, _ = train_without(config, source, held, machine, watch=count)
        answers[held] = ask(recognizer, part(everything, held))
    return answers


def answer_test(
    config: RunConfig, source: Source, openings: Path, *, why: str, watch: Watch = ignore
) -> Probabilities:
    """Answer the test part by a network that learned from all other pictures.

    Args:
        config: how the network is trained.
        source: the pictures.
        openings: the log into which it is written that the test part was opened.
        why: it was.
        watch: called with (epochs done, all epochs).

    Returns:
        (N, classes) in the order of the test split.
    """
    machine = choose_machine(config.training)
    everything = replace(source, train=all_but_test(source))
    count = _counting(watch, config.training.epochs)
    learner, _ = train_to_the_end(config, everything, machine, watch=count)
    recognizer = TorchRecognizer(learner.network, source.class_names)
    return open_and_test(recognizer, source.test, openings=openings, why=why).probabilities


def _counting(watch: Watch, total: int) -> Callable[[Report], None]:
    done = 0

    def count(report: Report) -> None:
        nonlocal done
        if isinstance(report, EpochReport):
            done += 1
            watch(done, total)

    return count
