"""Faults that are put into a folder are found, said, and mended by the files that are written."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import DataConfig, RunConfig, load
from inkdigit.data.source import open_source
from inkdigit.errors import DataError
from inkdigit.studies.data_check.answers import replace_training
from inkdigit.studies.data_check.study import Checkup, Options, check_data
from inkdigit.types import Images, Labels
from tests.evaluation.html_check import read_offline_page
from tests.training.conftest import CLASSES, draw_strokes

UNTRAINED = Options(folds=0)
TRAINED = Options(folds=2, more_epochs=False)
Spoil = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """150 strokes, fifty of each class, and nothing wrong with them."""
    images, labels = draw_strokes(150, seed=2)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = tmp_path / "strokes" / CLASSES[label] / f"{number:03}.png"
        place.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(image[..., 0]).save(place)
    return tmp_path / "strokes"


def config_for(folder: Path, **data: str) -> RunConfig:
    quick = ["training.threads=1", "training.batch_size=16", "training.epochs=1"]
    settings = load(overrides=quick)
    source = DataConfig(source=str(folder)).model_copy(update=data)
    return settings.model_copy(update={"data": source})


def check(folder: Path, options: Options = UNTRAINED, **data: str) -> Checkup:
    return check_data(config_for(folder, **data), folder.parent / "check", options)


def findings(checkup: Checkup) -> dict[str, dict[str, Any]]:
    lines = (checkup.folder / "findings.jsonl").read_text("utf-8").splitlines()
    return {record["check"]: record for record in map(json.loads, lines)}


def names(record: dict[str, Any]) -> set[str]:
    return {picture["picture"] for picture in record["pictures"]}


def lines_of(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def pixels(folder: Path, name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(folder / name))


def save(folder: Path, name: str, values: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    Image.fromarray(values).save(folder / name)


def test_nothing_is_found_where_nothing_is_wrong(folder: Path) -> None:
    checkup = check(folder)
    assert findings(checkup) == {}
    assert (checkup.excluded, checkup.relabelled) == (0, 0)
    assert "None was found" in read_offline_page((checkup.folder / "report.html").read_text()).words


def test_copies_are_found_and_all_but_one_are_excluded(folder: Path) -> None:
    for number in (1, 2):
        save(folder, f"bar/copy-{number}.png", pixels(folder, "bar/000.png"))
    checkup = check(folder)
    record = findings(checkup)["doubles"]
    assert record["severity"] == "notice"
    assert names(record) == {"bar/copy-1.png", "bar/copy-2.png"}
    assert {each["picture"] for each in lines_of(checkup.folder / "exclude.jsonl")} == names(record)
    fixed = check_again(folder, checkup)
    assert "doubles" not in findings(fixed)


def check_again(folder: Path, checkup: Checkup) -> Checkup:
    fixes = {key: str(checkup.folder / f"{key}.jsonl") for key in ("exclude", "relabel")}
    return check_data(config_for(folder, **fixes), folder.parent / "again", UNTRAINED)


def test_one_picture_in_two_classes_is_a_problem(folder: Path) -> None:
    save(folder, "dash/copy.png", pixels(folder, "bar/000.png"))
    record = findings(check(folder))["contradictions"]
    assert record["severity"] == "problem"
    assert names(record) == {"bar/000.png", "dash/copy.png"}
    assert {picture["twin"] for picture in record["pictures"]} == names(record)


def test_copies_across_parts_are_told_and_left_out_anyway(folder: Path) -> None:
    (folder / "train").mkdir()
    for name in CLASSES:
        (folder / name).rename(folder / "train" / name)
        (folder / "test" / name).mkdir(parents=True)
        for file in sorted((folder / "train" / name).iterdir())[:5]:
            file.rename(folder / "test" / name / file.name)
    save(folder, "train/bar/copy.png", pixels(folder, "test/bar/000.png"))
    checkup = check(folder)
    record = findings(checkup)["doubles across splits"]
    assert names(record) == {"test/bar/000.png"} or names(record) == {"train/bar/copy.png"}
    assert checkup.excluded == 0


def test_a_changed_copy_in_the_test_part_is_kept_there_and_excluded_from_training(
    folder: Path,
) -> None:
    (folder / "train").mkdir()
    for name in CLASSES:
        (folder / name).rename(folder / "train" / name)
        (folder / "test" / name).mkdir(parents=True)
        for file in sorted((folder / "train" / name).iterdir())[:5]:
            file.rename(folder / "test" / name / file.name)
    changed = np.roll(pixels(folder, "test/bar/000.png"), 1, axis=1)
    changed = np.clip(changed.astype(int) + 3, 0, 255).astype(np.uint8)
    save(folder, "train/bar/near.png", changed)
    checkup = check(folder)
    record = findings(checkup)["near doubles across splits"]
    assert record["severity"] == "problem"
    assert [(each["picture"], each["twin"]) for each in record["pictures"]] == [
        ("train/bar/near.png", "test/bar/000.png")
    ]
    (line,) = lines_of(checkup.folder / "exclude.jsonl")
    assert line["picture"] == "train/bar/near.png"
    assert line["why"].startswith("near doubles across splits")


def test_blank_pictures_are_excluded(folder: Path) -> None:
    save(folder, "bar/blank.png", np.full((20, 20), 9, np.uint8))
    checkup = check(folder)
    assert names(findings(checkup)["blank pictures"]) == {"bar/blank.png"}
    assert [each["picture"] for each in lines_of(checkup.folder / "exclude.jsonl")] == [
        "bar/blank.png"
    ]


def test_truncated_files_are_named_with_what_is_wrong(folder: Path) -> None:
    whole = (folder / "bar" / "000.png").read_bytes()
    (folder / "bar" / "half.png").write_bytes(whole[: len(whole) // 2])
    (folder / "bar" / "text.png").write_bytes(b"no picture")
    record = findings(check(folder))["unreadable files"]
    faults = {each["file"]: each["error"] for each in record["files"]}
    assert set(faults) == {"bar/half.png", "bar/text.png"}
    assert "truncated" in faults["bar/half.png"]
    assert faults["bar/text.png"].startswith("no picture")


def test_pictures_of_the_other_polarity_are_found(folder: Path) -> None:
    for number in range(0, 30, 3):
        save(folder, f"bar/{number:03}.png", 255 - pixels(folder, f"bar/{number:03}.png"))
    record = findings(check(folder))["polarity"]
    assert names(record) == {f"bar/{number:03}.png" for number in range(0, 30, 3)}
    assert record["said"].startswith("Dark on light, where the others are light on dark: 10 of 150")
    assert "data.frame=digit" in record["mend"]


def test_a_source_whose_polarity_was_set_wrong_is_told_to_turn_it(folder: Path) -> None:
    assert "data.invert=yes" not in str(findings(check(folder)))
    wrong = check_data(config_for(folder, invert="yes"), folder.parent / "wrong", UNTRAINED)
    assert findings(wrong)["polarity"]["said"].startswith("Dark on light: 150 of 150")


def test_ink_on_the_border_is_noticed(folder: Path) -> None:
    picture = pixels(folder, "dash/001.png").copy()
    picture[:, -2:] = 220
    save(folder, "dash/001.png", picture)
    assert names(findings(check(folder))["cut off"]) == {"dash/001.png"}


def test_a_much_smaller_sign_and_a_much_paler_one_are_noticed(folder: Path) -> None:
    small = np.zeros((20, 20), np.uint8)
    small[9:11, 9:11] = 250
    save(folder, "slash/small.png", small)
    save(folder, "slash/pale.png", pixels(folder, "slash/002.png") // 3)
    found = findings(check(folder))
    odd = set().union(*(names(record) for name, record in found.items() if "outliers" in name))
    assert {"slash/small.png", "slash/pale.png"} <= odd


@pytest.mark.parametrize(
    ("classes", "name", "words"),
    [
        ({"2": 12, "10": 12}, "class order", "'10' before '2'"),
        ({"3": 12, "03": 12}, "class names", "'03', '3'"),
        ({"cat": 12, "Cat ": 12, "dog": 12}, "class names", "'Cat ', 'cat'"),
        ({"a": 90, "b": 12}, "class balance", "'b' has"),
        ({"a": 12, "b": 12}, "few pictures", "2 classes with fewer than 20"),
    ],
)
def test_odd_classes_are_told(
    classes: dict[str, int], name: str, words: str, tmp_path: Path
) -> None:
    images, _ = draw_strokes(sum(classes.values()), seed=4)
    rows = iter(images[..., 0])
    for label, count in classes.items():
        (tmp_path / "odd" / label).mkdir(parents=True)
        for number in range(count):
            save(tmp_path / "odd" / label, f"{number}.png", next(rows))
    assert words in findings(check(tmp_path / "odd"))[name]["said"]


def digits_folder(root: Path, digits: tuple[Images, Labels], spoil: Spoil | None = None) -> Path:
    """Twenty of each digit."""
    for label in range(10):
        (root / str(label)).mkdir(parents=True)
        for number, row in enumerate(np.flatnonzero(digits[1] == label)[:20]):
            save(root, f"{label}/{number:02}.png", digits[0][row, ..., 0])
    if spoil is not None:
        spoil(root)
    return root


def transpose_all(root: Path) -> None:
    for file in root.rglob("*.png"):
        Image.fromarray(np.asarray(Image.open(file)).T.copy()).save(file)


def transpose_some(root: Path) -> None:
    for label in (2, 4, 7):
        for number in range(3):
            name = f"{label}/{number:02}.png"
            save(root, name, pixels(root, name).T.copy())


def exchange_two(root: Path) -> None:
    (root / "3").rename(root / "x")
    (root / "8").rename(root / "3")
    (root / "x").rename(root / "8")


def test_digits_that_are_right_are_left_alone(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    found = findings(check(digits_folder(tmp_path / "digits", digits)))
    assert not {"orientation", "exchanged classes", "polarity", "cut off"} & set(found)


def test_transposed_digits_are_recognized_as_such(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    record = findings(check(digits_folder(tmp_path / "emnist", digits, transpose_all)))[
        "orientation"
    ]
    assert "rows and columns are exchanged, as in EMNIST" in record["said"]
    assert record["severity"] == "problem"


def test_a_few_transposed_digits_are_named(tmp_path: Path, digits: tuple[Images, Labels]) -> None:
    record = findings(check(digits_folder(tmp_path / "some", digits, transpose_some)))[
        "orientation"
    ]
    turned = {f"{label}/{number:02}.png" for label in (2, 4, 7) for number in range(3)}
    assert names(record) <= turned
    assert len(names(record)) >= 3  # some are in the test part, which no network is shown


def test_exchanged_folders_are_told_apart(tmp_path: Path, digits: tuple[Images, Labels]) -> None:
    record = findings(check(digits_folder(tmp_path / "mixed", digits, exchange_two)))[
        "exchanged classes"
    ]
    assert "'3' like 8, '8' like 3" in record["said"]


def test_wrong_labels_are_found_and_the_file_puts_them_right(folder: Path) -> None:
    wrong = {f"{number:03}.png" for number in range(0, 30, 6)}  # bars among the dashes
    for name in wrong:
        (folder / "bar" / name).rename(folder / "dash" / name)
    options = replace(TRAINED, test=True)
    config = replace_training(config_for(folder), epochs=50)
    checkup = check_data(config, folder.parent / "check", options)
    relabelled = {
        each["picture"]: each["label"] for each in lines_of(checkup.folder / "relabel.jsonl")
    }
    planted = {f"dash/{name}": "bar" for name in wrong}
    assert len(planted.items() & relabelled.items()) >= len(planted) - 1
    assert len(relabelled) <= len(planted) + 3
    source = open_source(
        DataConfig(source=str(folder), relabel=str(checkup.folder / "relabel.jsonl"))
    )
    assert source.relabelled == len(relabelled)
    (opening,) = lines_of(checkup.folder / "test_openings.jsonl")
    assert opening["why"] == "inkdigit data check --test"


def test_without_test_its_labels_are_not_judged(folder: Path) -> None:
    checkup = check(folder, TRAINED)
    assert not (checkup.folder / "test_openings.jsonl").exists()
    sides = {
        picture["split"]
        for record in findings(checkup).values()
        for picture in record["pictures"]
        if "label" in record["check"]
    }
    assert "test" not in sides


def test_the_page_shows_what_was_found_and_is_complete_in_itself(folder: Path) -> None:
    save(folder, "bar/blank.png", np.zeros((20, 20), np.uint8))
    save(folder, "bar/<b>.png", pixels(folder, "bar/000.png"))
    checkup = check(folder)
    page = read_offline_page((checkup.folder / "report.html").read_text("utf-8"))
    for words in ("1 problem and", "Blank pictures", "bar/<b>.png", "inkdigit train --data"):
        assert words in page.words


def test_originals_stay_and_a_failed_check_leaves_nothing(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*.png")}
    with pytest.raises(DataError, match="expected at least 60"):
        check(folder, Options(folds=60))
    assert not (folder.parent / "check").exists()
    assert not list(folder.parent.glob(".check*"))
    assert {file: file.read_bytes() for file in folder.rglob("*.png")} == before
