"""Trials in a database: each number once, none lost, whoever dies. Nothing is trained here."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from optuna.pruners import NopPruner
from optuna.trial import TrialState

from inkdigit.errors import ConfigError, RunError
from inkdigit.studies.search import trial_store
from inkdigit.studies.search.database import answering, has_password, sqlite_url, without_password
from inkdigit.studies.search.samplers import sampler_for, suggest
from inkdigit.studies.search.space_file import parse_space
from inkdigit.studies.search.trial_store import TakenAwayError, TrialStore

SPACE = parse_space("[optimizer]\nlearning_rate = { low = 0.1, high = 1 }", "mine.toml")
SCORE = {"accuracy": 0.5, "loss": 1.0, "wrong": 1, "total": 2}
Open = Callable[..., TrialStore]


class KilledError(Exception):
    pass


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Open]:
    """Open the one search of these tests; `machine` has a folder of its own."""
    with ExitStack() as stack:

        def open_one(machine: str = "here") -> TrialStore:
            folder = tmp_path / machine
            folder.mkdir(exist_ok=True)
            store = TrialStore(
                *(sqlite_url(tmp_path / "trials.sqlite"), "mine", folder),
                maximize=True,
                pruner=NopPruner(),
                sampler_for=sampler_for("random", SPACE, 0),
            )
            return stack.enter_context(store)

        yield open_one


def killed_after_taking(store: TrialStore) -> int:
    """Take a trial and die, as far as the others can see."""
    numbers = []

    def work() -> None:
        with store.working():
            taken = store.take(9)
            assert taken is not None
            suggest(taken.trial, SPACE)
            store.report(taken, 0.3, 1)
            numbers.append(taken.number)
            raise KilledError

    with pytest.raises(KilledError):
        work()
    return numbers[0]


def test_two_workers_never_get_the_same_number(open_store: Open) -> None:
    a, b = open_store(), open_store()
    with a.working(), b.working():
        found = [store.take(4) for store in (a, b, b, a)]
        assert [taken.number for taken in found if taken] == [0, 1, 2, 3]
        assert a.take(4) is None
        assert b.left(4) == 4


def test_a_dead_workers_trial_is_taken_up_under_its_own_number(open_store: Open) -> None:
    assert killed_after_taking(open_store()) == 0
    other = open_store()
    with other.working():
        taken = other.take(9)
        assert taken is not None
        assert taken.number == 0
        point = suggest(taken.trial, SPACE)
        assert point == SPACE.random_point(0, 0)
        assert not other.report(taken, 0.3, 1)  # it was reported before the death
        other.finish(taken, SCORE, 0.5)
        following = other.take(9)
    assert following is not None
    assert following.number == 1
    first = other.trials()[0]
    assert (first.state, first.value) == (TrialState.COMPLETE, 0.5)


def test_a_living_workers_trial_is_left_alone(open_store: Open) -> None:
    a, b = open_store(), open_store()
    with a.working():
        assert a.take(1) is not None
        assert b.take(1) is None


def test_a_finished_trial_is_never_taken_again(open_store: Open) -> None:
    store = open_store()
    with store.working():
        for number in range(3):
            taken = store.take(3)
            assert taken is not None
            assert taken.number == number
            if number == 1:
                store.give_up(taken, {}, "diverged")
            else:
                store.finish(taken, SCORE, 0.5)
        assert store.take(3) is None
    assert open_store().left(3) == 0


def test_another_machines_worker_is_dead_after_a_long_silence(
    open_store: Open, tmp_path: Path
) -> None:
    assert killed_after_taking(open_store("there")) == 0
    here = open_store("here")
    with here.working():
        fresh = here.take(9)
        assert fresh is not None
        assert fresh.number == 1  # 0 has only just been begun
        with sqlite3.connect(tmp_path / "trials.sqlite") as database:
            database.execute("update trial_heartbeats set heartbeat = datetime('now', '-1 hour')")
        database.close()
        here._database.record_heartbeat(fresh.trial._trial_id)
        again = here.take(9)
    assert again is not None
    assert again.number == 0


def test_who_was_taken_for_dead_records_nothing(open_store: Open) -> None:
    slow, quick = open_store("there"), open_store("here")
    with slow.working():
        mine = slow.take(1)
        assert mine is not None
        slow._storage.set_trial_user_attr(mine.trial._trial_id, "worker", quick._owner)
        with pytest.raises(TakenAwayError):
            slow.report(mine, 0.1, 1)
        with pytest.raises(TakenAwayError):
            slow.finish(mine, SCORE, 0.1)
    assert slow.trials()[0].state == TrialState.RUNNING


def test_a_released_trial_waits_for_nobody(open_store: Open) -> None:
    a, b = open_store("there"), open_store("here")
    with a.working():
        mine = a.take(1)
        assert mine is not None
        a.release(mine)
    with b.working():
        taken = b.take(1)
        assert taken is not None
        assert taken.number == 0


def test_what_dead_workers_left_is_tidied_up(open_store: Open, tmp_path: Path) -> None:
    killed_after_taking(open_store())
    store = open_store()
    with store.working():
        assert len(list((tmp_path / "here" / "workers").iterdir())) == 2
        store.tidy()
        assert [p.name for p in (tmp_path / "here" / "workers").iterdir()] == [store._owner]


def test_another_search_of_the_same_name_is_refused(open_store: Open) -> None:
    open_store().agree({"seed": 0})
    open_store("there").agree({"seed": 0})
    with pytest.raises(RunError, match=r"another search named 'mine'.*-o"):
        open_store().agree({"seed": 1})


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none/trials.sqlite"
    with pytest.raises(RunError, match=r"unable to open database file.*--resume"):
        TrialStore(
            *(url, "mine", tmp_path),
            maximize=True,
            pruner=NopPruner(),
            sampler_for=sampler_for("random", SPACE, 0),
        )


def test_passwords_are_neither_shown_nor_kept() -> None:
    url = "postgresql+psycopg://me:secret@host:5432/trials"
    assert has_password(url)
    assert without_password(url) == "postgresql+psycopg://me@host:5432/trials"
    assert not has_password("postgresql://me@host/trials")


@pytest.mark.parametrize("url", ["nonsense", "", "no database"])
def test_what_is_no_url_is_told(url: str) -> None:
    with pytest.raises(ConfigError, match="no SQLAlchemy URL"), answering(url):
        pass


def test_beats_are_more_frequent_than_what_counts_as_silence() -> None:
    assert 3 * trial_store.BEAT_S < trial_store.SILENCE_S
