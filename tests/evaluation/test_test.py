import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import DataError, ModelError
from inkdigit.evaluation.test import TestResult, open_and_test
from inkdigit.evaluation.test import test as run_test
from inkdigit.types import Images, Probabilities, Split
from tests.evaluation.run_folder import DIGITS, KnownAnswers, Recipe, make_answers, make_split


@pytest.fixture
def split() -> Split:
    return make_split("test", DIGITS, 300)


def answering(split: Split, *, wrong: int) -> KnownAnswers:
    return KnownAnswers(DIGITS, make_answers(split.labels, Recipe(), wrong=wrong))


def openings(folder: Path) -> list[dict[str, object]]:
    file = folder / "openings.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_counts_what_is_wrong_and_bounds_the_accuracy(split: Split, tmp_path: Path) -> None:
    result = run_test(
        answering(split, wrong=7), split, openings=tmp_path / "openings.jsonl", why="a test"
    )
    assert (result.wrong, result.total) == (7, 300)
    assert result.accuracy == pytest.approx(293 / 300)
    assert result.low < result.accuracy < result.high
    assert sum(map(sum, result.confusion)) == 300
    assert result.loss > 0


def test_the_opening_is_written_down(split: Split, tmp_path: Path) -> None:
    for why in ("the run's end", "again"):
        run_test(answering(split, wrong=0), split, openings=tmp_path / "openings.jsonl", why=why)
    first, second = openings(tmp_path)
    assert first["why"] == "the run's end"
    assert second["sha256"] == split.sha256
    assert (second["split"], second["size"]) == ("test", 300)
    assert str(second["opened"]).endswith("+00:00")


def test_the_opening_is_written_down_before_a_picture_is_read(split: Split, tmp_path: Path) -> None:
    class Watched(Split):
        def blocks(self, size: int) -> Iterator[Images]:
            assert len(openings(tmp_path)) == 1
            raise InterruptedError

    watched = Watched(**vars(split))
    with pytest.raises(InterruptedError):
        run_test(
            answering(split, wrong=0), watched, openings=tmp_path / "openings.jsonl", why="a test"
        )
    assert len(openings(tmp_path)) == 1


def test_a_split_stays_closed_where_its_opening_cannot_be_written(
    split: Split, tmp_path: Path
) -> None:
    class Closed(Split):
        def blocks(self, size: int) -> Iterator[Images]:
            raise AssertionError("it was opened")

    with pytest.raises(FileNotFoundError):
        run_test(
            answering(split, wrong=0),
            Closed(**vars(split)),
            openings=tmp_path / "absent" / "openings.jsonl",
            why="a test",
        )


def test_mistakes_are_the_most_confident_with_the_pixels_that_were_seen(
    split: Split, tmp_path: Path
) -> None:
    outcome = open_and_test(
        answering(split, wrong=40), split, openings=tmp_path / "openings.jsonl", why="a test"
    )
    mistakes = outcome.result.mistakes
    confidences = [mistake.top[0][1] for mistake in mistakes]
    assert len(mistakes) == 24
    assert confidences == sorted(confidences, reverse=True)
    missed = outcome.probabilities.argmax(axis=1) != outcome.labels
    assert confidences[0] == pytest.approx(outcome.probabilities[missed].max())
    for mistake in mistakes:
        assert mistake.truth == DIGITS[split.labels[mistake.index]] != mistake.predicted
        assert mistake.predicted == mistake.top[0][0]
        assert len(mistake.top) == 3
        seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(mistake.picture))))
        assert np.array_equal(seen, split.images[mistake.index, :, :, 0])


def test_colour_pictures_keep_their_colours(tmp_path: Path) -> None:
    grey = make_split("test", ("a", "b"), 4)
    split = replace(grey, images=np.repeat(grey.images, 3, axis=3) // np.array([1, 2, 3], np.uint8))
    always_a = KnownAnswers(("a", "b"), np.tile(np.array([[0.9, 0.1]], np.float32), (4, 1)))
    result = run_test(always_a, split, openings=tmp_path / "openings.jsonl", why="a test")
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(result.mistakes[0].picture))))
    assert np.array_equal(seen, split.images[1])
    assert [len(mistake.top) for mistake in result.mistakes] == [2, 2]


@pytest.mark.parametrize("wrong", [0, 3, 300])
def test_a_result_survives_json(split: Split, tmp_path: Path, wrong: int) -> None:
    result = run_test(
        answering(split, wrong=wrong), split, openings=tmp_path / "openings.jsonl", why="a test"
    )
    assert TestResult.from_record(json.loads(json.dumps(result.to_record()))) == result


def test_a_record_without_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="wrong"):
        TestResult.from_record({"accuracy": 1.0})


def test_other_class_names_are_refused_before_the_split_is_opened(
    split: Split, tmp_path: Path
) -> None:
    foreign = KnownAnswers(tuple("abcdefghij"), make_answers(split.labels, Recipe(), wrong=0))
    with pytest.raises(DataError, match=r"classes 0, 1, .* the model a, b"):
        run_test(foreign, split, openings=tmp_path / "openings.jsonl", why="a test")
    assert openings(tmp_path) == []


def test_an_empty_split_is_refused_before_it_is_opened(split: Split, tmp_path: Path) -> None:
    empty = replace(split, indices=np.array([], np.int64))
    with pytest.raises(DataError, match="empty"):
        run_test(
            answering(split, wrong=0), empty, openings=tmp_path / "openings.jsonl", why="a test"
        )
    assert openings(tmp_path) == []


def _with(answers: Probabilities, value: float) -> Probabilities:
    answers[3, 4] = value
    return answers


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda answers: _with(answers, np.nan), "1 of 300 pictures is not finite"),
        (lambda answers: _with(answers, np.inf), "1 of 300 pictures is not finite"),
        (lambda answers: _with(answers, -1), "not probabilities"),
        (lambda answers: answers * 3, "not probabilities"),
        (lambda answers: answers[:, :9], r"shape \(300, 9\), expected \(300, 10\)"),
    ],
)
def test_answers_that_are_no_probabilities_are_refused(
    split: Split, tmp_path: Path, spoil: object, words: str
) -> None:
    assert callable(spoil)
    answers = spoil(make_answers(split.labels, Recipe(), wrong=0))
    with pytest.raises(ModelError, match=words):
        run_test(
            KnownAnswers(DIGITS, answers), split, openings=tmp_path / "openings.jsonl", why="a test"
        )
