"""How good one configuration is: on validation, or by cross-validation; never on test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigit.config import RunConfig
from inkdigit.data.folds import all_but_test, deal
from inkdigit.data.source import Source
from inkdigit.training import loop
from inkdigit.training.device import Machine
from inkdigit.training.loop import EpochReport
from inkdigit.training.out_of_fold import train_without
from inkdigit.training.to_the_end import Report, train_to_the_end


@dataclass(frozen=True)
class Score:
    """How the networks of a trial do on pictures that they did not learn from."""

    accuracy: float
    loss: float  # mean cross-entropy, without label smoothing
    wrong: int
    total: int

    @classmethod
    def of(cls, scores: list[loop.Score]) -> "Score":
        """Join the scores of folds; each picture counts once."""
        total, wrong = sum(s.total for s in scores), sum(s.wrong for s in scores)
        loss = float(np.average([s.loss for s in scores], weights=[s.total for s in scores]))
        return cls((total - wrong) / total, loss, wrong, total)


@dataclass(frozen=True)
class Folds:
    """How a configuration is judged."""

    count: int  # 0: on validation
    checkpoints: Path  # where a training that is killed can be gone on from


def judge(
    config: RunConfig,
    source: Source,
    machine: Machine,
    folds: Folds,
    report: Callable[[Score, int], None],
    watch: Callable[[Report], None],
) -> Score:
    """Train as configured, to the last epoch, and judge.

    Args:
        config: of every network.
        source: whose test part stays closed.
        machine: where and how precisely to compute.
        folds: how it is judged.
        report: is told how it does after every epoch or fold, from 1; it may raise.
        watch: is told of every step and epoch.
    """
    if not folds.count:

        def each(found: Report) -> None:
            if isinstance(found, EpochReport):
                report(Score.of([found.validation]), found.epoch)
            watch(found)

        _, score = train_to_the_end(
            config, source, machine, checkpoints=folds.checkpoints / "whole", watch=each
        )
        return Score.of([score])
    scores: list[loop.Score] = []
    dealt = deal(all_but_test(source), folds.count, config.data.split_seed)
    for fold in range(folds.count):
        place = folds.checkpoints / f"fold-{fold + 1}"
        _, score = train_without(
            config, source, dealt == fold, machine, checkpoints=place, watch=watch
        )
        scores.append(score)
        report(Score.of(scores), fold + 1)
    return Score.of(scores)
