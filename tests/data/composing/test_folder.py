import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import DataConfig
from inkdigit.data.composing.folder import TRUTH, digits_of, write_lines, write_pages
from inkdigit.data.composing.page import PageKind
from inkdigit.data.handwriting.pen import Digits
from inkdigit.data.source import open_source
from inkdigit.errors import ConfigError


@pytest.fixture(scope="module")
def written() -> Digits:
    return digits_of(open_source(DataConfig(source="mnist-5k")))


def _truth(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / TRUTH).read_text("utf-8").splitlines()]


def test_each_picture_has_its_truth(written: Digits, tmp_path: Path) -> None:
    write_lines(written, tmp_path / "lines", count=12)
    truth = _truth(tmp_path / "lines")
    pictures = sorted((tmp_path / "lines").glob("*.png"))
    assert [each["file"] for each in truth] == [path.name for path in pictures]
    assert len(pictures) == 12
    for each, path in zip(truth, pictures, strict=True):
        left, top, right, bottom = np.array(each["box"])
        with Image.open(path) as picture:
            assert 0 <= left < right <= picture.width
            assert 0 <= top < bottom <= picture.height
        marks = each["marks"]
        assert isinstance(marks, list)
        assert each["text"] == "".join(mark["sign"] for mark in marks)


def test_line_k_does_not_depend_on_how_many_there_are(written: Digits, tmp_path: Path) -> None:
    write_lines(written, tmp_path / "few", count=3, seed=4)
    write_lines(written, tmp_path / "more", count=5, seed=4)
    assert _truth(tmp_path / "more")[:3] == _truth(tmp_path / "few")
    for name in ("0000.png", "0002.png"):
        one, other = ((tmp_path / place / name).read_bytes() for place in ("few", "more"))
        assert one == other


def test_a_text_is_written_on_every_line(written: Digits, tmp_path: Path) -> None:
    write_lines(written, tmp_path / "lines", count=4, text="12.50")
    assert {each["text"] for each in _truth(tmp_path / "lines")} == {"12.50"}


@pytest.mark.parametrize("text", ["", "12a", "..", "１"])
def test_a_text_without_digits_or_with_other_signs_is_refused(
    written: Digits, tmp_path: Path, text: str
) -> None:
    with pytest.raises(ConfigError, match="expected digits"):
        write_lines(written, tmp_path / "lines", count=1, text=text)
    assert not (tmp_path / "lines").exists()


def test_each_page_has_its_truth_line_by_line(written: Digits, tmp_path: Path) -> None:
    write_pages(written, tmp_path / "pages", count=3, kind=PageKind(megapixels=0.5))
    truth = _truth(tmp_path / "pages")
    assert [each["file"] for each in truth] == ["0000.png", "0001.png", "0002.png"]
    for each in truth:
        with Image.open(tmp_path / "pages" / str(each["file"])) as picture:
            assert (each["width"], each["height"]) == picture.size
        lines = each["lines"]
        assert isinstance(lines, list)
        numbers = [number for line in lines for number in line["numbers"]]
        assert 40 <= sum(len(number["digits"]) for number in numbers) <= 60
        for number in numbers:
            assert number["digits"] == "".join(filter(str.isdigit, number["text"]))


def test_page_k_does_not_depend_on_how_many_there_are(written: Digits, tmp_path: Path) -> None:
    write_pages(written, tmp_path / "few", count=1, seed=4, kind=PageKind(megapixels=0.5))
    write_pages(written, tmp_path / "more", count=2, seed=4, kind=PageKind(megapixels=0.5))
    assert _truth(tmp_path / "more")[:1] == _truth(tmp_path / "few")
    one, other = ((tmp_path / place / "0000.png").read_bytes() for place in ("few", "more"))
    assert one == other


def test_a_source_of_other_classes_is_refused() -> None:
    source = open_source(DataConfig(source="mnist-5k"))
    with pytest.raises(ConfigError, match="expected the ten digits"):
        digits_of(replace(source, class_names=tuple("abcdefghij")))
