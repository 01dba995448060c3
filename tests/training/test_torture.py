"""Runs that are killed, and disks that refuse, anywhere: nothing is lost and no bit differs.

The short version runs in CI; `make torture` kills more runs and lets every single call to the
disk fail once.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigit.config import dump
from tests.faults import REFUSALS, Ended, Victim
from tests.training.conftest import config_for
from tests.training.test_resume import decisive

MOST_DEATHS = 6  # of one run, before it may live


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        with Victim(tmp_path_factory.mktemp("victim")) as victim:
            yield victim


@pytest.fixture(scope="module")
def settings(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs with a checkpoint after every step."""
    file = tmp_path_factory.mktemp("settings") / "often.toml"
    config = config_for(pictures, training={"epochs": 2, "checkpoint_every_s": 0})
    file.write_text(dump(config))
    return file


@pytest.fixture(scope="module")
def unbroken(
    victim: Victim, settings: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, int]:
    """The run that nothing happened to, and how often it called the disk."""
    folders = [tmp_path_factory.mktemp("unbroken") / name for name in ("packs", "is_packed")]
    for folder in folders:
        ended = victim.run("train", settings, "-o", folder, "--json")
        assert ended.code == 0, ended.err
    assert decisive(folders[0]) == decisive(folders[1])
    return folders[1], ended.calls


def go_on(victim: Victim, settings: Path, run: Path, **fault: float) -> Ended:
    """Start a run, or go on with it where there is one."""
    if run.exists():
        return victim.run("train", "--resume", run, "--json", **fault)  # type: ignore[arg-type]
    return victim.run("train", settings, "-o", run, "--json", **fault)  # type: ignore[arg-type]


def kill_and_go_on(victim: Victim, settings: Path, run: Path, calls: int, seed: int) -> int:
    """Kill a run at random moments, again and again, then let it live; count its deaths."""
    draws = random.Random(seed)
    deaths = 0
    for _ in range(draws.randint(1, MOST_DEATHS)):
        at_a_call = draws.random() < 0.7
        ended = (
            go_on(victim, settings, run, die_at=draws.randint(1, calls))
            if at_a_call
            else go_on(victim, settings, run, die_after_s=draws.uniform(0, 2.5))
        )
        assert ended.code in (0, -9), ended.err
        deaths += ended.code == -9
    ended = go_on(victim, settings, run)
    assert ended.code == 0, ended.err
    return deaths


@pytest.mark.parametrize(
    "runs", [pytest.param(4, id="short"), pytest.param(40, id="long", marks=pytest.mark.torture)]
)
def test_killed_runs_come_to_the_same_end(
    runs: int, victim: Victim, settings: Path, unbroken: tuple[Path, int], tmp_path: Path
) -> None:
    expected, calls = unbroken
    deaths = 0
    for seed in range(runs):
        run = tmp_path / f"run-{seed}"
        deaths += kill_and_go_on(victim, settings, run, calls, seed)
        assert decisive(run) == decisive(expected)
        assert not list(run.rglob(".*")), "a stray file stayed"
    assert deaths >= runs


@pytest.mark.parametrize(
    "every", [pytest.param(61, id="short"), pytest.param(1, id="long", marks=pytest.mark.torture)]
)
def test_a_disk_that_refuses_is_one_line_and_loses_nothing(
    every: int, victim: Victim, settings: Path, unbroken: tuple[Path, int], tmp_path: Path
) -> None:
    expected, calls = unbroken
    for at in range(1, calls + 1, every):
        run = tmp_path / f"run-{at}"
        refusal = REFUSALS[at % len(REFUSALS)]
        ended = go_on(victim, settings, run, refuse_at=at, refusal=refusal)
        if ended.code != 0:  # a folder that is there need not be made
            assert ended.code == 1, ended.err
            (line,) = [each for each in ended.err.splitlines() if each.startswith("inkdigit: ")]
            assert "Traceback" not in ended.err
            assert ".part" not in line
            assert not list(tmp_path.glob(".*"))
            assert not list(run.rglob(".*"))
            assert go_on(victim, settings, run).code == 0
        assert decisive(run) == decisive(expected), at
