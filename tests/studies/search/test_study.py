"""A search: killed, shared and gone on with, it ends in the same table; the test stays closed."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigit.config import RunConfig, dump, load
from inkdigit.errors import ConfigError, DataError, LostWorkerError, RunError
from inkdigit.studies.search import result as search_result
from inkdigit.studies.search.report import write_report
from inkdigit.studies.search.result import Found
from inkdigit.studies.search.space_file import parse_space
from inkdigit.studies.search.study import (
    Event,
    Plan,
    Search,
    TrialBegun,
    TrialDone,
    begin,
    read,
    training_seed,
    work,
)
from inkdigit.studies.search.workers import work_together
from tests.evaluation.html_check import read_offline_page
from tests.faults import Victim
from tests.training.conftest import config_for

TEXT = """
[optimizer]
learning_rate = { low = 0.01, high = 0.5, log = true, points = 3 }
name = ["sgd", "adamw"]
"""
SPACE = parse_space(TEXT, "mine.toml")


class KilledError(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all of these tests: the folder is packed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def config(pictures: Path) -> RunConfig:
    return config_for(pictures, training={"epochs": 2})


def start(config: RunConfig, folder: Path, plan: Plan) -> Search:
    begin(config, SPACE, plan, folder, threads=1)
    return read(folder)


def finish(search: Search) -> Found:
    work(search)
    found = search_result.collect(search)
    search_result.write(search, found)
    return found


def table(folder: Path) -> str:
    return (folder / "trials.csv").read_text()


def killed_in(search: Search, number: int, epoch: int) -> None:
    """Work until a trial is in an epoch, and die as if by a signal."""
    running: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, TrialBegun):
            running.append(event.number)
        at = getattr(event, "epoch", 0)
        if running[-1] == number and at == epoch and not isinstance(event, TrialDone):
            raise KilledError

    with pytest.raises(KilledError):
        work(search, watch)


@pytest.fixture(scope="module")
def whole(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a random search of four trials that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole") / "mine"
    finish(start(config_for(pictures, training={"epochs": 2}), folder, Plan(trials=4)))
    return folder


def test_settings_and_seeds_are_functions_of_the_number(whole: Path) -> None:
    rows = list(csv.DictReader(table(whole).splitlines()))
    assert [int(row["trial"]) for row in rows] == [0, 1, 2, 3]
    for number, row in enumerate(rows):
        point = SPACE.random_point(0, number)
        assert row["optimizer.learning_rate"] == str(point["optimizer.learning_rate"])
        assert row["optimizer.name"] == point["optimizer.name"]
        assert int(row["seed"]) == training_seed(0, number)
        assert int(row["total"]) == len(read(whole).source.validation)


def test_the_same_search_gives_the_same_table_also_if_it_is_begun_twice(
    whole: Path, config: RunConfig, tmp_path: Path
) -> None:
    search = start(config, tmp_path / "mine", Plan(trials=4))
    killed_in(search, 2, epoch=2)
    finish(start(config, tmp_path / "mine", Plan(trials=4)))  # the same command once more
    assert table(tmp_path / "mine") == table(whole)


@pytest.mark.parametrize(
    "deaths", [pytest.param(1, id="short"), pytest.param(15, id="long", marks=pytest.mark.torture)]
)
def test_a_killed_search_ends_in_the_same_table(
    deaths: int, whole: Path, config: RunConfig, tmp_path: Path
) -> None:
    (tmp_path / "space.toml").write_text(TEXT)
    often = config.training.model_copy(update={"checkpoint_every_s": 0.0})
    (tmp_path / "config.toml").write_text(dump(config.model_copy(update={"training": often})))
    draws = np.random.default_rng(1)
    with Victim(tmp_path) as victim:
        options = ("--config", tmp_path / "config.toml", "--threads-per-worker", 1)
        start = ("search", tmp_path / "space.toml", *options, "--trials", 4, "--quiet")
        for number in range(deaths):
            folder = tmp_path / f"killed-{number}"
            died = victim.run(*start, "-o", folder, die_at=int(draws.integers(100, 400)))
            assert died.code == -9, died.err
            ended = victim.run("search", "--resume", folder, "--json")
            assert ended.code == 0, ended.err
            assert table(folder) == table(whole)
            assert json.loads(ended.out)["trials"] == {"complete": 4, "given_up": 0}
            assert list((folder / "trials").iterdir()) == []


def test_two_workers_end_in_the_same_table(whole: Path, config: RunConfig, tmp_path: Path) -> None:
    search = start(config, tmp_path / "mine", Plan(trials=4))
    work_together(search, 2, look=lambda: None)
    finish(search)
    assert table(tmp_path / "mine") == table(whole)


def test_a_second_process_works_along(whole: Path, config: RunConfig, tmp_path: Path) -> None:
    first = start(config, tmp_path / "mine", Plan(trials=4))
    done: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, TrialBegun) and not done:  # in the middle of the first one's trial
            done.append(event.number)
            second = replace(read(tmp_path / "mine"), plan=Plan(trials=3, study="mine"))
            with second.store() as store, store.working():
                taken = store.take(3)
                assert taken is not None
                done.append(taken.number)
                store.release(taken)

    work(first, watch)
    assert done == [0, 1]
    finish(first)
    assert table(tmp_path / "mine") == table(whole)


def test_the_test_part_is_never_read(config: RunConfig, tmp_path: Path) -> None:
    search = start(config, tmp_path / "mine", Plan(trials=1, folds=2))
    nowhere = np.array([10**9])
    closed = replace(search.source, test=replace(search.source.test, indices=nowhere))
    found = finish(replace(search, source=closed))
    assert found.score.total == len(search.source.train) + len(search.source.validation)
    assert not list(tmp_path.rglob("test_openings*"))


def test_the_winner_is_a_preset_that_train_accepts(whole: Path) -> None:
    result = json.loads((whole / "result.json").read_text())
    preset = load(file=whole / "best.toml")
    point = SPACE.random_point(0, result["best"]["trial"])
    assert preset.optimizer.learning_rate == point["optimizer.learning_rate"]
    assert preset.optimizer.name == point["optimizer.name"]
    assert preset.training.epochs == 2
    assert preset.training.seed == 0  # a seed is not chosen
    rows = list(csv.DictReader(table(whole).splitlines()))
    best = max(rows, key=lambda row: (float(row["accuracy"]), -float(row["loss"])))
    assert int(best["trial"]) == result["best"]["trial"]


def test_the_report_is_complete_in_itself(whole: Path) -> None:
    search = read(whole)
    found = search_result.collect(search)
    words = read_offline_page(write_report(search, found).read_text("utf-8")).words
    for part in ("best of 4 trials on validation", "History", "optimizer.learning_rate"):
        assert part in words
    assert f"inkdigit train {whole}/best.toml" in words


def test_more_trials_go_on_where_the_search_ended(
    whole: Path, config: RunConfig, tmp_path: Path
) -> None:
    finish(start(config, tmp_path / "mine", Plan(trials=2)))
    longer = read(tmp_path / "mine", trials=4)
    events: list[Event] = []
    work(longer, events.append)
    assert [event.number for event in events if isinstance(event, TrialDone)] == [2, 3]
    finish(read(tmp_path / "mine"))
    assert table(tmp_path / "mine") == table(whole)


def test_tpe_loses_no_finished_trial_and_runs_none_twice(config: RunConfig, tmp_path: Path) -> None:
    plan = Plan(sampler="tpe", trials=4, pruner="median")
    search = start(config, tmp_path / "mine", plan)
    killed_in(search, 2, epoch=2)
    events: list[Event] = []
    work(search, events.append)
    assert [event.number for event in events if isinstance(event, TrialDone)] == [2, 3]
    found = finish(search)
    assert [row.number for row in found.rows] == [0, 1, 2, 3]
    unbroken = finish(start(config, tmp_path / "again" / "mine", plan))
    assert [row.point for row in found.rows] == [row.point for row in unbroken.rows]


def test_bad_trials_are_given_up_and_diverged_ones_too(pictures: Path, tmp_path: Path) -> None:
    text = "[optimizer]\nlearning_rate = [1e-9, 1e30, 0.05]\n"
    config = config_for(pictures, training={"epochs": 3}, schedule={"name": "constant"})
    plan = Plan(sampler="grid", trials=3, pruner="halving")
    begin(config, parse_space(text, "mine.toml"), plan, tmp_path / "mine", threads=1)
    search = read(tmp_path / "mine")
    work(search)
    found = search_result.collect(search)
    by_rate = {row.point["optimizer.learning_rate"]: row for row in found.rows}
    assert by_rate[1e30].why == "diverged"
    assert found.best.point == {"optimizer.learning_rate": 0.05}
    assert "Given up" in read_offline_page(write_report(search, found).read_text("utf-8")).words


def test_a_grid_is_searched_whole(config: RunConfig, tmp_path: Path) -> None:
    short = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 1})})
    found = finish(start(short, tmp_path / "mine", Plan(sampler="grid", trials=10**9)))
    assert len({str(row.point) for row in found.rows}) == len(found.rows) == 6


def test_another_search_in_the_folder_is_in_the_way(whole: Path, config: RunConfig) -> None:
    with pytest.raises(RunError, match=r"holds a study already.*search --resume"):
        begin(config, SPACE, Plan(trials=4, seed=1), whole, threads=1)


def test_what_does_not_fit_is_told(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="4 are planned, expected as many or more"):
        read(whole, trials=3)
    with pytest.raises(ConfigError, match="another database"):
        read(whole, storage="sqlite:///elsewhere.sqlite")
    with pytest.raises(RunError, match=r"holds no study\.json"):
        read(tmp_path)


def test_a_password_must_be_given_again(config: RunConfig, tmp_path: Path) -> None:
    plan = Plan(storage="postgresql+psycopg://me:secret@localhost:9/trials")
    begin(config, SPACE, plan, tmp_path / "mine", threads=1)
    assert all(
        b"secret@" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    with pytest.raises(ConfigError, match="whose password is not kept"):
        read(tmp_path / "mine")


def test_workers_that_all_fail_are_told(config: RunConfig, pictures: Path, tmp_path: Path) -> None:
    search = start(config, tmp_path / "mine", Plan(trials=2))
    (tmp_path / "mine" / "space.toml").write_text("[optimizer]\nlearning_rate = 5\n")
    with pytest.raises(LostWorkerError, match=r"all 1 workers ended.*2 trials are left.*--resume"):
        work_together(search, 1, look=lambda: None)


def test_other_pictures_are_refused(pictures: Path, tmp_path: Path) -> None:
    import shutil

    mine = tmp_path / "photos"
    shutil.copytree(pictures, mine)
    begin(config_for(mine), SPACE, Plan(trials=1), tmp_path / "mine", threads=1)
    (mine / "dash" / "1.png").unlink()
    with pytest.raises(DataError, match="changed since"):
        read(tmp_path / "mine")
