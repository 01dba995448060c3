"""Any picture of a digit gets the answer that the digit itself gets; anything else a reason."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from inkdigit.data.sources.sample import read_sample
from inkdigit.errors import ConfigError, DataError
from inkdigit.pictures.decode import Pixels
from inkdigit.pictures.inputs import Input
from inkdigit.recognition.recognizer import SHIPPED, OnnxRecognizer, open_recognizer
from inkdigit.recognition.stream import classify_files
from inkdigit.types import Images, Labels


@pytest.fixture(scope="module")
def recognizer() -> OnnxRecognizer:
    return open_recognizer("quick")


def on_paper(picture: Pixels, *, times: float, margin: int, paper: int, ink: int) -> Pixels:
    side = round(28 * times)
    large = Image.fromarray(picture[..., 0]).resize((side, side), Image.Resampling.BICUBIC)
    share = np.pad(np.asarray(large, float) / 255, margin)
    return np.rint(paper + (ink - paper) * share).astype(np.uint8)[..., None]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_weights_that_come_along_know_the_embedded_digits(
    name: str, digits: tuple[Images, Labels]
) -> None:
    images, labels = digits[0][::10], digits[1][::10]
    answers = open_recognizer(name).classify(images)
    assert (answers.labels.astype(int) == labels).mean() > 0.98
    assert answers.rejected.mean() < 0.02


@settings(max_examples=30)
@given(
    index=st.integers(0, 4999),
    times=st.floats(2.5, 7),
    margin=st.integers(3, 60),
    paper=st.integers(150, 255),
    ink=st.integers(0, 80),
)
def test_size_margin_light_and_polarity_do_not_change_a_sure_answer(
    index: int, times: float, margin: int, paper: int, ink: int
) -> None:
    recognizer, picture = open_recognizer("default"), read_sample()[0][index]
    plain = recognizer.classify(picture)[0]
    drawn = on_paper(picture, times=times, margin=margin, paper=paper, ink=ink)
    inverted = on_paper(picture, times=times, margin=margin, paper=ink, ink=paper)
    if plain.confidence > 0.999:
        assert recognizer.classify(drawn)[0].label == plain.label
        assert recognizer.classify(inverted)[0].label == plain.label


def test_blank_noise_and_shapes_are_rejected_with_the_reason(recognizer: OnnxRecognizer) -> None:
    draws = np.random.default_rng(0)
    solid = Image.new("L", (100, 100), 255)
    pen = ImageDraw.Draw(solid)
    pen.polygon(
        [(10, 20), (90, 20), (90, 45), (70, 45), (70, 95), (30, 95), (30, 45), (10, 45)], 60
    )
    answers = recognizer.classify(
        [
            np.full((40, 40), 128, np.uint8),
            draws.integers(0, 256, (40, 40), np.uint8),
            solid,
        ]
    )
    # noise is what paper looks like, so no ink is found in it
    assert answers.reasons == ("blank", "blank", "not a digit")
    assert answers.rejected.all()


def test_predictions_are_arrays_and_single_answers_alike(
    recognizer: OnnxRecognizer, digits: tuple[Images, Labels]
) -> None:
    answers = recognizer.classify(digits[0][::700])
    assert len(answers) == 8
    assert answers.probabilities.shape == (8, 10)
    for index, answer in enumerate(answers):
        assert answer.label == answers.labels[index] == answer.top[0][0]
        assert answer.confidence == answers.confidence[index] == answer.top[0][1]
        assert answer.rejected == answers.rejected[index] == (answer.reason is not None)
        assert [share for _, share in answer.top] == sorted(answers.probabilities[index])[:-4:-1]
    assert list(answers[2:5]) == list(answers)[2:5]


def test_a_digit_that_is_framed_is_answered_as_probabilities_does(
    recognizer: OnnxRecognizer, digits: tuple[Images, Labels]
) -> None:
    images = digits[0][::50]
    np.testing.assert_allclose(
        recognizer.classify(images).probabilities, recognizer.probabilities(images), atol=1e-6
    )


def test_a_stricter_target_rejects_more(
    recognizer: OnnxRecognizer, digits: tuple[Images, Labels]
) -> None:
    images = digits[0][::5]
    usual = recognizer.classify(images).rejected
    strict = recognizer.classify(images, target_error=0.001).rejected
    assert (usual <= strict).all()
    assert "unsure" in recognizer.classify(images, target_error=0.001).reasons


def test_no_pictures_get_no_answers(recognizer: OnnxRecognizer) -> None:
    answers = recognizer.classify([])
    assert len(answers) == 0
    assert answers.probabilities.shape == (0, 10)
    assert answers.labels.shape == answers.rejected.shape == (0,)


def test_a_target_that_is_not_promised_is_refused(recognizer: OnnxRecognizer) -> None:
    with pytest.raises(ConfigError, match=r"target error 1e-09: the model does not promise that"):
        recognizer.classify([], target_error=1e-9)


def test_one_bad_picture_stops_a_list_and_is_named(recognizer: OnnxRecognizer) -> None:
    with pytest.raises(DataError, match=r"nowhere\.png: no such file"):
        recognizer.classify(["nowhere.png"])


def test_what_could_not_be_had_is_told(recognizer: OnnxRecognizer, tmp_path: Path) -> None:
    given = Input("closed", tmp_path / "closed", "closed: permission denied.")
    (answer,) = classify_files(recognizer, [given])
    assert (answer.prediction, answer.error) == (None, "closed: permission denied.")


def test_many_files_are_answered_as_they_come(
    recognizer: OnnxRecognizer, tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    Image.fromarray(digits[0][4200, ..., 0]).save(tmp_path / "good.png")
    (tmp_path / "bad.png").touch()
    opened = 0

    def inputs() -> Iterator[Input]:
        nonlocal opened
        for _ in range(1000):
            for name in ("good.png", "bad.png"):
                opened += 1
                yield Input(name, tmp_path / name)

    answers = classify_files(recognizer, inputs())
    first, second = next(answers), next(answers)
    assert opened < 600  # the rest is not read before it is wanted
    assert first.prediction is not None
    assert first.prediction.label == "8"
    assert "empty file" in str(second.error)
    assert sum(1 for _ in answers) == 1998
