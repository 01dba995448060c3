"""What somebody sees who watches: a bar that moves on a terminal, and lines that stay."""

import os
import pty
import subprocess
import sys
from pathlib import Path


def watch(arguments: list[str]) -> str:
    """Run `inkdigit` on a pseudo-terminal and give everything that was drawn."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "inkdigit", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "160", "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        drawn = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not part:
                break
            drawn += part
        os.close(ours)
        assert process.wait() == 0
    return drawn.decode()


def test_a_terminal_shows_steps_loss_accuracy_speed_and_the_epoch_lines(tmp_path: Path) -> None:
    run = tmp_path / "run"
    drawn = watch(["train", "--preset", "small", "-s", "training.epochs=2", "-o", str(run)])
    for word in ("epoch 1/2", "/56", "loss ", "accuracy ", " images/s"):
        assert word in drawn, word
    lines = drawn.replace("\r", "\n").splitlines()
    for start in ("Epoch 1/2", "Epoch 2/2", "Waiting Test!", "Training complete!"):
        assert any(start in line for line in lines), start
    assert drawn.index("Epoch 2/2") < drawn.index("Waiting Test!")
