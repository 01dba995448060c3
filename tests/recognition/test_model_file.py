"""A model file is whole, ours and sound, or it is refused in one line."""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.errors import ModelError
from inkdigit.recognition.model_file import patterns, require_whole, seal
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Preparation
from tests.fuzzing import damaged, fuzz
from tests.recognition.tiny import tiny_file

WEIGHTS = Path(__file__).parents[2] / "inkdigit/recognition/weights"


@cache
def sound() -> list[bytes]:
    return [tiny_file(), (WEIGHTS / "quick.onnx").read_bytes()]


def check(index: int) -> str:
    """Damage a file; every other one is sealed again, as somebody who means harm would do."""
    content = damaged(sound(), index)
    harmful = index % 2 == 1
    if harmful:
        try:
            content = seal(content)
        except ValueError:
            harmful = False
    refusal = recognizer = None
    try:
        recognizer = OnnxRecognizer.from_bytes(content, name="model.onnx")
    except ModelError as error:
        refusal = error
    if refusal is not None:
        assert str(refusal).isprintable()
        return "refused"
    assert recognizer is not None
    assert harmful or content in sound()
    side, channels = recognizer.preparation.image_size, recognizer.preparation.channels
    answers = recognizer.probabilities(np.zeros((3, side, side, channels), np.uint8))
    assert answers.shape == (3, len(recognizer.class_names))
    return "opened"


@pytest.mark.parametrize("name", ["default", "quick", "line"])
def test_weights_tell_nothing_of_the_machine_that_made_them(name: str) -> None:
    content = (WEIGHTS / f"{name}.onnx").read_bytes()
    assert b".py" not in content
    assert b"stack_trace" not in content


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_three_hundred_damaged_files_are_refused_or_answer() -> None:
    outcome = fuzz(__name__, first=0, count=300)
    assert set(outcome.words) <= {"opened", "refused"}
    assert outcome.words["refused"] > 200


@pytest.mark.fuzz
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_ten_thousand_damaged_files_are_refused_or_answer(
    record_property: Callable[[str, object], None],
) -> None:
    outcome = fuzz(__name__, first=0, count=10_000)
    record_property("outcome", outcome)
    assert sum(outcome.words.values()) == 10_000
    assert set(outcome.words) <= {"opened", "refused"}


@given(data=st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    content = bytearray(tiny_file())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelError):
        require_whole(bytes(content), "model.onnx")


def test_sealing_a_sealed_file_changes_nothing() -> None:
    assert seal(tiny_file()) == tiny_file()


def test_a_file_that_refers_to_another_is_refused() -> None:
    with pytest.raises(ModelError, match="lies in another file"):
        require_whole(seal(b"\x0a\x08location\x12\x07weights" + tiny_file()), "model.onnx")


def test_a_file_whose_metadata_is_no_text_is_refused() -> None:
    content = tiny_file().replace(b"inkdigit.format", b"inkdigit\xffformat")
    with pytest.raises(ModelError, match="metadata is damaged"):
        OnnxRecognizer.from_bytes(seal(content), name="model.onnx")


def test_a_file_of_unusual_size_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.recognition.model_file.LARGEST", 1000)
    with pytest.raises(ModelError, match=r"bytes, expected at most 1,000"):
        require_whole(tiny_file(), "model.onnx")


@pytest.mark.parametrize("preparation", [Preparation(20, 1, False), Preparation(64, 3, True)])
def test_the_patterns_of_the_self_test_differ_and_never_change(preparation: Preparation) -> None:
    images = patterns(preparation)
    side, channels = preparation.image_size, preparation.channels
    assert images.shape == (8, side, side, channels)
    assert images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == 8
    assert np.array_equal(images, patterns(preparation))
