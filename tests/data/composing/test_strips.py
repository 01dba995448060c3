from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inkdigit.config import DataConfig
from inkdigit.data.composing.strips import Strip, batches, compose_strips
from inkdigit.data.source import open_source
from inkdigit.pictures.strip import HEIGHT
from inkdigit.types import Images, Labels


@pytest.fixture(scope="module")
def digits() -> tuple[Images, Labels]:
    return open_source(DataConfig(source="mnist-5k")).train.read()


@pytest.fixture(scope="module")
def strips(digits: tuple[Images, Labels]) -> list[Strip]:
    return compose_strips(digits, 1000, seed=3)


def test_strips_do_not_depend_on_the_number_of_workers(
    digits: tuple[Images, Labels], strips: list[Strip]
) -> None:
    again = compose_strips(digits, 1000, seed=3, workers=1)
    assert [each.text for each in again] == [each.text for each in strips]
    for one, other in zip(again, strips, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_strips_show_ink_and_most_say_a_number(strips: list[Strip]) -> None:
    assert len(strips) == 1000
    assert all(each.pixels.shape[0] == HEIGHT for each in strips)
    assert sum(each.pixels.max(initial=0) == 255 for each in strips) > 950
    assert 0.85 < np.mean([any(map(str.isdigit, each.text)) for each in strips]) < 1
    assert not any("??" in each.text for each in strips)


def test_an_epoch_has_every_strip_once_in_batches_of_like_widths(strips: list[Strip]) -> None:
    draws = np.random.default_rng(0)
    seen: Counter[str] = Counter()
    waste = []
    for batch in batches(strips, 32, draws):
        assert batch.pixels.shape[3] % 8 == 0
        assert batch.pixels.shape[3] >= int(batch.widths.max())
        waste.append(1 - float(batch.widths.float().mean()) / batch.pixels.shape[3])
        seen.update(batch.texts)
    assert seen == Counter(each.text for each in strips)
    assert np.mean(waste) < 0.25  # by chance alone it would be half


def test_what_a_batch_adds_to_a_strip_is_paper(strips: list[Strip]) -> None:
    for batch in batches(strips[:100], 16):
        for row, width in enumerate(batch.widths.tolist()):
            assert not batch.pixels[row, :, :, width:].any()


def test_strips_that_are_kept_are_read_as_they_were_and_not_composed_again(
    digits: tuple[Images, Labels], strips: list[Strip], tmp_path: Path
) -> None:
    compose_strips(digits, 500, seed=3, kept=tmp_path)
    (first,) = tmp_path.iterdir()
    written = first.stat().st_mtime_ns
    again = compose_strips(digits, 1000, seed=3, kept=tmp_path)
    assert first.stat().st_mtime_ns == written
    assert [each.text for each in again] == [each.text for each in strips]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(again, strips, strict=True))
