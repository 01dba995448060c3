import json
from pathlib import Path

import pytest

from inkdigit.config import load
from inkdigit.data.source import Source, open_source
from inkdigit.errors import ConfigError, DivergedError
from inkdigit.studies.learning_rate import Range, range_test, smooth, write_page
from inkdigit.training.device import Machine, choose_machine
from tests.evaluation.html_check import read_offline_page

CONFIG = load(overrides=["training.batch_size=32", "training.threads=1", "training.device=cpu"])
SPAN = Range(lowest=1e-3, highest=30.0, steps=60, repeats=2)


@pytest.fixture(scope="module")
def source() -> Source:
    return open_source(CONFIG.data)


@pytest.fixture(scope="module")
def machine() -> Machine:
    return choose_machine(CONFIG.training)


def test_the_suggestion_lies_below_where_the_loss_is_smallest(
    source: Source, machine: Machine
) -> None:
    found = range_test(CONFIG, source, machine, SPAN)
    assert [sweep.seed for sweep in found.sweeps] == [0, 1]
    for sweep in found.sweeps:
        assert len(sweep.rates) == len(sweep.losses) == len(sweep.smoothed)
        assert min(sweep.smoothed) < 0.9 * sweep.smoothed[0]  # it learns
        assert sweep.smoothed[sweep.rates.index(sweep.lowest_at)] == min(sweep.smoothed)
    assert found.least <= found.suggestion <= found.most
    assert found.most == pytest.approx(max(sweep.lowest_at for sweep in found.sweeps) / 10)
    assert found.configured == CONFIG.optimizer.learning_rate


def test_the_same_seed_gives_the_same_curves(source: Source, machine: Machine) -> None:
    span = Range(lowest=1e-3, highest=1.0, steps=20, repeats=1)
    assert range_test(CONFIG, source, machine, span) == range_test(CONFIG, source, machine, span)


def test_smoothing_does_not_lean_towards_the_start() -> None:
    assert smooth([2.0] * 50) == pytest.approx([2.0] * 50)
    assert smooth([4.0, 0.0])[1] < 2.0


@pytest.mark.parametrize(
    "span",
    [Range(lowest=1, highest=1), Range(lowest=0), Range(steps=5), Range(repeats=0)],
)
def test_an_empty_range_is_refused(span: Range, source: Source, machine: Machine) -> None:
    with pytest.raises(ConfigError, match="For example"):
        range_test(CONFIG, source, machine, span)


def test_a_range_that_begins_too_high_says_so(source: Source, machine: Machine) -> None:
    span = Range(lowest=1e20, highest=1e30, steps=20, repeats=1)
    with pytest.raises(DivergedError, match="--lowest"):
        range_test(CONFIG, source, machine, span)


def test_the_page_stands_alone(source: Source, machine: Machine, tmp_path: Path) -> None:
    span = Range(lowest=1e-3, highest=1.0, steps=20, repeats=1)
    found = range_test(CONFIG, source, machine, span)
    write_page(found, "mnist-5k", tmp_path / "page.html")
    words = read_offline_page((tmp_path / "page.html").read_text("utf-8")).words
    assert f"{found.suggestion:.2g}" in words
    assert json.loads(json.dumps(found.to_record()))["sweeps"][0]["seed"] == 0
