"""The trials of a search in a database, taken and finished by any number of processes.

A trial's number is its place in the plan. It is made once; whoever runs it writes a name into it
and beats. A trial whose worker is dead is taken up again under its own number, with the values
that it had, so no number is missing and none is there twice. Optuna keeps the tables.
"""

import json
import logging
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any
from uuid import uuid4

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from inkdigit.durable import claim, is_claimed
from inkdigit.errors import InkdigitError, RunError
from inkdigit.studies.search.database import answering, connect_arguments

_WORKERS = "workers"  # a folder for each worker of this machine, claimed while it lives
_OWNER, _SCORE, _WHY = "worker", "score", "why"
_NOBODY = ""
BEAT_S, SILENCE_S = 15, 90  # a worker on another machine is dead after so long a silence

_log = logging.getLogger(__name__)


class TakenAwayError(InkdigitError):
    """Another worker took this one for dead, and goes on with its trial."""


@dataclass(frozen=True)
class Taken:
    """A trial that this worker runs."""

    trial: optuna.Trial
    number: int


class TrialStore:
    """One search's trials. Use it in a `with`.

    Args:
        url: of the database, as SQLAlchemy has it.
        name: of the search in it.
        folder: of the search on this machine.
        maximize: larger values are better.
        pruner: what gives up on a trial.
        sampler_for: makes what chooses the values of a trial, by its number.
    """

    def __init__(
        self,
        url: str,
        name: str,
        folder: Path,
        *,
        maximize: bool,
        pruner: optuna.pruners.BasePruner,
        sampler_for: Callable[[int], BaseSampler],
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # it would tell of every trial itself
        self._url, self._folder, self._sampler_for = url, folder, sampler_for
        self._owner = uuid4().hex
        with answering(url), warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # its heartbeat
            self._database = _open(url)
            with claim(folder, wait=True):
                self._study = optuna.create_study(
                    storage=self._database,
                    study_name=name,
                    direction="maximize" if maximize else "minimize",
                    pruner=pruner,
                    load_if_exists=True,
                )
        self._storage = self._study._storage  # with its cache, which must know of every trial
        self._id = self._database.get_study_id_from_name(name)
        self._name = name

    def __enter__(self) -> "TrialStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the database."""
        self._database.engine.dispose()

    @property
    def study(self) -> optuna.Study:
        """What Optuna calls a study: for its measures of importance."""
        return self._study

    def agree(self, plan: dict[str, Any]) -> None:
        """Write down what is searched, or see to it that it is what the others search.

        Raises:
            RunError: another search has this name in this database.
        """
        with answering(self._url), claim(self._folder, wait=True):
            written = json.dumps(plan, sort_keys=True)
            found = self._study.user_attrs.get("plan")
            if found is None:
                self._study.set_user_attr("plan", written)
            elif found != written:
                raise RunError(
                    f"the database holds another search named {self._name!r}, expected the same "
                    "space, settings, seed and pictures. Name another folder with -o."
                )

    @contextmanager
    def working(self) -> Iterator[None]:
        """Be a worker that others on this machine know to be alive."""
        place = self._folder / _WORKERS / self._owner
        place.mkdir(parents=True)
        with claim(place):
            yield
        place.rmdir()  # after a kill it stays, and says that its worker is dead

    def take(self, total: int) -> Taken | None:
        """Take a trial of a dead worker, or the next one; None if there is none to take now.

        Args:
            total: how many there are to be.
        """
        with answering(self._url), claim(self._folder, wait=True):
            trials = self._trials()
            silent = set(self._database._get_stale_trial_ids(self._id))
            for trial in trials:
                if trial.number < total and self._is_left(trial, silent):
                    if trial.user_attrs[_OWNER] != _NOBODY:
                        _log.warning("trial %d is taken up again", trial.number)
                    self._storage.set_trial_user_attr(trial._trial_id, _OWNER, self._owner)
                    return self._begin(trial._trial_id, trial.number)
            if len(trials) >= total:
                return None
            mine = create_trial(state=TrialState.RUNNING, user_attrs={_OWNER: self._owner})
            trial_id = self._storage.create_new_trial(self._id, template_trial=mine)
            number = self._storage.get_trial(trial_id).number
            if number >= total:  # another machine was quicker; should more be wanted, it is there
                self._storage.set_trial_user_attr(trial_id, _OWNER, _NOBODY)
                return None
            return self._begin(trial_id, number)

    def left(self, total: int) -> int:
        """Count the trials that are not finished."""
        with answering(self._url):
            finished = [t for t in self._trials() if t.number < total and t.state.is_finished()]
        return total - len(finished)

    @contextmanager
    def beating(self, taken: Taken) -> Iterator[None]:
        """Tell other machines, again and again, that the trial's worker is alive."""
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT_S):
                with suppress(SQLAlchemyError):  # it may answer the next time
                    self._database.record_heartbeat(taken.trial._trial_id)

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def report(self, taken: Taken, value: float, step: int) -> bool:
        """Write down how a trial does; tell whether to give it up.

        Raises:
            TakenAwayError: it is another worker's now.
        """
        with answering(self._url):
            known = self._owned(taken).intermediate_values
            if step not in known:  # it was written before the trial was taken up again
                taken.trial.report(value, step)
            return taken.trial.should_prune()

    def finish(self, taken: Taken, score: dict[str, Any], value: float) -> None:
        """Write down how a trial came out."""
        self._close(taken, TrialState.COMPLETE, score, value)

    def give_up(self, taken: Taken, score: dict[str, Any], why: str) -> None:
        """Write down that a trial was given up, and why."""
        with answering(self._url):
            taken.trial.set_user_attr(_WHY, why)
        self._close(taken, TrialState.PRUNED, score, None)

    def release(self, taken: Taken) -> None:
        """Leave an unfinished trial to whoever comes next."""
        with answering(self._url):
            if self._frozen(taken).user_attrs.get(_OWNER) == self._owner:
                taken.trial.set_user_attr(_OWNER, _NOBODY)

    def trials(self) -> list[FrozenTrial]:
        """Give all trials, by number."""
        with answering(self._url):
            return self._trials()

    def tidy(self) -> None:
        """Remove what dead workers of this machine left, once no trial is theirs."""
        for place in self._folder.glob(f"{_WORKERS}/*"):
            if is_claimed(place) is False:
                shutil.rmtree(place, ignore_errors=True)

    def _begin(self, trial_id: int, number: int) -> Taken:
        self._database.record_heartbeat(trial_id)
        self._study.sampler = self._sampler_for(number)
        return Taken(optuna.Trial(self._study, trial_id), number)

    def _close(
        self, taken: Taken, state: TrialState, score: dict[str, Any], value: float | None
    ) -> None:
        with answering(self._url):
            self._owned(taken)
            taken.trial.set_user_attr(_SCORE, score)
            self._study.tell(taken.trial, value, state=state, skip_if_finished=True)

    def _owned(self, taken: Taken) -> FrozenTrial:
        frozen = self._frozen(taken)
        if frozen.state.is_finished() or frozen.user_attrs.get(_OWNER) != self._owner:
            raise TakenAwayError(f"trial {taken.number} is run by another worker now.")
        return frozen

    def _frozen(self, taken: Taken) -> FrozenTrial:
        return self._storage.get_trial(taken.trial._trial_id)

    def _trials(self) -> list[FrozenTrial]:
        found = self._storage.get_all_trials(self._id, deepcopy=False)
        return sorted(found, key=lambda trial: trial.number)

    def _is_left(self, trial: FrozenTrial, silent: set[int]) -> bool:
        """Tell whether nobody runs a trial that somebody began."""
        if trial.state != TrialState.RUNNING:
            return False
        owner = trial.user_attrs.get(_OWNER, _NOBODY)
        if owner == _NOBODY:
            return True
        place = self._folder / _WORKERS / owner
        alive = is_claimed(place) if place.is_dir() else None
        return trial._trial_id in silent if alive is None else not alive


def _open(url: str) -> RDBStorage:
    """Open a database, with its tables; another machine may be making them at this moment."""
    for wait_s in (0.5, 2.0, None):
        try:
            return RDBStorage(
                url,
                engine_kwargs=connect_arguments(url),
                heartbeat_interval=BEAT_S,
                grace_period=SILENCE_S,
            )
        except (IntegrityError, ProgrammingError):  # they are there already
            if wait_s is None:
                raise
            sleep(wait_s)
    raise AssertionError("the last attempt returns or raises")
