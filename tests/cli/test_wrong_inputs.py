"""Every wrong input of docs/errors.md gives the line and the exit code that stand there.

The table's first column names the mistake; `MISTAKES` below makes it. A line's `…` stands for
anything.
"""

import gzip
import os
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import dump
from inkdigit.errors import StoppedError
from inkdigit.training.run import run
from tests.cli.conftest import Inkdigit
from tests.pictures.test_hostile import png
from tests.training.conftest import CLASSES, config_for, draw_strokes

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


@dataclass(frozen=True)
class Row:
    mistake: str
    command: str
    code: int
    line: str


def rows() -> list[Row]:
    """Read the table; its cells hold no vertical bars."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if line.startswith("| ") and len(cells) == 4 and cells[2].isdigit():
            command, said = (re.sub(r"^(`+) ?(.*?) ?\1$", r"\2", cells[n]) for n in (1, 3))
            found.append(Row(cells[0], command, int(cells[2]), said))
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a place with pictures, a finished run and one that was stopped after its first step."""
    place = tmp_path_factory.mktemp("template")
    images, labels = draw_strokes(120, seed=5)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        file = place / "photos" / CLASSES[label] / f"{number}.png"
        file.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(image[:, :, 0]).save(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("INKDIGIT_CACHE", str(place / "cache"))
        config = config_for(Path("photos"), training={"epochs": 1, "threads": 0})
        run(config, Path("runs/done"))
        with pytest.raises(StoppedError):
            run(config, Path("runs/half"), stop=lambda: True)
    (place / "mine.toml").write_text(dump(config))
    return place


@pytest.fixture
def place(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the template to make a mistake in."""
    place = tmp_path / "place"
    shutil.copytree(template, place)  # with its times: the pack stays valid
    monkeypatch.chdir(place)
    monkeypatch.setenv("INKDIGIT_CACHE", str(place / "cache"))
    monkeypatch.setenv("INKDIGIT_DATA", "none")  # which a mistake may change
    monkeypatch.setattr("inkdigit.data.sources.mnist.MIRRORS", ("http://127.0.0.1:9/",))
    return place


def write(name: str, content: str | bytes) -> None:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def change(name: str, old: str, new: str) -> None:
    content = Path(name).read_text("utf-8")
    assert old in content
    write(name, content.replace(old, new))


def flip(name: str) -> None:
    content = bytearray(Path(name).read_bytes())
    content[len(content) // 2] ^= 1
    write(name, bytes(content))


def two_flips(first: str, second: str) -> None:
    flip(first)
    flip(second)


def pictures(**classes: int) -> None:
    """Make the folder `pictures` with so many of each class."""
    draws = np.random.default_rng(0)
    for name, count in classes.items():
        Path("pictures", name).mkdir(parents=True)
        for number in range(count):
            values = draws.integers(0, 40, (20, 20), np.uint8)
            values[8:12, 8:12] = 255
            Image.fromarray(values).save(f"pictures/{name}/{number}.png")


def one_bad(content: bytes, name: str = "bad.png") -> None:
    pictures(a=5, b=5)
    write(f"pictures/a/{name}", content)


def one_odd(make: Callable[[Path], None]) -> None:
    """Put something that is no file among the pictures."""
    pictures(a=5, b=5)
    make(Path("pictures/a/bad.png"))


def parts(*folders: str) -> None:
    """Make the folder `pictures` with other folders in it."""
    for folder in folders:
        file = Path("pictures", folder, "1.png")
        file.parent.mkdir(parents=True)
        shutil.copy("photos/bar/0.png", file)


def mnist(content: bytes) -> None:
    """Put files of that content where MNIST is looked for."""
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        write(f"mnist/{name}-ubyte.gz", content)
    os.environ["INKDIGIT_DATA"] = "."


def nothing() -> None:
    pass


LAST, PREVIOUS = (f"runs/half/checkpoints/{name}" for name in ("last", "previous"))

MISTAKES: dict[str, Callable[[], object]] = {
    "an option of robustness alone": nothing,
    "a gate beside robustness": nothing,
    "robustness of what is no model": nothing,
    "not-digits that are not there": nothing,
    "rates without a range": nothing,
    "attacking what is no run": nothing,
    "a depth without whole stages": nothing,
    "one depth only": nothing,
    "a setting beside a study that goes on": nothing,
    "going on with what is no study": nothing,
    "looking into a run and training one": nothing,
    "looking into what is no run": nothing,
    "following a class that is not there": nothing,
    "an unknown preset": nothing,
    "an unknown key": nothing,
    "a value out of range": nothing,
    "a value of another kind": nothing,
    "an override without a value": nothing,
    "an unknown network": nothing,
    "a teacher that is not there": nothing,
    "a teacher of other classes": nothing,
    "a device that is not there": nothing,
    "a preset and a file": nothing,
    "a configuration that is not there": nothing,
    "a configuration that is no TOML": lambda: write("mine.toml", "epochs: 3"),
    "a configuration that is no text": lambda: write("mine.toml", b"\xff\xfe\x00"),
    "an unknown source": nothing,
    "a folder that is not there": nothing,
    "a file as the source": nothing,
    "a fix of a picture that is not there": partial(
        write, "fixes.jsonl", '{"picture": "bar/none.png"}'
    ),
    "a fix to a class that is not there": partial(
        write, "fixes.jsonl", '{"picture": "bar/0.png", "label": "dot"}'
    ),
    "a fix that is none": partial(write, "fixes.jsonl", '{"picture": "bar/0.png"}'),
    "fixes that are not there": nothing,
    "a check into a folder that holds something": nothing,
    "a check of more folds than pictures": nothing,
    "a run folder that holds a run": nothing,
    "a run folder that holds something": lambda: write("runs/mine/notes.txt", "mine"),
    "weights of another network": nothing,
    "weights of a run that is not there": nothing,
    "a step that diverges": nothing,
    "an accuracy below the floor": nothing,
    "resuming what is no run": nothing,
    "resuming what is not there": nothing,
    "a setting beside --resume": nothing,
    "resuming with changed settings": lambda: change(
        "runs/half/config.toml", "epochs = 1", "epochs = 2"
    ),
    "resuming with other pictures": lambda: Path("photos/bar/0.png").unlink(),
    "resuming another version's run": lambda: change(
        "runs/half/environment.json", '"inkdigit": "', '"inkdigit": "9.'
    ),
    "resuming from damaged checkpoints": lambda: two_flips(
        f"{LAST}/state.safetensors", f"{PREVIOUS}/state.safetensors"
    ),
    "resuming with a log that was shortened": lambda: write("runs/half/metrics.jsonl", ""),
    "more folds than pictures": nothing,
    "going on with what is no cross-validation": nothing,
    "no search space": nothing,
    "an unknown search space": nothing,
    "an unknown key in a search space": partial(write, "space.toml", "[schedule]\nwarmpu = [0.1]"),
    "a search space in which nothing varies": partial(
        write, "space.toml", "[training]\nepochs = 3"
    ),
    "a search over what decides the split": partial(
        write, "space.toml", "[data]\nsplit_seed = [0, 1]"
    ),
    "a grid over a range without steps": nothing,
    "an unknown sampler": nothing,
    "a database that is none": nothing,
    "going on with what is no search": nothing,
    "testing what is no run": nothing,
    "testing a run that is not finished": nothing,
    "a model file that is missing": lambda: Path("runs/done/model.onnx").unlink(),
    "a model file that is no model": lambda: write("runs/done/model.onnx", "no model"),
    "a model file that is damaged": lambda: flip("runs/done/model.onnx"),
    "a model that is not there": nothing,
    "two formats at once": nothing,
    "neighbours without a page": nothing,
    "a promise that the model does not make": nothing,
    "a file that is no picture": lambda: one_bad(b"no picture"),
    "pages that are none": nothing,
    "a format that is no pattern": nothing,
    "a range that holds nothing": nothing,
    "a rule of one's own that is not there": nothing,
    "a promise that the network of lines does not make": nothing,
    "a network of lines that is not there": nothing,
    "a network of digits for lines": nothing,
    "a form that is not there": nothing,
    "an overlay that is no PNG": nothing,
    "a file that is neither picture nor PDF": lambda: one_bad(b"no picture"),
    "an office file": partial(write, "letter.docx", b"PK\x03\x04 and so on"),
    "a file to read that is not there": nothing,
    "composing on something": nothing,
    "composing what is no number": nothing,
    "composing pages with a text": nothing,
    "composing from what is no digit": nothing,
    "a folder without any pictures": lambda: Path("runs/empty").mkdir(),
    "exporting what is no run": nothing,
    "exporting a run onto something": nothing,
    "exporting a run whose pictures changed": lambda: Path("photos/bar/0.png").unlink(),
    "not-digits beside what is no digit": nothing,
    "framing and inverting at once": nothing,
    "a result that is damaged": lambda: change("runs/done/result.json", "{", "["),
    "testing pictures that changed": lambda: shutil.copytree("photos/bar", "photos/dash/more"),
    "testing on other classes": lambda: pictures(a=12, b=12),
    "comparing with what is no run": nothing,
    "a folder without classes": lambda: Path("runs/empty").mkdir(),
    "a folder without pictures": lambda: write("pictures/a/notes.txt", "none"),
    "one class only": lambda: pictures(a=9),
    "a class without pictures": lambda: pictures(a=9, b=9, c=0),
    "a class with too few pictures": lambda: pictures(a=9, b=2),
    "classes beside parts": lambda: parts("train/a", "train/b", "c"),
    "a test class that train does not have": lambda: parts("train/a", "train/b", "test/c"),
    "two validation parts": lambda: parts("train/a", "train/b", "val/a", "valid/b"),
    "a class name that is no text": lambda: parts("a", os.fsdecode(b"\xff")),
    "no network": nothing,
    "an unknown download": nothing,
    "MNIST files that are damaged": lambda: mnist(gzip.compress(bytes(100))[:50]),
    "MNIST files of another format": lambda: mnist(b"<html>please log in</html>"),
    "exporting over something": nothing,
    "exporting into a file's place": nothing,
    "a place that cannot be written": nothing,
    "a text file": lambda: one_bad(b"no picture"),
    "an empty file": lambda: one_bad(b""),
    "a picture that was cut off": lambda: one_bad(Path("photos/bar/0.png").read_bytes()[:100]),
    "a page that is too large": lambda: write("large.png", png(40, 30)),
    "a file to read that is too large": lambda: write("large.png", png(40, 30)),
    "a picture that is too large": lambda: one_bad(png(30_000, 30_000)),
    "a file that is too large": lambda: one_bad(bytes(2000)),
    "a pipe": lambda: one_odd(os.mkfifo),
    "a link that leads nowhere": lambda: one_odd(lambda place: place.symlink_to("none")),
}


def claimed_mistakes() -> list[str]:
    return [row.mistake for row in rows()]


def test_the_table_and_the_mistakes_are_the_same() -> None:
    assert sorted(claimed_mistakes()) == sorted(MISTAKES)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.mistake)
def test_a_mistake_gives_its_line_and_its_code(row: Row, inkdigit: Inkdigit, place: Path) -> None:
    MISTAKES[row.mistake]()
    program, *arguments = shlex.split(row.command)
    assert program == "inkdigit"
    before = finished_runs(place)
    done = inkdigit(*arguments)
    assert done.code == row.code, done.err
    lines = [line for line in done.err.splitlines() if line.startswith("inkdigit: ")]
    assert len(lines) == 1, done.err
    assert done.err.endswith(lines[0] + "\n")
    assert "Traceback" not in done.err
    pattern = ".*".join(re.escape(part) for part in row.line.split("…"))
    assert re.fullmatch(pattern, lines[0].removeprefix("inkdigit: ")), lines[0]
    if row.code != 4:
        assert finished_runs(place) == before


def finished_runs(place: Path) -> set[str]:
    return {file.parent.name for file in place.rglob("result.json")}
