"""Bent digits, the four networks, and a small study from its beginning to its page."""

from pathlib import Path

import numpy as np
import pytest
import torch

from inkdigit.config import validate
from inkdigit.errors import RunError
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import parameter_count
from inkdigit.studies.pooling.bends import SWEEPS, bend
from inkdigit.studies.pooling.networks import REDUCTIONS, PoolingCNN
from inkdigit.studies.pooling.report import write_report
from inkdigit.studies.pooling.study import Done, Plan, begin, go_on
from inkdigit.types import Images, Labels
from tests.evaluation.html_check import read_offline_page

PLAN = Plan(seeds=1, steps=2, judged=6)


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_the_neutral_setting_leaves_digits_as_they_are_and_the_others_do_not(
    sweep: object, digits: tuple[Images, Labels]
) -> None:
    images = digits[0][::1000]
    known = next(each for each in SWEEPS if each is sweep)
    assert known.neutral in known.settings
    for setting in known.settings:
        bent = bend(images, known, setting)
        assert bent.shape == images.shape
        assert np.array_equal(bent, images) == (setting == known.neutral)


def test_a_shift_moves_to_the_right(digits: tuple[Images, Labels]) -> None:
    images = digits[0][::1000]
    bent = bend(images, SWEEPS[1], 2)
    assert np.array_equal(bent[:, :, 2:], images[:, :, :-2])


@pytest.mark.parametrize("size", [20, 27, 28, 64])
def test_the_three_that_halve_have_the_same_weights_on_every_even_quarter(size: int) -> None:
    spec = ModelSpec(size, 1, 10, mean=(33.0,), std=(78.0,))
    networks = [PoolingCNN(spec, reduction) for reduction in REDUCTIONS]
    for network in networks:
        assert network(torch.zeros(2, 1, size, size, dtype=torch.uint8)).shape == (2, 10)
    counts = [parameter_count(network) for network in networks]
    if size % 4 == 0:
        assert counts[0] == counts[1] == counts[2]
    assert counts[3] > max(counts[:3])


def test_a_killed_study_goes_on_and_its_page_is_complete(pictures: Path, tmp_path: Path) -> None:
    settings = {"batch_size": 16, "threads": 1, "device": "cpu"}
    config = validate({"data": {"source": str(pictures)}, "training": settings})
    folder = tmp_path / "study"
    begin(config, PLAN, folder)

    def stop_after_two(done: Done) -> None:
        if done.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on(folder, stop_after_two)
    finished: list[Done] = []
    study = go_on(folder, finished.append)
    assert [each.was_there for each in finished] == [True] * 2 + [False] * 6
    assert len((folder / "test_openings.jsonl").read_text().splitlines()) == 8
    page = read_offline_page(write_report(study).read_text("utf-8"))
    assert "What is pooling good for?" in page.words
    assert page.words.count("strided convolution") >= 2
    with pytest.raises(RunError, match=r"inkdigit study pooling --resume"):
        begin(config, PLAN, folder)
