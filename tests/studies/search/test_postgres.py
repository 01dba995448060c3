"""Two machines search together through PostgreSQL: `make postgres`.

The server is that of `INKDIGIT_TEST_POSTGRES`, a SQLAlchemy URL of a database that may be written
to; without it, one is started for these tests where `initdb` and `pg_ctl` are installed. The
machines are two processes with a folder each.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from inkdigit.config import dump
from tests.training.conftest import config_for

pytestmark = pytest.mark.postgres

TEXT = "[optimizer]\nlearning_rate = { low = 0.01, high = 0.5, log = true }\n"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if url := os.environ.get("INKDIGIT_TEST_POSTGRES"):
        yield url
        return
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("INKDIGIT_TEST_POSTGRES is not set, and no PostgreSQL is installed")
    place = tmp_path_factory.mktemp("postgres")
    for folder in (place, *place.parents[:2]):  # the server may not run as root
        folder.chmod(0o755)
    shutil.chown(place, "postgres") if os.getuid() == 0 else None

    def run(*command: object) -> None:
        words = [str(word) for word in command]
        if os.getuid() == 0:
            words = ["runuser", "-u", "postgres", "--", *words]
        done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout

    run("initdb", "-D", place / "data", "-U", "inkdigit", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
    run("pg_ctl", "-D", place / "data", "-l", place / "log", "-w", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://inkdigit@/postgres?host={place}"
    finally:
        run("pg_ctl", "-D", place / "data", "-w", "-m", "immediate", "stop")


def search(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "inkdigit", "search", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_machines_share_the_trials_and_one_may_die(
    database: str, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "space.toml").write_text(TEXT)
    (tmp_path / "config.toml").write_text(dump(config_for(pictures, training={"epochs": 40})))
    name = f"digits-{uuid4().hex[:8]}"  # the server may have seen these tests before
    command: tuple[object, ...] = (
        tmp_path / "space.toml",
        "--config",
        tmp_path / "config.toml",
        "--trials",
        6,
    )
    command += ("--threads-per-worker", 1, "--storage", database)
    folders = [tmp_path / machine / name for machine in ("one", "two", "alone")]
    killed, living = (search(*command, "-o", folder) for folder in folders[:2])
    assert killed.stdout is not None
    first = killed.stdout.readline()
    killed.kill()
    rest, _ = killed.communicate()
    out, err = living.communicate()
    assert first.startswith("Trial "), rest
    if living.returncode:
        print(err)  # noqa: T201
    assert living.returncode == 0, err
    assert "Best of 6" in out
    ran_there = {line.split()[1] for line in [first, *rest.splitlines()] if "Trial" in line}
    ran_here = {line.split()[1] for line in out.splitlines() if line.startswith("Trial ")}
    assert ran_here.isdisjoint(ran_there), "a finished trial was run twice"
    alone = search(*command[:5], "--threads-per-worker", 1, "-o", folders[2])
    _, err = alone.communicate()
    assert alone.returncode == 0, err
    tables = [(folder / "trials.csv").read_text() for folder in folders[1:]]
    assert tables[0] == tables[1], "a database elsewhere must not change the table"
    print(f"\n{len(ran_there)} trials by the machine that died, {len(ran_here)} by the other")  # noqa: T201
