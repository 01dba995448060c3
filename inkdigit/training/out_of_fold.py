"""Answers to every training picture by a network that never saw it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from inkdigit.config import RunConfig
from inkdigit.data.folds import all_but_test
from inkdigit.data.source import Source
from inkdigit.durable import write_bytes
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.loop import EpochReport, Score
from inkdigit.training.recognizer import TorchRecognizer, ask_logits
from inkdigit.training.to_the_end import Report, train_to_the_end
from inkdigit.types import Labels, Split


@dataclass(frozen=True)
class FoldReport:
    """One epoch of one fold."""

    fold: int  # from 1
    epoch: EpochReport


def answer_out_of_fold(
    config: RunConfig,
    source: Source,
    folds: int,
    watch: Callable[[FoldReport], None] = lambda _report: None,
    *,
    kept: Path | None = None,
) -> tuple[NDArray[np.float32], Labels]:
    """Train on all folds but one, answer that one, and so on.

    Nothing is chosen: every network is the one after the last epoch. The test part stays closed.

    Args:
        config: how each network is trained; the device and the threads too.
        source: its training and validation pictures are divided anew.
        folds: at least 2.
        watch: is told of every epoch.
        kept: a folder for these settings alone, where answers and checkpoints are kept; what is
            finished there is not done again, and what is not goes on from its last step.

    Returns:
        (N, outputs of the network) for all training and validation pictures, and their labels.
    """
    everything = all_but_test(source)
    machine = choose_machine(config.training)
    outputs: list[NDArray[np.float32]] = []
    labels: list[Labels] = []
    for fold in range(folds):

        def tell(report: Report, number: int = fold + 1) -> None:
            if isinstance(report, EpochReport):
                watch(FoldReport(number, report))

        held = np.arange(len(everything)) % folds == fold
        asked = part(everything, held)
        place = None if kept is None else kept / f"fold-{fold + 1}-of-{folds}"
        answers = None if place is None else place.with_suffix(".safetensors")
        if answers is not None and answers.is_file():
            outputs.append(load_file(answers)["outputs"])
        else:
            recognizer, _ = train_without(
                config, source, held, machine, checkpoints=place, watch=tell
            )
            outputs.append(ask_logits(recognizer, asked))
            if answers is not None:
                write_bytes(answers, save({"outputs": outputs[-1]}))
        labels.append(asked.labels[asked.indices])
    return np.concatenate(outputs), np.concatenate(labels)


def train_without(
    config: RunConfig,
    source: Source,
    held: NDArray[np.bool_],
    machine: Machine,
    *,
    checkpoints: Path | None = None,
    watch: Callable[[Report], None] = lambda _report: None,
) -> tuple[TorchRecognizer, Score]:
    """Train on everything but one fold, to the last epoch.

    Args:
        config: how the network is trained.
        source: whose training and validation pictures are divided anew.
        held: (N,) which of `all_but_test(source)` are not learned from.
        machine: where and how precisely to compute.
        checkpoints: as for `train_to_the_end`.
        watch: as for `train_to_the_end`.

    Returns:
        What answers, and its score on the fold that was held out.
    """
    everything = all_but_test(source)
    division = replace(
        source,
        train=part(everything, ~held),
        validation=replace(part(everything, held), name="validation"),
    )
    learner, found = train_to_the_end(
        config, division, machine, checkpoints=checkpoints, watch=watch
    )
    return TorchRecognizer(learner.network, source.class_names), found


def part(split: Split, chosen: NDArray[np.bool_]) -> Split:
    """Keep some pictures of a split, in their order."""
    return replace(split, indices=split.indices[chosen], sha256="")  # it is recorded nowhere
