"""Answers to every training picture by a network that never saw it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from inkdigit.config import RunConfig
from inkdigit.data.source import Source
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import EpochReport, Score, train
from inkdigit.training.recognizer import TorchRecognizer, ask_logits, score
from inkdigit.training.setup import set_up
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
) -> tuple[NDArray[np.float32], Labels]:
    """Train on all folds but one, answer that one, and so on.

    Nothing is chosen: every network is the one after the last epoch. The test part stays closed.

    Args:
        config: how each network is trained; the device and the threads too.
        source: its training and validation pictures are divided anew.
        folds: at least 2.
        watch: is told of every epoch.

    Returns:
        (N, outputs of the network) for all training and validation pictures, and their labels.
    """
    everything = np.concatenate((source.train.indices, source.validation.indices))
    machine = choose_machine(config.training)
    names = source.class_names
    outputs: list[NDArray[np.float32]] = []
    labels: list[Labels] = []
    for fold in range(folds):
        held = np.arange(len(everything)) % folds == fold
        learned_from = _part(source.train, everything[~held])
        asked = _part(source.validation, everything[held])
        division = replace(source, train=learned_from, validation=asked)
        setup = set_up(config, division, machine, init_from=None)
        for report in train(setup.learner, setup.batches, _judge_of(names, asked)):
            if isinstance(report, EpochReport):
                watch(FoldReport(fold + 1, report))
        outputs.append(ask_logits(TorchRecognizer(setup.learner.network, names), asked))
        labels.append(asked.labels[asked.indices])
    return np.concatenate(outputs), np.concatenate(labels)


def _part(split: Split, indices: NDArray[np.int64]) -> Split:
    return replace(split, indices=indices, sha256="")  # it is recorded nowhere


def _judge_of(names: tuple[str, ...], split: Split) -> Callable[[nn.Module], Score]:
    return lambda network: score(TorchRecognizer(network, names), split)
