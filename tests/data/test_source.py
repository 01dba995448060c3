"""One door, the same pictures behind it whatever their files look like."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import DataConfig
from inkdigit.data.source import gather, open_source, open_test
from inkdigit.data.sources.image_folder import write_image_folder
from inkdigit.data.split import Pool
from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.frame import frame
from inkdigit.pictures.prepare import for_framed_digits, prepare
from inkdigit.types import Images, Labels, Preparation

NAMES = tuple("0123456789")
DIGIT = Preparation(28, 1, invert=False, frame="digit")


def test_the_embedded_digits_are_the_default() -> None:
    source = open_source(DataConfig())
    assert source.name == "mnist-5k"
    assert source.preparation == DIGIT
    assert source.class_names == NAMES
    assert [len(source.train), len(source.validation), len(source.test)] == [3500, 500, 1000]


def test_a_folder_of_the_same_digits_is_divided_alike(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    write_image_folder(gather(DataConfig()).pool, tmp_path / "png")
    one, other = open_source(DataConfig()), open_source(DataConfig(source=str(tmp_path / "png")))
    for name in ("train", "validation", "test"):
        left, right = getattr(one, name), getattr(other, name)
        assert left.sha256 == right.sha256
        for a, b in zip(left.read(), right.read(), strict=True):
            assert (a == b).all()


def test_digits_are_brought_to_another_size_colour_and_polarity() -> None:
    source = open_source(DataConfig(image_size=32, channels=3, invert="yes"))
    assert source.preparation == Preparation(32, 3, invert=True)
    assert source.train.images.shape == (5000, 32, 32, 3)
    assert np.median(source.train.images[:, 0, 0]) == 255


def test_mnists_digits_count_as_framed_and_pass_as_they_are(
    digits: tuple[Images, Labels],
) -> None:
    gathered = gather(DataConfig())
    assert gathered.preparation == Preparation(28, 1, invert=False, frame="digit")
    assert np.array_equal(gathered.pool.images, digits[0])
    assert gather(DataConfig(frame="none")).preparation.frame == "none"
    assert gather(DataConfig(invert="yes")).preparation.frame == "none"


def test_a_folder_is_framed_if_that_is_asked_for(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    folder = small_folder(tmp_path / "few", digits, ["3", "8"])
    as_it_is = gather(DataConfig(source=str(folder)))
    assert as_it_is.preparation.frame == "none"
    framed = gather(DataConfig(source=str(folder), frame="digit", image_size=32))
    assert framed.preparation == Preparation(32, 1, invert=False, frame="digit")
    expected = [prepare(255 - picture, framed.preparation) for picture in as_it_is.pool.images]
    assert np.array_equal(framed.pool.images, expected)


def test_framing_and_inverting_contradict() -> None:
    with pytest.raises(ConfigError, match=r"data\.invert=yes beside data\.frame=digit"):
        gather(DataConfig(frame="digit", invert="yes"))


def test_a_framing_models_test_pictures_are_framed(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    folder = small_folder(tmp_path / "few", digits, ["3", "8"])
    test = open_test(DataConfig(source=str(folder)), for_framed_digits(), NAMES)
    assert any(np.array_equal(frame(255 - digits[0][1500]), picture) for picture in test.images)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("mnist-5", ConfigError, "unknown data source 'mnist-5'. Did you mean 'mnist-5k'?"),
        ("./nowhere", DataError, "./nowhere: no such folder"),
        ("no/where", DataError, "no/where: no such folder"),
        (__file__, DataError, "a file, expected a folder"),
    ],
)
def test_a_source_that_is_not_there_is_named(name: str, error: type, message: str) -> None:
    with pytest.raises(error) as caught:
        open_source(DataConfig(source=name))
    assert message in str(caught.value)


def small_folder(root: Path, digits: tuple[Images, Labels], names: list[str]) -> Path:
    images, labels = digits
    rows = np.flatnonzero(np.isin(labels, [int(name) for name in names]))[::50]
    positions = {int(name): place for place, name in enumerate(names)}
    mine = np.array([positions[label] for label in labels[rows].tolist()])
    write_image_folder(
        Pool(255 - images[rows], mine, tuple(names), {"train": range(len(rows))}), root
    )
    return root


def test_another_source_is_tested_with_the_models_size_and_class_names(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    folder = small_folder(tmp_path / "few", digits, ["3", "8"])
    test = open_test(
        DataConfig(source=str(folder)), Preparation(32, 3, invert=False), ("8", "x", "3")
    )
    images, labels = test.read()
    assert images.shape == (4, 32, 32, 3)
    assert np.median(images) == 0  # its own polarity was found: it is dark on light
    assert sorted(labels) == [0, 0, 2, 2]
    assert test.class_names == ("8", "x", "3")


def test_a_folder_that_is_only_there_to_test_is_tested_whole(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    small_folder(tmp_path / "x" / "test", digits, ["3", "8"])
    assert len(open_test(DataConfig(source=str(tmp_path / "x")), DIGIT, NAMES)) == 20


def test_what_was_drawn_for_a_test_is_learned_from_where_another_source_is_tested(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    learned, other = tmp_path / "learned", tmp_path / "other"
    small_folder(learned, digits, ["3", "8"])
    images, labels = digits
    few = np.flatnonzero(np.isin(labels, [3, 8]))[1::50]
    mine = (labels[few] == 8).astype(np.int64)
    theirs = Pool(255 - images[few], mine, ("3", "8"), {"train": range(len(few))})
    write_image_folder(theirs, other / "test")
    alone = open_source(DataConfig(source=str(learned)))
    source = open_source(DataConfig(source=str(learned), test_source=str(other)))
    assert len(source.test) == len(few)
    assert len(source.validation) == len(alone.validation)
    expected = {*alone.train.indices.tolist(), *alone.test.indices.tolist()}
    assert set(source.train.indices.tolist()) == expected


def test_a_class_that_the_model_does_not_know_is_named(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    folder = small_folder(tmp_path / "few", digits, ["3", "8"])
    with pytest.raises(DataError, match=r"unknown class '8'.*Known: 1, 3"):
        open_test(DataConfig(source=str(folder)), DIGIT, ("1", "3"))


def test_a_class_without_pictures_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "x" / name).mkdir(parents=True)
    for place in range(3):
        Image.new("L", (28, 28), place).save(tmp_path / "x" / "a" / f"{place}.png")
    with pytest.raises(DataError, match="class 'b' has 0 pictures and none"):
        open_source(DataConfig(source=str(tmp_path / "x")))


@pytest.mark.shared_data
def test_the_official_mnist_is_divided_exactly() -> None:
    if "INKDIGIT_DATA" not in os.environ:
        pytest.skip("INKDIGIT_DATA is not set")
    source = open_source(DataConfig(source="mnist"))
    assert [len(source.train), len(source.validation), len(source.test)] == [54000, 6000, 10000]
    assert sorted(source.test.indices) == list(range(60000, 70000))
    assert source.left_out == 0
    test = open_test(DataConfig(source="mnist"), DIGIT, NAMES)
    assert test.sha256 == source.test.sha256


@pytest.mark.shared_data
def test_the_embedded_digits_are_among_the_official_ones(digits: tuple[Images, Labels]) -> None:
    if "INKDIGIT_DATA" not in os.environ:
        pytest.skip("INKDIGIT_DATA is not set")
    pool = gather(DataConfig(source="mnist")).pool
    early = {picture.tobytes() for picture in pool.images[:5848]}
    assert all(picture.tobytes() in early for picture in digits[0])


def numbered_folder(root: Path, *classes: str) -> Path:
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for number in range(4):
            pixels = np.full((20, 20), 20 * number + label, np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


def test_numbers_that_sort_as_text_are_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = open_source(DataConfig(source=str(numbered_folder(tmp_path / "x", "2", "9", "10"))))
    assert source.class_names == ("10", "2", "9")
    (record,) = caplog.records
    assert "'10' before '2'. Zeros in front, such as 02," in record.getMessage()


@pytest.mark.parametrize("names", [("0", "1", "9"), ("02", "09", "10"), ("10", "2", "x")])
def test_other_names_need_no_word(
    names: tuple[str, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_source(DataConfig(source=str(numbered_folder(tmp_path / "x", *names))))
    assert not caplog.records
