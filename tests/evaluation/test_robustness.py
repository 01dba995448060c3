import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import ConfigError, DataError
from inkdigit.evaluation.corruptions.mnist_c import CORRUPTIONS
from inkdigit.evaluation.metrics import wilson_interval
from inkdigit.evaluation.robustness import SWEEPS, Rejected, fared, measure
from inkdigit.evaluation.robustness_page import Measured, gallery, write_page
from inkdigit.types import Images, Labels, Probabilities, Split
from tests.evaluation.html_check import read_offline_page
from tests.evaluation.run_folder import DIGITS


class Nearest:
    """Answers with the class whose mean picture is nearest."""

    class_names = DIGITS

    def __init__(self, images: Images, labels: Labels) -> None:
        shares = images.reshape(len(images), -1) / 255
        self._means = np.stack([shares[labels == k].mean(axis=0) for k in range(10)])
        self.asked = 0

    def probabilities(self, images: Images) -> Probabilities:
        self.asked += len(images)
        shares = images.reshape(len(images), -1) / 255
        far = ((shares[:, None] - self._means) ** 2).sum(axis=2)
        nearest = far == far.min(axis=1, keepdims=True)
        found: Probabilities = (nearest / nearest.sum(axis=1, keepdims=True)).astype(np.float32)
        return found


class OfOneChannel(Nearest):
    """Looks at the first channel alone."""

    def probabilities(self, images: Images) -> Probabilities:
        return super().probabilities(images[..., :1])


@pytest.fixture(scope="module")
def recognizer(digits: tuple[Images, Labels]) -> Nearest:
    return Nearest(*digits)


@pytest.fixture
def split(digits: tuple[Images, Labels]) -> Split:
    images, labels = digits
    return Split("validation", DIGITS, images, labels, np.arange(0, 5000, 50), sha256="s")


def test_every_condition_is_asked_of_every_picture(recognizer: Nearest, split: Split) -> None:
    before = recognizer.asked
    found = measure(recognizer, split)
    changed = sum(value != kind.untouched for kind in SWEEPS for value in kind.values)
    assert recognizer.asked - before == len(split) * (1 + len(CORRUPTIONS) + changed)
    assert tuple(found.corruptions) == tuple(CORRUPTIONS)
    assert [sweep.name for sweep in found.sweeps] == [kind.name for kind in SWEEPS]
    assert found == measure(recognizer, split)


def test_figures_follow_from_the_answers(recognizer: Nearest, split: Split) -> None:
    found = measure(recognizer, split)
    images, labels = split.read()
    right = int((recognizer.probabilities(images).argmax(axis=1) == labels).sum())
    assert found.clean.wrong == 100 - right
    assert (found.clean.low, found.clean.high) == wilson_interval(right, 100)
    assert found.mean is not None
    every = [each.accuracy for each in found.corruptions.values()]
    assert found.mean.accuracy == pytest.approx(np.mean(every))
    assert found.mean.low is not None
    assert found.mean.high is not None
    assert found.mean.low < found.mean.accuracy < found.mean.high


def test_a_sweep_is_best_where_nothing_changes(recognizer: Nearest, split: Split) -> None:
    for sweep, kind in zip(measure(recognizer, split).sweeps, SWEEPS, strict=True):
        at = {point.value: point.fared.accuracy for point in sweep.points}
        assert tuple(at) == tuple(sorted(at))
        if kind.untouched is not None:
            assert at[kind.untouched] > max(at[min(at)], at[max(at)])


def test_the_order_of_blocks_is_part_of_the_draw_and_nothing_else(
    recognizer: Nearest, split: Split
) -> None:
    other = measure(recognizer, split, seed=1)
    assert other.clean == measure(recognizer, split).clean
    assert other.corruptions["fog"] != measure(recognizer, split).corruptions["fog"]


def test_a_test_split_is_written_down_before_it_is_read(
    recognizer: Nearest, split: Split, tmp_path: Path
) -> None:
    test = replace(split, name="test")
    with pytest.raises(ConfigError, match="no log to note it in"):
        measure(recognizer, test)
    measure(recognizer, test, openings=tmp_path / "openings.jsonl", why="robustness")
    (line,) = (tmp_path / "openings.jsonl").read_text().splitlines()
    assert json.loads(line)["why"] == "robustness"
    unwritable = tmp_path / "none" / "openings.jsonl"
    before = recognizer.asked
    with pytest.raises(OSError, match="none"):
        measure(recognizer, test, openings=unwritable)
    assert recognizer.asked == before


def test_validation_leaves_no_opening(recognizer: Nearest, split: Split, tmp_path: Path) -> None:
    measure(recognizer, split, openings=tmp_path / "openings.jsonl")
    assert not (tmp_path / "openings.jsonl").exists()


def test_other_classes_and_no_pictures_are_refused(recognizer: Nearest, split: Split) -> None:
    with pytest.raises(DataError, match="--data"):
        measure(recognizer, replace(split, class_names=("a", "b")))
    with pytest.raises(DataError, match="0 pictures"):
        measure(recognizer, replace(split, indices=split.indices[:0]))


def test_pictures_in_colour_are_swept_but_not_corrupted(split: Split) -> None:
    colour = np.repeat(split.images[:60], 3, axis=3)
    asked = OfOneChannel(colour.mean(axis=3, keepdims=True).astype(np.uint8), np.arange(60) % 10)
    found = measure(
        asked, replace(split, images=colour, labels=np.arange(60) % 10, indices=np.arange(60))
    )
    assert found.mean is None
    assert not found.corruptions
    assert len(found.sweeps) == len(SWEEPS)


def test_the_page_stands_alone_and_shows_every_corruption(
    recognizer: Nearest, split: Split, tmp_path: Path
) -> None:
    found = measure(recognizer, split)
    page = tmp_path / "robustness.html"
    shown = gallery(split, seed=0)
    write_page(
        Measured(
            model="quick <b>",
            data="mnist-5k",
            robustness=found,
            other_writers={"usps": fared(90, 100)},
            not_digits={"clothes": Rejected(9, 10)},
            gallery=shown,
        ),
        page,
    )
    read = read_offline_page(page.read_text("utf-8"))
    assert list(shown) == ["as they are", *CORRUPTIONS]
    assert all(name in read.words for name in CORRUPTIONS)
    assert all(sweep.unit in read.words for sweep in found.sweeps)
    assert "quick <b>" in read.words
    assert "90.00" in read.words
    assert "9 of 10 rejected" in read.words
    assert read.tags.count("img") == 16
