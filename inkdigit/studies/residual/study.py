"""The whole study: every design from every seed, each trained once however often it is killed.

Nothing is chosen by the test split; the learning rate of a design is chosen by the training loss
of short trainings, with seeds of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import PositiveInt

from inkdigit.config import RunConfig, Section, validate
from inkdigit.data.source import Source
from inkdigit.errors import ConfigError
from inkdigit.evaluation import run_record
from inkdigit.studies import study_folder
from inkdigit.studies.pieces import Pieces
from inkdigit.studies.residual.networks import KINDS, Design, require_depth
from inkdigit.studies.residual.results import Chosen, Trained
from inkdigit.studies.residual.training import Bench, choose_rate, train_one

COMMAND: study_folder.Command = "study residual"
PIECES = "networks"


class Plan(Section):
    """What is trained."""

    depths: tuple[PositiveInt, ...] = (8, 20, 32, 56)
    seeds: PositiveInt = 3
    steps: PositiveInt = 1500

    def designs(self) -> list[Design]:
        """List the networks, the shallow ones first."""
        return [
            Design(kind, batchnorm, depth)
            for depth in self.depths
            for batchnorm in (False, True)
            for kind in KINDS
        ]


QUICK = Plan(depths=(8, 56), seeds=2, steps=150)


@dataclass(frozen=True)
class Step:
    """A step of a training."""

    design: Design
    seed: int
    step: int
    steps: int
    networks: int  # in the whole study


@dataclass(frozen=True)
class Done:
    """A network that is finished."""

    trained: Trained
    was_there: bool  # from before
    done: int
    total: int


Event = Step | Done
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class Study:
    """Everything that was measured."""

    folder: Path
    plan: Plan
    config: RunConfig
    source: Source
    threads: int
    chosen: dict[Design, Chosen]
    trained: tuple[Trained, ...]  # design after design, each by seed


def configured(data: str | None, *, threads: int = 0, device: str = "auto") -> RunConfig:
    """Give the settings that all networks share."""
    return validate(
        {
            "data": {} if data is None else {"source": data},
            "model": {"name": "plain-or-residual"},
            "training": {"batch_size": 64, "epochs": 1, "threads": threads, "device": device},
        }
    )


def begin(config: RunConfig, plan: Plan, folder: Path) -> None:
    """Make the folder of a study, ready for `go_on`.

    Args:
        config: that all networks share.
        plan: which networks, how long, how often.
        folder: must not exist, or be empty.

    Raises:
        RunError: something is in the way.
        ConfigError: there are no networks of such a depth, or only one depth.
        InkdigitError: as `open_source`.
    """
    for depth in plan.depths:
        require_depth(depth)
    if len(set(plan.depths)) < 2:
        raise ConfigError(
            f"depths {plan.depths}, expected at least two different ones to compare. Leave "
            "--depth out for 8, 20, 32 and 56."
        )
    study_folder.begin_empty(folder, COMMAND, config, plan)


def go_on(folder: Path, watch: Watch = lambda _event: None) -> Study:
    """Train the networks that are not finished, and give the results of all.

    Args:
        folder: that `begin` made.
        watch: is told of every step and network.

    Raises:
        RunError: there is no such study, another version's, or another process is at it.
        DataError: the pictures changed.
    """
    with study_folder.going_on(folder, COMMAND, Plan) as begun:
        bench = Bench.set_up(begun.source, begun.machine)
        work = _Work(folder, begun.plan, begun.config, bench)
        pieces = Pieces(folder / PIECES)
        chosen: dict[Design, Chosen] = {}
        trained = []
        for done in _train_all(work, pieces, chosen, watch):
            watch(done)
            trained.append(done.trained)
    return Study(
        *(folder, begun.plan, begun.config, begun.source, begun.machine.threads),
        chosen=chosen,
        trained=tuple(trained),
    )


@dataclass(frozen=True)
class _Work:
    folder: Path
    plan: Plan
    config: RunConfig
    bench: Bench


def _train_all(
    work: _Work, pieces: Pieces, chosen: dict[Design, Chosen], watch: Watch
) -> Iterator[Done]:
    designs, seeds = work.plan.designs(), work.plan.seeds
    total = len(designs) * seeds
    for place, design in enumerate(designs):
        chosen[design] = _chosen(work, pieces, design)
        for seed in range(seeds):
            name = f"{design.name}-seed-{seed}"
            kept = pieces.get(name, Trained)
            trained = kept or _train(work, design, chosen[design], seed, watch)
            if kept is None:
                pieces.keep(name, trained)
            yield Done(trained, kept is not None, place * seeds + seed + 1, total)


def _chosen(work: _Work, pieces: Pieces, design: Design) -> Chosen:
    name = f"{design.name}-rate"
    chosen = pieces.get(name, Chosen)
    if chosen is None:
        chosen = choose_rate(work.bench, design, work.config, work.plan.steps)
        pieces.keep(name, chosen)
    return chosen


def _train(work: _Work, design: Design, chosen: Chosen, seed: int, watch: Watch) -> Trained:
    networks = len(work.plan.designs()) * work.plan.seeds
    return train_one(
        work.bench,
        design,
        work.config,
        seed=seed,
        rate=chosen.learning_rate,
        steps=work.plan.steps,
        openings=work.folder / run_record.OPENINGS,
        watch=lambda step, steps: watch(Step(design, seed, step, steps, networks)),
    )
