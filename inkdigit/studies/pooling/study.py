"""The whole study: every variant from every seed, each trained once however often it is killed.

Nothing is chosen: all networks train alike, and the one after the last step is measured.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import PositiveInt

from inkdigit.config import RunConfig, Section, validate
from inkdigit.data.source import Source
from inkdigit.evaluation import run_record
from inkdigit.studies import study_folder
from inkdigit.studies.pieces import Pieces
from inkdigit.studies.pooling.networks import REDUCTIONS
from inkdigit.studies.pooling.training import Bench, Trained, Variant, train_one

COMMAND: study_folder.Command = "study pooling"
PIECES = "networks"


class Plan(Section):
    """What is trained."""

    seeds: PositiveInt = 3
    steps: PositiveInt = 1500
    judged: PositiveInt = 2000  # validation digits that are bent, at most

    def variants(self) -> list[Variant]:
        """List the networks: those without augmentation first."""
        return [Variant(each, augmented) for augmented in (False, True) for each in REDUCTIONS]


QUICK = Plan(seeds=2, steps=150, judged=300)


@dataclass(frozen=True)
class Done:
    """A network that is finished."""

    trained: Trained
    was_there: bool  # from before
    done: int
    total: int


Watch = Callable[[Done], None]


@dataclass(frozen=True)
class Study:
    """Everything that was measured."""

    folder: Path
    plan: Plan
    config: RunConfig
    source: Source
    threads: int
    trained: tuple[Trained, ...]  # variant after variant, each by seed


def configured(data: str | None, *, threads: int = 0) -> RunConfig:
    """Give the settings that all networks share."""
    return validate(
        {
            "data": {} if data is None else {"source": data},
            "model": {"name": "two-layer-cnn"},
            # the rate of the preset paper-cnn; clipped, so that no version can blow up
            "optimizer": {"learning_rate": 0.05, "clip_norm": 1.0},
            "training": {"batch_size": 64, "epochs": 1, "threads": threads},
        }
    )


def begin(config: RunConfig, plan: Plan, folder: Path) -> None:
    """Make the folder of a study, ready for `go_on`.

    Args:
        config: that all networks share.
        plan: how long and how often.
        folder: must not exist, or be empty.

    Raises:
        RunError: something is in the way.
        InkdigitError: as `open_source`.
    """
    study_folder.begin_empty(folder, COMMAND, config, plan)


def go_on(folder: Path, watch: Watch = lambda _done: None) -> Study:
    """Train the networks that are not finished, and give the results of all.

    Args:
        folder: that `begin` made.
        watch: is told of every network.

    Raises:
        RunError: there is no such study, another version's, or another process is at it.
        DataError: the pictures changed.
    """
    with study_folder.going_on(folder, COMMAND, Plan) as begun:
        bench = Bench.set_up(begun.source, begun.machine, begun.plan.judged)
        trained = []
        for done in _train_all(folder, begun.plan, begun.config, bench):
            watch(done)
            trained.append(done.trained)
    return Study(
        *(folder, begun.plan, begun.config, begun.source, begun.machine.threads),
        trained=tuple(trained),
    )


def _train_all(folder: Path, plan: Plan, config: RunConfig, bench: Bench) -> Iterator[Done]:
    pieces = Pieces(folder / PIECES)
    variants = plan.variants()
    for place, variant in enumerate(variants):
        for seed in range(plan.seeds):
            name = f"{variant.name}-seed-{seed}"
            kept = pieces.get(name, Trained)
            trained = kept or train_one(
                bench,
                variant,
                config,
                seed=seed,
                steps=plan.steps,
                openings=folder / run_record.OPENINGS,
            )
            if kept is None:
                pieces.keep(name, trained)
            number = place * plan.seeds + seed + 1
            yield Done(trained, kept is not None, number, len(variants) * plan.seeds)
