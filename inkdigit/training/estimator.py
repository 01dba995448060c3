"""A classifier that scikit-learn's tools take for one of theirs."""

import math
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from inkdigit.config import RunConfig, load, validate
from inkdigit.data.source import Source
from inkdigit.data.split import Pool, divide
from inkdigit.errors import DataError
from inkdigit.models.spec import ModelSpec
from inkdigit.pictures.prepare import prepare
from inkdigit.recognition.model_file import ModelCard, Origin
from inkdigit.training.deliver import calibrated
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import train
from inkdigit.training.model_files.export import export
from inkdigit.training.recognizer import TorchRecognizer, ask_logits, score
from inkdigit.training.setup import set_up
from inkdigit.types import Images, Preparation, Probabilities

_SIZES = range(20, 65)  # that networks take as they are
_SIZE = 28  # that others are brought to
_SCALES = (1, 16, 255)  # what white usually is: of floats, of scikit-learn's digits, of bytes


class InkdigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # no types there
    """Trains a network on small pictures, and answers for others of the same size.

    Pictures are `(n, side * side)`, `(n, height, width)` or `(n, height, width, 1 | 3)`, ink light
    on dark or dark on light, alike in training and use. White is 1, 16 or 255, whichever is the
    smallest that no training value exceeds.

    Args:
        network: a name from the catalogue.
        epochs: passes over the training pictures.
        batch_size: pictures a step.
        learning_rate: the peak of the one-cycle schedule.
        augment: bend the pictures as the preset `fast` does.
        validation_fraction: of the pictures, that calibrate the probabilities instead of being
            learned from.
        random_state: draws weights, order, augmentation, and the validation pictures.
        device: "auto", "cuda", "mps" or "cpu".
        threads: on the CPU; 0: one per core.

    Attributes:
        classes_: the labels, sorted.
        n_features_in_: values of a picture.
        network_: the trained network of torch's.
    """

    def __init__(
        self,
        network: str = "fast-cnn",
        *,
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 0.1,
        augment: bool = True,
        validation_fraction: float = 0.1,
        random_state: int = 0,
        device: str = "auto",
        threads: int = 0,
    ) -> None:
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.augment = augment
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device
        self.threads = threads

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's names
        """Learn from pictures and their labels.

        Raises:
            DataError: pictures of another shape or range, or fewer than three of a class.
            ConfigError: a parameter out of range.
        """
        config = self._config()
        values, labels = np.asarray(X), np.asarray(y)
        if len(values) != len(labels):
            raise DataError(
                f"{len(values):,} pictures and {len(labels):,} labels, expected as many."
            )
        self.classes_, positions = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError("labels of one class, expected at least two to tell apart.")
        self._shape = _shape_of(values)
        self.scale_ = _scale_of(values)
        self.n_features_in_ = int(np.prod(self._shape))
        source = self._source(self._images(values), positions.astype(np.int64), config)
        setup = set_up(config, source, choose_machine(config.training), init_from=None)
        names = source.class_names
        for _ in train(
            setup.learner,
            setup.batches,
            lambda network: score(TorchRecognizer(network, names), source.validation),
        ):
            pass
        self.network_ = setup.learner.network
        self.spec_: ModelSpec = setup.spec
        validation = source.validation
        answers = ask_logits(TorchRecognizer(self.network_, names), validation)
        truth = validation.labels[validation.indices]
        self.calibration_ = calibrated(answers, truth, len(names))
        self._validation = validation
        return self

    def predict_proba(self, X: ArrayLike) -> Probabilities:  # noqa: N803
        """Give (n, classes) calibrated probabilities, in the order of `classes_`."""
        check_is_fitted(self, "network_")
        recognizer = TorchRecognizer(self.network_, self._names(), self.calibration_.temperature)
        return recognizer.probabilities(self._images(np.asarray(X)))

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Give the most probable label of each picture."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def export(self, path: Path | str) -> None:
        """Write a model file, for `inkdigit.open_recognizer`.

        Raises:
            ModelError: torch and ONNX Runtime differ.
        """
        check_is_fitted(self, "network_")
        card = ModelCard(
            network=self.network,
            class_names=self._names(),
            preparation=self._preparation(),
            calibration=self.calibration_,
            origin=Origin(data="an array"),
        )
        export(self.network_, self.spec_, card, Path(path), self._validation)

    def _config(self) -> RunConfig:
        """Turn the parameters into a configuration, which checks them."""
        settings = load(preset="fast").model_dump()
        if not self.augment:
            settings["augmentation"] = {}
        settings["model"]["name"] = self.network
        settings["optimizer"]["learning_rate"] = self.learning_rate
        settings["data"]["validation_fraction"] = self.validation_fraction
        settings["data"]["split_seed"] = self.random_state
        settings["training"] |= {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.random_state,
            "device": self.device,
            "threads": self.threads,
        }
        return validate(settings)

    def _source(self, images: Images, labels: NDArray[np.int64], config: RunConfig) -> Source:
        """Divide the pictures into those to learn from and those to calibrate with."""
        nothing = range(len(labels), len(labels))
        pool = Pool(images, labels, self._names(), {"train": range(len(labels)), "test": nothing})
        division = divide(pool, config.data)
        return Source(
            name="an array",
            preparation=self._preparation(),
            class_names=self._names(),
            train=division.train,
            validation=division.validation,
            test=division.test,
            left_out=division.left_out,
            bad_pictures=(),
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(str(each) for each in self.classes_)

    def _preparation(self) -> Preparation:
        height, width, channels = self._shape
        own = height if height == width and height in _SIZES else _SIZE
        return Preparation(own, 3 if channels == 3 else 1, invert=False)

    def _images(self, values: NDArray[Any]) -> Images:
        """Bring values to the network's size: (n, size, size, channels)."""
        if _shape_of(values) != self._shape:
            raise DataError(
                f"pictures of {_shape_of(values)}, expected {self._shape} as in training."
            )
        shares = values.reshape(-1, *self._shape) / self.scale_
        if not (shares.min(initial=0) >= 0 and shares.max(initial=0) <= 1):  # also no numbers
            raise DataError(f"values outside of 0 to {self.scale_}, expected them as in training.")
        pixels = np.rint(shares * 255).astype(np.uint8)
        preparation = self._preparation()
        side = preparation.image_size
        images = np.empty((len(pixels), side, side, preparation.channels), np.uint8)
        for row, picture in enumerate(pixels):
            images[row] = prepare(picture, preparation)
        return images


def _shape_of(values: NDArray[Any]) -> tuple[int, int, int]:
    """Find height, width and channels of the pictures in an array of many."""
    match values.shape:
        case (_, features) if (side := math.isqrt(features)) ** 2 == features > 0:
            return side, side, 1
        case (_, height, width) if height and width:
            return height, width, 1
        case (_, height, width, 1 | 3 as channels) if height and width:
            return height, width, channels
    raise DataError(
        f"an array of shape {values.shape}, expected (n, side * side), (n, height, width) or "
        "(n, height, width, 1 or 3)."
    )


def _scale_of(values: NDArray[Any]) -> int:
    """Tell what white is."""
    largest = float(values.max(initial=0))
    for scale in _SCALES:
        if largest <= scale:
            return scale
    raise DataError(f"values up to {largest:g}, expected at most 255. Scale them down.")
