"""A small study from its beginning to its page, killed in between."""

import json
from pathlib import Path

import pytest

from inkdigit.config import RunConfig, validate
from inkdigit.data.source import open_source
from inkdigit.errors import ConfigError, ModelError, RunError
from inkdigit.studies.residual import study as subject
from inkdigit.studies.residual import training
from inkdigit.studies.residual.networks import Design
from inkdigit.studies.residual.report import write_report
from inkdigit.studies.residual.results import Chosen
from inkdigit.studies.residual.study import Done, Event, Plan, Study, begin, go_on
from inkdigit.training.device import choose_machine
from tests.evaluation.html_check import read_offline_page
from tests.studies.residual.made import BLOWN_UP, everything, probe

PLAN = Plan(depths=(8, 14), seeds=1, steps=3)


@pytest.fixture
def config(pictures: Path) -> RunConfig:
    settings = {"batch_size": 16, "threads": 1, "device": "cpu"}
    return validate({"data": {"source": str(pictures)}, "training": settings})


def test_a_killed_study_goes_on_and_trains_no_finished_network_again(
    config: RunConfig, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    begin(config, PLAN, folder)

    def stop_after_three(event: Event) -> None:
        if isinstance(event, Done) and event.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on(folder, stop_after_three)
    finished: list[Done] = []
    study = go_on(folder, lambda event: finished.append(event) if isinstance(event, Done) else None)
    assert [each.was_there for each in finished] == [True] * 3 + [False] * 5
    openings = (folder / "test_openings.jsonl").read_text().splitlines()
    assert len(openings) == len(study.trained) == 8, "each network is tested once"
    page = read_offline_page(write_report(study).read_text("utf-8"))
    assert "Do residual connections help?" in page.words
    assert "residual, 14 layers, batch norm" in page.words


def test_a_page_is_written_also_where_every_deep_network_blew_up_at_once(
    config: RunConfig, tmp_path: Path
) -> None:
    nothing = BLOWN_UP | {"probes": (probe(1.0),), "losses": (), "correlation": (None, None)}
    networks = tuple(everything(plain=nothing, residual=nothing))
    plan = Plan(depths=(8, 56), seeds=3, steps=3)
    chosen = {each.design: Chosen(learning_rate=0.1, losses=((0.1, None),)) for each in networks}
    study = Study(tmp_path, plan, config, open_source(config.data), 1, chosen, networks)
    page = read_offline_page(write_report(study).read_text("utf-8"))
    assert "3 of 3" in page.words
    assert "nan" not in page.words


def test_a_folder_that_holds_a_study_is_refused_and_the_way_on_is_named(
    config: RunConfig, tmp_path: Path
) -> None:
    begin(config, PLAN, tmp_path / "study")
    with pytest.raises(RunError, match=r"inkdigit study residual --resume"):
        begin(config, PLAN, tmp_path / "study")


def test_depths_that_cannot_be_compared_are_refused_before_anything_is_written(
    config: RunConfig, tmp_path: Path
) -> None:
    for depths in ((8,), (8, 8), (8, 9)):
        with pytest.raises(ConfigError):
            begin(config, Plan(depths=depths), tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_a_damaged_piece_is_named_with_what_mends_it(config: RunConfig, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    begin(config, PLAN, folder)
    (folder / subject.PIECES).mkdir()
    piece = folder / subject.PIECES / "plain-bare-8-rate.json"
    piece.write_text(json.dumps({"learning_rate": "fast"}))
    with pytest.raises(RunError, match="Remove the file"):
        go_on(folder)


def test_a_network_whose_answers_are_no_numbers_blew_up_and_the_study_goes_on(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise ModelError("the model's answer to 1 of 24 pictures is not finite")

    monkeypatch.setattr(training, "test_once", refuse)
    source = open_source(config.data)
    bench = training.Bench.set_up(source, choose_machine(config.training))
    found = training.train_one(
        bench,
        Design("residual", False, 8),
        config,
        seed=0,
        rate=0.001,
        steps=2,
        openings=tmp_path / "openings.jsonl",
        watch=lambda _step, _steps: None,
    )
    assert found.test is None
    assert found.blown_up_at == 2
    assert not found.learned
