import json
from pathlib import Path

import pytest

from inkdigit.errors import RunError
from inkdigit.evaluation.report import write_report
from inkdigit.evaluation.run_record import read
from tests.evaluation.html_check import Page, read_offline_page
from tests.evaluation.run_folder import Recipe, build_run

EVIL = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "a & b's")


def report_of(run: Path) -> Page:
    return read_offline_page(write_report(run).read_text("utf-8"))


def test_the_headline_says_how_good_and_how_sure(run: Path) -> None:
    words = report_of(run).words.replace("\u00a0", " ")
    test = read(run).result.test
    assert f"{test.accuracy:.2%}".replace("%", " %") in words
    assert "5 of 60 wrong" in words
    assert f"interval {100 * test.low:.2f} % to {100 * test.high:.2f} %" in words
    assert "Chosen epoch 3 of 3" in words


def test_every_part_is_there(run: Path) -> None:
    words = report_of(run).words
    for part in (
        *("Training loss", "The paper's Figure 3", "Loss per epoch", "Accuracy per epoch"),
        *("Learning rate", "Gradient norm", "Speed", "Confusion matrix", "precision", "recall"),
        *("The most confident mistakes", "What it was trained on", "conv1.convolution"),
        *("16 × 24 × 24", "training.epochs", "AMD EPYC", "Openings of a test split"),
    ):
        assert part in words


def test_every_mistake_is_shown_with_its_picture(run: Path) -> None:
    page = report_of(run)
    pictures = [link for link in page.links if link.startswith("data:image/png")]
    assert len(pictures) == 5 + 1  # and the contact sheet
    for mistake in read(run).result.test.mistakes:
        assert f"picture {mistake.index}" in page.words


def test_a_run_without_a_mistake_says_so(tmp_path: Path) -> None:
    words = report_of(build_run(tmp_path / "perfect", Recipe(wrong=0))).words
    assert "There are none: all 60 test pictures were answered rightly." in words


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    recipe = Recipe(class_names=EVIL, wrong=20, settings=("data.source=<b>bold</b>",))
    page = report_of(build_run(tmp_path / "run <i>5", recipe))
    for name in EVIL:
        assert name in page.words
    assert "run <i>5" in page.words
    assert "<b>bold</b>" in page.words
    assert "49" not in page.texts


@pytest.mark.parametrize("epochs", [1, 2, 45])
@pytest.mark.parametrize("classes", [2, 12, 13, 40])
def test_any_number_of_classes_and_epochs_is_drawn(
    tmp_path: Path, classes: int, epochs: int
) -> None:
    names = tuple(f"a rather long class name, number {k}" for k in range(classes))
    recipe = Recipe(class_names=names, epochs=epochs, size=160, wrong=40)
    words = report_of(build_run(tmp_path / "run", recipe)).words
    assert all(name in words for name in names)
    assert f"Chosen epoch {epochs} of {epochs}" in words


def test_a_test_split_opened_twice_is_warned_about(run: Path) -> None:
    assert "was opened" not in report_of(run).words
    opening = json.loads((run / "test_openings.jsonl").read_text())
    with (run / "test_openings.jsonl").open("a") as file:
        file.write(json.dumps(opening | {"why": "just looking"}) + "\n")
    words = report_of(run).words
    assert "The test split was opened 2 times." in words
    assert "just looking" in words


def test_other_data_does_not_count_as_a_second_opening(run: Path) -> None:
    opening = json.loads((run / "test_openings.jsonl").read_text())
    with (run / "test_openings.jsonl").open("a") as file:
        file.write(json.dumps(opening | {"sha256": "b" * 64}) + "\n")
    words = report_of(run).words
    assert "was opened" not in words
    assert "(other data)" in words


def test_the_commands_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "my run"
    words = report_of(build_run(folder)).words
    assert f"inkdigit train '{folder}/config.toml'" in words
    assert "inkdigit train --data 'my digits' -s training.epochs=3" in words


def test_settings_that_differ_from_the_defaults_stand_out(run: Path) -> None:
    html = write_report(run).read_text("utf-8")
    row = next(part for part in html.split("<tr") if "training.epochs<" in part)
    assert row.startswith(' class="changed"')


def test_the_report_needs_no_contact_sheet_and_replaces_an_older_one(run: Path) -> None:
    report_of(run)
    (run / "augmented.png").unlink()
    assert "What it was trained on" not in report_of(run).words


def test_an_unfinished_run_gets_no_report(run: Path) -> None:
    (run / "result.json").unlink()
    with pytest.raises(RunError, match="not finished"):
        write_report(run)
    assert not (run / "report.html").exists()
