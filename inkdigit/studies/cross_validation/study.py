"""Stratified k-fold cross-validation, once or repeated; nothing is chosen, no test part opened.

Each network learns from all folds but one, for all its epochs, and is asked about that one. A
finished fold is kept and never trained again; one that was killed goes on from its last
checkpoint.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from inkdigit.config import RunConfig, Section
from inkdigit.data.folds import all_but_test, deal
from inkdigit.data.source import Source, gather, open_source
from inkdigit.data.sources.watch import Watch as Reading
from inkdigit.data.sources.watch import ignore
from inkdigit.durable import recover, write_bytes
from inkdigit.models.catalogue import find
from inkdigit.studies import study_folder
from inkdigit.studies.cross_validation import fold_answers
from inkdigit.studies.cross_validation.agreement import Agreement, agree
from inkdigit.studies.cross_validation.fold_answers import FoldAnswers, FoldScore
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.loop import EpochReport, StepReport
from inkdigit.training.out_of_fold import train_without
from inkdigit.training.recognizer import ask_logits
from inkdigit.types import Split

FOLDS = "folds"  # the folder of those that are finished


class Plan(Section):
    """How often the pictures are dealt, and into how many folds."""

    folds: Annotated[int, Field(ge=2, description="networks of one repeat")] = 5
    repeats: Annotated[int, Field(ge=1, description="times that the pictures are dealt")] = 1

    def networks(self) -> list[tuple[int, int]]:
        """Name every network by repeat and fold, both from 1."""
        return [(r + 1, f + 1) for r in range(self.repeats) for f in range(self.folds)]


@dataclass(frozen=True)
class FoldDone:
    """A fold is finished, now or before."""

    score: FoldScore
    seconds: float
    was_there: bool  # kept by an earlier process


Event = StepReport | EpochReport | FoldDone
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class CrossValidation:
    """Everything that the networks of all folds said."""

    folder: Path
    plan: Plan
    config: RunConfig
    source: Source
    machine: Machine
    pictures: Split  # all but the test part
    folds: tuple[FoldAnswers, ...]  # repeat after repeat
    outputs: NDArray[np.float32]  # (repeats, N, outputs), each by a network that did not learn it
    agreement: Agreement

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each row of the source is called."""
        return gather(self.config.data).names

    @property
    def seconds(self) -> float:
        """Of all trainings, whichever process did them."""
        return sum(fold.seconds for fold in self.folds)


def begin(
    config: RunConfig, plan: Plan, folder: Path, *, rebuild: bool = False, watch: Reading = ignore
) -> None:
    """Make the folder of a cross-validation, ready for `go_on`.

    Args:
        config: how every network is trained.
        plan: folds and repeats.
        folder: must not exist, or be empty.
        rebuild: decode a folder's pictures again.
        watch: is told how many pictures are read.

    Raises:
        RunError: something is in the way.
        DataError: a class has fewer pictures than there are folds.
        InkdigitError: as `open_source`.
    """
    study_folder.refuse_occupied(folder, "cross-validate")
    find(config.model.name)
    machine = choose_machine(config.training)
    source = open_source(config.data, rebuild=rebuild, watch=watch)
    deal(all_but_test(source), plan.folds, config.data.split_seed)
    study_folder.begin(folder, "cross-validate", config, source, machine, plan=plan)


def go_on(folder: Path, watch: Watch = lambda _event: None) -> CrossValidation:
    """Train the folds that are not finished, and put all of them together.

    Args:
        folder: that `begin` made.
        watch: is told of every step, epoch and fold.

    Raises:
        RunError: there is no cross-validation, another version's, or another process is at it.
        DataError: the pictures changed.
        CheckpointError: a finished fold is damaged.
        InkdigitError: as training does.
    """
    with study_folder.going_on(folder, "cross-validate", Plan) as begun:
        pictures, plan = all_but_test(begun.source), begun.plan
        study = _Study(folder / FOLDS, plan, begun.config, begun.source, pictures, begun.machine)
        folds = []
        for repeat, fold in plan.networks():
            answers, was_there = _one(study, repeat, fold, watch)
            folds.append(answers)
            watch(FoldDone(answers.score, answers.seconds, was_there))
        outputs = _outputs(folds, plan, len(pictures))
        agreement = agree(folds, pictures.labels[pictures.indices], plan.repeats)
        found = CrossValidation(
            *(folder, plan, begun.config, begun.source, begun.machine, pictures),
            folds=tuple(folds),
            outputs=outputs,
            agreement=agreement,
        )
        write_bytes(folder / study_folder.PREDICTIONS, _predictions(found))
    return found


@dataclass(frozen=True)
class _Study:
    place: Path  # of the folds
    plan: Plan
    config: RunConfig
    source: Source
    pictures: Split
    machine: Machine


def _one(study: _Study, repeat: int, fold: int, watch: Watch) -> tuple[FoldAnswers, bool]:
    """Give what a fold left behind, trained now if it is not there."""
    place = study.place / f"repeat-{repeat}-fold-{fold}"
    checkpoints = study.place / f"{place.name}-checkpoints"
    was_there = place.is_dir()
    if not was_there:
        study.place.mkdir(exist_ok=True)
        recover(study.place)
        fold_answers.write(place, _train(study, repeat, fold, checkpoints, watch))
    shutil.rmtree(checkpoints, ignore_errors=True)
    return fold_answers.read(place), was_there


def _train(study: _Study, repeat: int, fold: int, checkpoints: Path, watch: Watch) -> FoldAnswers:
    started = perf_counter()
    config, plan, pictures = study.config, study.plan, study.pictures
    dealt = deal(pictures, plan.folds, config.data.split_seed, repeat - 1)
    held = dealt == fold - 1
    # a seed for each network: what differs between them is chance of every kind
    seed = config.training.seed + (repeat - 1) * plan.folds + fold - 1
    own = config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
    recognizer, score = train_without(
        own, study.source, held, study.machine, checkpoints=checkpoints, watch=watch
    )
    outputs = ask_logits(recognizer, pictures)  # also of those it learned from: see `agreement`
    classes = len(pictures.class_names)
    return FoldAnswers(
        score=FoldScore(repeat, fold, seed, score.accuracy, score.loss, score.wrong, score.total),
        held=np.flatnonzero(held),
        outputs=outputs[held],
        predicted=outputs[:, :classes].argmax(axis=1).astype(np.int32),
        seconds=perf_counter() - started,
    )


def _outputs(folds: list[FoldAnswers], plan: Plan, pictures: int) -> NDArray[np.float32]:
    outputs = np.empty((plan.repeats, pictures, folds[0].outputs.shape[1]), np.float32)
    for answers in folds:
        outputs[answers.score.repeat - 1, answers.held] = answers.outputs
    return outputs


def _predictions(found: CrossValidation) -> bytes:
    """Pack what every network said; docs/cross-validation-and-search.md describes the arrays."""
    fold_of = np.empty(found.outputs.shape[:2], np.int32)
    for answers in found.folds:
        fold_of[answers.score.repeat - 1, answers.held] = answers.score.fold
    return fold_answers.packed(
        {
            "class_names": np.array(found.pictures.class_names),
            "rows": found.pictures.indices,
            "labels": found.pictures.labels[found.pictures.indices],
            "fold": fold_of,
            "outputs": found.outputs,
            "predicted": np.stack([answers.predicted for answers in found.folds]),
        }
    )
