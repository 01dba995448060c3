"""Ctrl-C and SIGTERM: the step is finished and saved; a second one does not wait for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def start(*arguments: object, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "inkdigit", "train", *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as a terminal does, so that the whole group can be asked
    )


def wait_for(word: str, process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return
    raise AssertionError(f"it ended without {word!r}")


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_saves_after_the_step_and_the_run_goes_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with start("--preset", "small", "-o", "run", folder=tmp_path) as training:
        wait_for("Epoch 1/", training)
        os.killpg(training.pid, number)
        _, errors = training.communicate(timeout=60)
    assert training.returncode == code
    first, second = errors.splitlines()
    assert first == "inkdigit: stopping after this step; once more to leave at once."
    assert second.startswith("inkdigit: stopped after step ")
    assert second.endswith("Go on with: inkdigit train --resume run")
    assert not (tmp_path / "run" / "result.json").exists()
    with start("--resume", "run", folder=tmp_path) as training:
        wait_for("Going on after step ", training)
        wait_for("Epoch ", training)
        os.killpg(training.pid, number)
        training.communicate(timeout=60)
    assert training.returncode == code


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_second_signal_does_not_wait_for_the_step(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    # one step takes seconds: all 3,500 digits at once through the paper's larger network
    slow = ("--preset", "paper-resnet18", "-s", "training.batch_size=3500")
    with start(*slow, "-o", "run", folder=tmp_path) as training:
        wait_for("mnist-5k: ", training)
        time.sleep(0.5)
        os.killpg(training.pid, number)
        assert training.stderr is not None
        assert training.stderr.readline().startswith("inkdigit: stopping after this step")
        os.killpg(training.pid, number)
        _, errors = training.communicate(timeout=60)
    assert training.returncode == code
    assert errors == ""
    last = (tmp_path / "run" / "checkpoints" / "last" / "card.json").read_text("utf-8")
    assert '"step": 0' in last


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks into /proc")
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_before_the_first_step_one_signal_is_enough(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with start("--preset", "small", "-o", "run", folder=tmp_path) as training:
        while "libtorch" not in Path(f"/proc/{training.pid}/maps").read_text():
            time.sleep(0.01)  # busy with its imports
        os.killpg(training.pid, number)
        _, errors = training.communicate(timeout=60)
    assert training.returncode == code
    assert errors == f"inkdigit: {'interrupted' if code == 130 else 'terminated'}.\n"
    assert not (tmp_path / "run").exists()
