"""scikit-learn's tools take InkdigitClassifier for one of theirs."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from inkdigit import InkdigitClassifier, open_recognizer
from inkdigit.errors import ConfigError, DataError
from tests.training.conftest import CLASSES, draw_strokes

Values = NDArray[np.uint8]


@pytest.fixture(scope="module")
def strokes() -> tuple[Values, NDArray[np.str_]]:
    images, labels = draw_strokes(240, seed=3)
    return images[..., 0], np.array(CLASSES)[labels]


@pytest.fixture(scope="module")
def fitted(strokes: tuple[Values, NDArray[np.str_]]) -> InkdigitClassifier:
    return quick().fit(*strokes)


def quick(**parameters: object) -> InkdigitClassifier:
    settings = {"epochs": 3, "batch_size": 16, "augment": False, "threads": 1, "device": "cpu"}
    return InkdigitClassifier(**(settings | parameters))  # type: ignore[arg-type]


def test_it_learns_and_answers_with_the_labels_that_it_was_given(
    fitted: InkdigitClassifier,
) -> None:
    images, labels = draw_strokes(90, seed=9)
    assert list(fitted.classes_) == sorted(CLASSES)
    assert fitted.n_features_in_ == 400
    assert fitted.score(images, np.array(CLASSES)[labels]) > 0.9
    shares = fitted.predict_proba(images)
    assert shares.shape == (90, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert (fitted.predict(images) == fitted.classes_[shares.argmax(axis=1)]).all()


def test_rows_of_values_and_any_scale_of_white_give_the_same_answers(
    fitted: InkdigitClassifier, strokes: tuple[Values, NDArray[np.str_]]
) -> None:
    images, labels = strokes
    expected = fitted.predict_proba(images[:20])
    np.testing.assert_array_equal(fitted.predict_proba(images[:20].reshape(20, -1)), expected)
    of_one = quick().fit(images / 255, labels)
    np.testing.assert_allclose(of_one.predict_proba(images[:20] / 255), expected, atol=1e-5)


def test_a_clone_learns_the_same(
    fitted: InkdigitClassifier, strokes: tuple[Values, NDArray[np.str_]]
) -> None:
    again = clone(fitted).fit(*strokes)
    images = strokes[0][:30]
    np.testing.assert_array_equal(again.predict_proba(images), fitted.predict_proba(images))


def test_pipelines_cross_validation_and_searches_work(
    strokes: tuple[Values, NDArray[np.str_]],
) -> None:
    images, labels = strokes
    rows = images.reshape(len(images), -1)
    pipeline = make_pipeline(FunctionTransformer(), quick())
    assert cross_val_score(pipeline, rows, labels, cv=3).mean() > 0.8
    search = GridSearchCV(quick(), {"epochs": [1, 3]}, cv=2).fit(rows, labels)
    assert search.best_params_["epochs"] in (1, 3)
    assert len(search.predict(rows[:5])) == 5


def test_it_survives_the_trip_to_a_worker(fitted: InkdigitClassifier) -> None:
    images = draw_strokes(10, seed=1)[0]
    there = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - as joblib does it
    np.testing.assert_array_equal(there.predict(images), fitted.predict(images))


def test_what_it_exports_answers_alike(fitted: InkdigitClassifier, tmp_path: Path) -> None:
    fitted.export(tmp_path / "model.onnx")
    images = draw_strokes(30, seed=2)[0]
    recognizer = open_recognizer(tmp_path / "model.onnx")
    assert recognizer.class_names == tuple(fitted.classes_)
    np.testing.assert_allclose(
        recognizer.classify(images[..., 0]).probabilities, fitted.predict_proba(images), atol=1e-5
    )


def test_small_pictures_are_brought_to_the_networks_size() -> None:
    images, labels = draw_strokes(120, seed=4)
    small = images[:, ::2, ::2, 0].reshape(120, -1) // 16  # 10×10, white is 15
    found = quick(epochs=4).fit(small, labels)
    assert found.scale_ == 16
    assert found.predict(small).dtype == labels.dtype
    assert found.score(small, labels) > 0.6


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (np.zeros((9, 5)), np.arange(9) % 2, r"shape \(9, 5\), expected \(n, side \* side\)"),
        (np.zeros((9, 4)), np.zeros(9), "labels of one class"),
        (np.zeros((9, 4)), np.arange(8) % 2, "9 pictures and 8 labels"),
        (np.full((9, 4), 300), np.arange(9) % 2, "values up to 300, expected at most 255"),
        (np.full((9, 4), -1.0), np.arange(9) % 2, "values outside of 0 to 1"),
    ],
)
def test_what_cannot_be_learned_from_is_named(
    values: NDArray[np.float64], labels: NDArray[np.float64], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        quick().fit(values, labels)


def test_other_pictures_than_in_training_are_refused(fitted: InkdigitClassifier) -> None:
    with pytest.raises(DataError, match=r"\(28, 28, 1\), expected \(20, 20, 1\) as in training"):
        fitted.predict(np.zeros((1, 28, 28)))
    with pytest.raises(DataError, match="values outside of 0 to 255"):
        fitted.predict(np.full((1, 20, 20), 256))


def test_parameters_are_checked_when_it_learns(strokes: tuple[Values, NDArray[np.str_]]) -> None:
    with pytest.raises(ConfigError, match="unknown network 'lenet'"):
        quick(network="lenet").fit(*strokes)
    with pytest.raises(ConfigError, match=r"training\.epochs = 0"):
        quick(epochs=0).fit(*strokes)
    with pytest.raises(NotFittedError):
        quick().predict(strokes[0])
