"""Files read by several processes are read as by one, in order, whatever happens to one of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigit.data.composing.line import compose_line
from inkdigit.data.handwriting.pen import Pen
from inkdigit.data.sources.sample import read_sample
from inkdigit.errors import LostWorkerError
from inkdigit.pictures.inputs import Input, inputs_in
from inkdigit.reading.fields.rules import rule_from
from inkdigit.reading.reader import ReadOptions
from inkdigit.reading.side_by_side import FileReader, read_side_by_side
from inkdigit.reading.stream import Reading


class Deadly(FileReader):
    """Ends its process at one of the files, as the system does for want of memory."""

    def __call__(self, given: Input) -> Reading:
        if given.name.endswith("07.png"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(given)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Input]:
    """Eleven pictures of a number, one file that is no picture, and one that is not there."""
    folder = tmp_path_factory.mktemp("numbers")
    pen, draws = Pen(read_sample()), np.random.default_rng(4)
    for place in range(11):
        picture = compose_line(draws, pen, f"{100 + 37 * place}", plain=True).picture
        Image.fromarray(picture).save(folder / f"{place:02d}.png")
    (folder / "05b.png").write_text("no picture")
    return [*inputs_in(folder), Input("away", folder / "away.png")]


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_read_what_one_reads(inputs: list[Input], processes: int) -> None:
    read = FileReader(options=ReadOptions(rule=rule_from(pattern="ddd")))
    readings = list(read_side_by_side(inputs, read, processes=processes))
    assert readings == [read(each) for each in inputs]
    assert [reading.name for reading in readings] == [each.name for each in inputs]
    assert sum(bool(reading.errors) for reading in readings) == 2
    assert sum(len(page.numbers) for reading in readings for page in reading.pages) >= 10


def test_a_process_that_is_killed_is_one_line_after_what_was_read(inputs: list[Input]) -> None:
    readings: list[Reading] = []
    with pytest.raises(LostWorkerError, match="read pictures was killed"):
        readings.extend(read_side_by_side(inputs, Deadly(), processes=2))
    assert [reading.name for reading in readings] == [each.name for each in inputs[: len(readings)]]
    assert len(readings) >= 6


def test_processes_do_not_wait_for_threads_that_this_one_had(inputs: list[Input]) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        large = np.zeros((4000, 4000), np.uint8)
        cv2.resize(cv2.GaussianBlur(large, (0, 0), 5), (500, 500))  # by all of them
        readings = list(read_side_by_side(inputs, FileReader(), processes=2))
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(before)
    assert len(readings) == len(inputs)


def test_leaving_early_leaves_no_process(inputs: list[Input]) -> None:
    readings = read_side_by_side(inputs, FileReader(), processes=2)
    next(readings)
    readings.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_command_says_the_same_however_many_processes_read(inputs: list[Input]) -> None:
    folder = Path(inputs[0].name).parent
    said = [
        subprocess.run(
            [sys.executable, "-m", "inkdigit", "read", str(folder), "--json", "--processes", count],
            capture_output=True,
            text=True,
            check=False,
        )
        for count in ("1", "2")
    ]
    assert [each.returncode for each in said] == [5, 5]  # one is no picture
    assert said[0].stdout == said[1].stdout
    assert said[0].stdout.count("\n") == 12
    assert said[0].stderr == said[1].stderr
