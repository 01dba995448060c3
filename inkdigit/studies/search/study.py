"""A search for settings: trials over a space, scored on validation or by cross-validation.

The test part is not opened. With the samplers grid and random and without pruning, the settings
and the seed of a trial are functions of (search seed, trial number): killed and gone on with, by
however many workers, a search ends in the same table.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from inkdigit.config import RunConfig, Section, dump
from inkdigit.data.draws import Purpose, seed_for
from inkdigit.data.source import Source, open_source
from inkdigit.data.sources.watch import Watch as Reading
from inkdigit.data.sources.watch import ignore
from inkdigit.durable import recover
from inkdigit.errors import ConfigError, DivergedError, OutOfMemoryError
from inkdigit.models.catalogue import find
from inkdigit.studies import study_folder
from inkdigit.studies.search.database import has_password, sqlite_url, without_password
from inkdigit.studies.search.samplers import (
    PrunerName,
    SamplerName,
    pruner_for,
    sampler_for,
    suggest,
)
from inkdigit.studies.search.space import Space
from inkdigit.studies.search.space_file import parse_space, require_grid
from inkdigit.studies.search.trial import Folds, Score, judge
from inkdigit.studies.search.trial_store import Taken, TakenAwayError, TrialStore
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.to_the_end import Report

SPACE = "space.toml"
DATABASE = "trials.sqlite"
TRIALS = "trials"  # the folder of checkpoints of those that run
_TRAINING = 1  # the step of `Purpose.TRIAL` that seeds a training
_WAIT_S = 1.0  # between two looks at what other workers do

Metric = Literal["accuracy", "loss"]


class Plan(Section):
    """What a search does."""

    sampler: SamplerName = "random"
    trials: PositiveInt = 50
    seed: NonNegativeInt = 0
    metric: Metric = "accuracy"
    pruner: PrunerName = "none"
    folds: Annotated[int, Field(ge=0)] = 0  # 0: score on validation
    study: str = ""  # its name in the database
    storage: str | None = None  # SQLAlchemy's URL; None: the SQLite file in the folder
    secret: bool = False  # the URL has a password, which is not kept


@dataclass(frozen=True)
class TrialDone:
    """A trial is finished."""

    number: int
    point: dict[str, bool | int | float | str]
    score: Score | None  # None: it was given up
    why: str | None
    seconds: float


@dataclass(frozen=True)
class TrialBegun:
    """A trial begins, or is taken up again."""

    number: int


Event = Report | TrialBegun | TrialDone
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class Search:
    """A search as its folder has it."""

    folder: Path
    plan: Plan
    space: Space
    config: RunConfig
    source: Source
    machine: Machine
    url: str

    def store(self) -> TrialStore:
        """Reach its trials."""
        plan = self.plan
        steps = plan.folds or self.config.training.epochs
        store = TrialStore(
            self.url,
            plan.study,
            self.folder,
            maximize=plan.metric == "accuracy",
            pruner=pruner_for(plan.pruner, steps),
            sampler_for=sampler_for(plan.sampler, self.space, plan.seed),
        )
        agreed = plan.model_dump(exclude={"trials", "storage", "secret"})
        data = study_folder.data_of(self.source).model_dump(exclude={"source", "test"})
        settings = self.config.model_dump(exclude={"data": {"source"}})
        store.agree({"plan": agreed, "space": self.space.text, "config": settings, "data": data})
        return store


def begin(
    config: RunConfig,
    space: Space,
    plan: Plan,
    folder: Path,
    *,
    threads: int = 0,
    rebuild: bool = False,
    watch: Reading = ignore,
) -> None:
    """Make the folder of a search, or find the same search in it, to work along.

    Args:
        config: what the space does not name.
        space: what varies.
        plan: how it is searched; its `study` is named after the folder.
        folder: must not exist, be empty, or hold this very search.
        threads: of each worker; 0: one per core.
        rebuild: decode a folder's pictures again.
        watch: is told how many pictures are read.

    Raises:
        RunError: something else is in the way.
        ConfigError: the space does not fit the sampler.
        InkdigitError: as `open_source`.
    """
    plan = plan.model_copy(update={"study": folder.resolve().name})
    if plan.sampler == "grid":
        require_grid(space)
        plan = plan.model_copy(update={"trials": min(plan.trials, space.grid_size())})
    if plan.storage is not None:
        shown = without_password(plan.storage)  # first: it says what is no URL
        secret = has_password(plan.storage)
        plan = plan.model_copy(update={"storage": shown, "secret": secret})
    if _is_same(folder, config, space, plan):
        return
    study_folder.refuse_occupied(folder, "search")
    find(config.model.name)
    own = config.training.model_copy(update={"threads": threads} if threads else {})
    machine = choose_machine(own)
    source = open_source(config.data, rebuild=rebuild, watch=watch)
    files = {SPACE: space.text}
    study_folder.begin(folder, "search", config, source, machine, plan=plan, files=files)


def _is_same(folder: Path, config: RunConfig, space: Space, plan: Plan) -> bool:
    """Tell whether somebody has begun this very search here."""
    if not (folder / study_folder.STUDY).is_file():
        return False
    begun = study_folder.read(folder, "search")
    text = (folder / SPACE).read_text("utf-8")
    found = study_folder.parse_plan(Plan, begun.plan, folder)
    return found == plan and text == space.text and dump(begun.config) == dump(config)


def read(folder: Path, *, storage: str | None = None, trials: int | None = None) -> Search:
    """Open a search that was begun.

    Args:
        folder: that `begin` made.
        storage: the URL, where its password was not kept.
        trials: so many in all from now on, instead of those that were planned.

    Raises:
        RunError: there is none, or it is another version's.
        ConfigError: the URL is needed, or more trials than the grid has points.
        DataError: the pictures changed.
    """
    begun = study_folder.read(folder, "search")
    plan = study_folder.parse_plan(Plan, begun.plan, folder)
    space = parse_space((folder / SPACE).read_text("utf-8"), str(folder / SPACE))
    if trials is not None and trials != plan.trials:
        plan = _extended(folder, plan, space, trials)
    if plan.secret and storage is None:
        raise ConfigError(
            f"{folder} keeps its trials in {plan.storage}, whose password is not kept. Give the "
            "whole URL with --storage, or in INKDIGIT_STORAGE."
        )
    if storage is not None and without_password(storage) != plan.storage:
        raise ConfigError(
            f"--storage is another database than {folder} was begun with "
            f"({plan.storage or DATABASE}). Leave it out, or begin another search."
        )
    machine = begun.machine()
    source = open_source(begun.config.data)
    study_folder.require_same_data(folder, begun, source)
    url = storage or plan.storage or sqlite_url(folder / DATABASE)
    return Search(folder, plan, space, begun.config, source, machine, url)


def _extended(folder: Path, plan: Plan, space: Space, trials: int) -> Plan:
    if plan.sampler == "grid" and trials > space.grid_size():
        raise ConfigError(
            f"--trials {trials}: the grid has {space.grid_size()} points, expected at most so many."
        )
    if trials < plan.trials:
        raise ConfigError(
            f"--trials {trials} beside --resume: {plan.trials} are planned, expected as many or "
            "more. Leave it out."
        )
    longer = plan.model_copy(update={"trials": trials})
    study_folder.replace_plan(folder, longer)
    return longer


def work(search: Search, watch: Watch = lambda _event: None) -> None:
    """Run trials until none is left; several processes may do so at once.

    Args:
        search: what is searched.
        watch: is told of all that happens here; if it raises, the trial is left for others.

    Raises:
        RunError: the database refuses.
        InkdigitError: as training does.
    """
    with search.store() as store, store.working():
        while True:
            taken = store.take(search.plan.trials)
            if taken is not None:
                _run(search, store, taken, watch)
            elif store.left(search.plan.trials):
                time.sleep(_WAIT_S)  # another worker is at the last ones, and may die
            else:
                return


def _run(search: Search, store: TrialStore, taken: Taken, watch: Watch) -> None:
    started = time.perf_counter()
    watch(TrialBegun(taken.number))
    point = dict(suggest(taken.trial, search.space))
    checkpoints = search.folder / TRIALS / f"{taken.number:05d}"
    score, why = None, None
    try:
        with store.beating(taken):
            score, why = _judged(search, store, taken, checkpoints, watch)
        seconds = round(time.perf_counter() - started, 3)
        seed = training_seed(search.plan.seed, taken.number)
        record = {"seed": seed, "seconds": seconds} | (asdict(score) if score else {})
        if score is None:
            store.give_up(taken, record, why or "")
        else:
            store.finish(taken, record, getattr(score, search.plan.metric))
    except TakenAwayError:
        return
    except BaseException:
        store.release(taken)
        raise
    shutil.rmtree(checkpoints, ignore_errors=True)
    watch(TrialDone(taken.number, point, score, why, seconds))


def _judged(
    search: Search, store: TrialStore, taken: Taken, checkpoints: Path, watch: Watch
) -> tuple[Score | None, str | None]:
    """Train as a trial says; give its score, or why it was given up."""

    class GivenUpError(Exception):
        pass

    def report(score: Score, step: int) -> None:
        if store.report(taken, getattr(score, search.plan.metric), step):
            raise GivenUpError(step)

    checkpoints.mkdir(parents=True, exist_ok=True)
    recover(checkpoints)
    config = trial_config(search, taken)
    folds = Folds(search.plan.folds, checkpoints)
    try:
        return judge(config, search.source, search.machine, folds, report, watch), None
    except GivenUpError as given_up:
        what = "fold" if search.plan.folds else "epoch"
        return None, f"pruned after {what} {given_up.args[0]}"
    except DivergedError:
        return None, "diverged"
    except OutOfMemoryError:
        return None, "out of memory"


def trial_config(search: Search, taken: Taken) -> RunConfig:
    """Build the settings of a trial: the point and its own seed."""
    config = search.space.applied(search.config, suggest(taken.trial, search.space))
    own = {"seed": training_seed(search.plan.seed, taken.number)}
    own |= {"threads": search.machine.threads}
    return config.model_copy(update={"training": config.training.model_copy(update=own)})


def training_seed(seed: int, number: int) -> int:
    """Give the training seed of a trial: a function of the search's seed and its number."""
    return seed_for(seed, Purpose.TRIAL, number, _TRAINING) % 2**31
