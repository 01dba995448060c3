"""Pictures are excluded and relabelled as files beside the data say, and stay as they are."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import DataConfig
from inkdigit.data.source import gather, open_source
from inkdigit.data.sources.image_folder import picture_names, write_image_folder
from inkdigit.data.split import Pool
from inkdigit.errors import DataError
from inkdigit.types import Images, Labels, Split


@pytest.fixture
def folder(tmp_path: Path, digits: tuple[Images, Labels]) -> Path:
    """Forty 3s and forty 8s as PNG files."""
    rows = np.r_[1500:1540, 4000:4040]
    labels = (digits[1][rows] == 8).astype(np.int64)
    pool = Pool(digits[0][rows], labels, ("3", "8"), {"train": range(len(rows))})
    write_image_folder(pool, tmp_path / "digits")
    return tmp_path / "digits"


def lines(path: Path, *records: dict[str, str] | str) -> str:
    said = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(said) + "\n", "utf-8")
    return str(path)


def pictures(split: Split) -> set[bytes]:
    return {picture.tobytes() for picture in split.read()[0]}


def test_an_excluded_picture_is_in_no_split_and_all_others_stay_where_they_were(
    folder: Path, tmp_path: Path
) -> None:
    plain = open_source(DataConfig(source=str(folder)))
    gathered = gather(DataConfig(source=str(folder)))
    rows = {"train": plain.train.indices[0], "test": plain.test.indices[0]}
    named = [{"picture": gathered.names[row], "why": "cut off"} for row in rows.values()]
    exclude = lines(tmp_path / "exclude.jsonl", *named)
    fixed = open_source(DataConfig(source=str(folder), exclude=exclude))
    assert fixed.excluded == 2
    for name in ("train", "test"):
        before, after = getattr(plain, name), getattr(fixed, name)
        assert before.indices[1:].tolist() == after.indices.tolist()
        assert before.sha256 != after.sha256
    assert fixed.validation.sha256 == plain.validation.sha256


def test_a_relabelled_picture_keeps_its_side_and_gets_its_label(
    folder: Path, tmp_path: Path
) -> None:
    plain = open_source(DataConfig(source=str(folder)))
    row = int(plain.validation.indices[0])
    name = gather(DataConfig(source=str(folder))).names[row]
    other = "8" if name.startswith("3/") else "3"
    relabel = lines(tmp_path / "relabel.jsonl", {"picture": name, "label": other})
    fixed = open_source(DataConfig(source=str(folder), relabel=relabel))
    assert fixed.relabelled == 1
    assert pictures(fixed.validation) == pictures(plain.validation)
    changed = fixed.validation.labels != plain.validation.labels
    assert np.flatnonzero(changed).tolist() == [row]
    assert fixed.validation.sha256 != plain.validation.sha256
    assert fixed.test.sha256 == plain.test.sha256


def test_the_originals_are_not_touched(folder: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*.png")}
    exclude = lines(tmp_path / "exclude.jsonl", {"picture": "3/00000.png"})
    relabel = lines(tmp_path / "relabel.jsonl", {"picture": "3/00001.png", "label": "8"})
    open_source(DataConfig(source=str(folder), exclude=exclude, relabel=relabel))
    assert {file: file.read_bytes() for file in folder.rglob("*.png")} == before


def test_the_same_files_fix_a_source_and_the_folder_that_it_is_exported_to(
    tmp_path: Path,
) -> None:
    write_image_folder(gather(DataConfig()).pool, tmp_path / "png")
    exclude = lines(tmp_path / "exclude.jsonl", {"picture": "7/00042.png"})
    relabel = lines(tmp_path / "relabel.jsonl", {"picture": "1/00007.png", "label": "7"})
    one = open_source(DataConfig(exclude=exclude, relabel=relabel))
    other = open_source(DataConfig(source=str(tmp_path / "png"), exclude=exclude, relabel=relabel))
    assert open_source(DataConfig()).train.sha256 != one.train.sha256
    for name in ("train", "validation", "test"):
        assert getattr(one, name).sha256 == getattr(other, name).sha256


def test_pictures_of_parts_are_named_with_their_part() -> None:
    pool = Pool(
        np.zeros((4, 2, 2, 1), np.uint8),
        np.array([1, 0, 1, 1]),
        ("a", "b"),
        {"train": range(3), "validation": range(3, 4)},
    )
    assert picture_names(pool) == (
        *("train/b/00000.png", "train/a/00000.png"),
        *("train/b/00001.png", "val/b/00000.png"),
    )


def test_what_cannot_be_read_may_be_excluded_all_the_same(folder: Path, tmp_path: Path) -> None:
    for number in range(1000):
        pixels = np.full((28, 28), number % 200, np.uint8)
        pixels[number // 200 + 5] = 255
        Image.fromarray(pixels).save(folder / "8" / f"more-{number}.png")
    (folder / "8" / "bad.png").write_bytes(b"no picture")
    exclude = lines(tmp_path / "exclude.jsonl", {"picture": "8/bad.png"})
    assert open_source(DataConfig(source=str(folder), exclude=exclude)).excluded == 1


def test_a_folder_full_of_bad_pictures_can_be_gathered_but_not_trained_on(folder: Path) -> None:
    (folder / "8" / "bad.png").write_bytes(b"no picture")
    config = DataConfig(source=str(folder))
    gathered = gather(config, tolerant=True)
    assert gathered.bad_pictures == ("8/bad.png",)
    assert len(gathered.names) == len(gathered.pool.labels) == 80
    with pytest.raises(DataError, match="1 of 81 pictures cannot be read"):
        open_source(config)


@pytest.mark.parametrize(
    ("key", "line", "message"),
    [
        ("exclude", {"picture": "3/99999.png"}, "exclude.jsonl, line 1: no picture '3/99999.png'"),
        ("exclude", {"picture": "3/00000.png", "label": "8"}, "belongs into data.relabel"),
        ("relabel", {"picture": "3/00000.png"}, "belongs into data.exclude"),
        ("relabel", {"picture": "3/00000.png", "label": "9"}, "unknown class '9'.*Known: 3, 8"),
        ("relabel", "3/00000.png 8", "relabel.jsonl, line 1: Invalid JSON"),
        ("exclude", '{"picture": ""}', "picture: String should have at least 1 character"),
    ],
)
def test_a_line_that_fits_nothing_is_told_with_its_number(
    key: str, line: dict[str, str] | str, message: str, folder: Path, tmp_path: Path
) -> None:
    file = lines(tmp_path / f"{key}.jsonl", line)
    with pytest.raises(DataError, match=message):
        open_source(DataConfig(source=str(folder)).model_copy(update={key: file}))


def test_a_picture_is_named_once_in_both_files(folder: Path, tmp_path: Path) -> None:
    exclude = lines(tmp_path / "exclude.jsonl", {"picture": "3/00000.png"})
    relabel = lines(tmp_path / "relabel.jsonl", {"picture": "3/00000.png", "label": "8"})
    with pytest.raises(DataError, match=r"is named in .*exclude\.jsonl, line 1 already"):
        open_source(DataConfig(source=str(folder), exclude=exclude, relabel=relabel))


def test_a_file_that_is_not_there_is_told_before_pictures_are_read(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "exclude.jsonl")
    with pytest.raises(DataError, match=r"exclude\.jsonl: no such file or directory"):
        open_source(DataConfig(source=str(tmp_path), exclude=nowhere))  # no folder of pictures


def test_fixes_may_not_empty_a_class(folder: Path, tmp_path: Path) -> None:
    named = [{"picture": f"3/{number:05}.png"} for number in range(40)]
    exclude = lines(tmp_path / "exclude.jsonl", *named)
    with pytest.raises(DataError, match="class '3' has 0 pictures"):
        open_source(DataConfig(source=str(folder), exclude=exclude))
