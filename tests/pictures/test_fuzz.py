"""Whatever a picture file holds: pixels or a line that says why not, in bounded time and memory."""

import sys
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from inkdigit.errors import DataError
from inkdigit.pictures.decode import Limits, decode
from inkdigit.pictures.prepare import paper_is_bright, prepare
from inkdigit.types import Preparation
from tests.fuzzing import damaged, fuzz
from tests.pictures.corpus import corpus

LIMITS = Limits(pixels=4_000_000)
PEAK = 16 * LIMITS.pixels + (32 << 20)  # bytes: what a picture may take, and some for its tiles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
sound = cache(corpus)


def check(index: int) -> str:
    content = damaged(sound(), index)
    refusal = None
    try:
        pixels = decode(content, LIMITS)
    except DataError as error:
        refusal = error
    if refusal is not None:
        assert not isinstance(refusal.__cause__, MemoryError)
        assert str(refusal).isprintable()  # one line
        return "refused"
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] in (1, 3)
    for preparation in (Preparation(28, 1, paper_is_bright(pixels)), Preparation(32, 3, False)):
        size, channels = preparation.image_size, preparation.channels
        assert prepare(pixels, preparation).shape == (size, size, channels)
    return "decoded"


def test_every_picture_of_the_corpus_is_sound() -> None:
    for content in corpus()[:100]:  # without the PNG suite, which holds broken ones
        assert decode(content).size


def test_three_hundred_damaged_pictures_are_decoded_or_refused() -> None:
    outcome = fuzz(__name__, first=0, count=300)
    assert set(outcome.words) == {"decoded", "refused"}
    assert sum(outcome.words.values()) == 300
    assert outcome.peak_bytes < PEAK


@pytest.mark.fuzz
@pytest.mark.parametrize("first", range(0, 20_000, 5_000))
def test_twenty_thousand_damaged_pictures_are_decoded_or_refused(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    outcome = fuzz(__name__, first=first, count=5_000)
    record_property("outcome", outcome)
    assert set(outcome.words) == {"decoded", "refused"}
    assert sum(outcome.words.values()) == 5_000
    assert outcome.peak_bytes < PEAK
