"""Answering with a model file, through ONNX Runtime."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.errors import ConfigError, ModelError
from inkdigit.pictures.decode import DEFAULT_LIMITS, Limits, Pixels
from inkdigit.pictures.intake import Pictures, each_picture, pixels_of
from inkdigit.pictures.prepare import prepare
from inkdigit.recognition.model_file import (
    ModelCard,
    patterns,
    read_card,
    require_self_test,
    require_whole,
)
from inkdigit.types import Images, Predictions, Preparation, Probabilities, Reason

SHIPPED = ("default", "quick")
DEFAULT_TARGET_ERROR = 0.01  # of single digits and of whole numbers alike

_BATCH_PIXELS = 250 * 28 * 28  # that are answered at once: what a layer holds grows with them
_BATCH = 256  # pictures that are prepared before they are answered


class OnnxRecognizer:
    """Answers with a model file.

    `classify` takes any picture and prepares it; `probabilities` takes pictures of exactly the
    model's size and changes nothing about them.

    Args:
        session: of ONNX Runtime, with the input and the outputs of a model file.
        card: what the file says of itself.
    """

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard) -> None:
        self._session = session
        self._outputs = tuple(output.name for output in session.get_outputs())
        self.card = card

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str, threads: int = 0) -> Self:
        """Open a model file that is already in memory.

        Args:
            content: of the file.
            name: of the file, for messages.
            threads: for each call; 0: one per core.

        Raises:
            ModelError: it is no model file of inkdigit's, is damaged, or fails its self-test.
        """
        require_whole(content, name)
        session = start_session(content, name, threads)
        card = read_card(metadata_of(session, name), name)
        recognizer = cls(session, card)
        recognizer._require_sound(name)
        return recognizer

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        return self.card.class_names

    @property
    def preparation(self) -> Preparation:
        """How a picture was prepared for the training of this network."""
        return self.card.preparation

    def classify(
        self,
        pictures: Pictures,
        *,
        target_error: float | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Predictions:
        """Answer for any picture or pictures, and say which answers should not be taken.

        Args:
            pictures: one picture or many: paths, bytes, pictures of Pillow's, or arrays; see
                `pictures.intake`.
            target_error: the share of wrong answers, among those that are given, that may be
                reached. None: 1 %, if the model promises that; else nothing is rejected for
                being unsure.
            limits: what a picture may cost.

        Returns:
            One answer for each picture, in their order.

        Raises:
            DataError: a picture cannot be read.
            ConfigError: the model does not promise that error rate.
        """
        threshold = self.threshold(target_error)
        given = each_picture(pictures)
        parts = [self._answer([], threshold)]
        while batch := [pixels_of(picture, limits) for picture in islice(given, _BATCH)]:
            parts.append(self._answer(batch, threshold))
        return Predictions(
            self.class_names,
            np.concatenate([part.probabilities for part in parts]),
            tuple(reason for part in parts for reason in part.reasons),
        )

    def prepare(self, pixels: Pixels) -> Pixels:
        """Bring (height, width, 1 or 3) to what the network sees: (size, size, channels)."""
        return prepare(pixels, self.preparation)

    def judge(self, prepared: Images, *, target_error: float | None = None) -> Predictions:
        """Answer as `classify` does, for (N, size, size, channels) that `prepare` gave."""
        return self._judge(prepared, self.threshold(target_error))

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for (N, height, width, channels) `uint8` with (N, classes).

        Raises:
            ModelError: the pictures have another size or number of channels.
        """
        return self._run(images, ("probabilities",))[0]

    def logits(self, images: Images) -> NDArray[np.float32]:
        """Give (N, classes) before the temperature, for (N, height, width, channels).

        Raises:
            ModelError: as `probabilities`.
        """
        return self._run(images, ("logits",))[0]

    def evidence(self, images: Images) -> NDArray[np.float32] | None:
        """Give the log-odds of a digit for each of (N, height, width, channels), if there are any.

        Raises:
            ModelError: as `probabilities`.
        """
        if "evidence" not in self._outputs:
            return None
        return self._run(images, ("evidence",))[0][:, 0]

    def threshold(self, target_error: float | None) -> float:
        """Find the confidence from which on answers are given.

        Raises:
            ConfigError: the model promises no error rate so low.
        """
        calibration = self.card.calibration
        wanted = DEFAULT_TARGET_ERROR if target_error is None else target_error
        promise = calibration.promise(wanted)
        if promise is not None and promise.threshold is not None:
            return promise.threshold
        if target_error is None:
            return 0.0
        kept = [f"{each.error:g}" for each in calibration.promises if each.threshold is not None]
        reasons = [each.reason for each in calibration.promises if each.reason]
        known = f"it promises {', '.join(kept)}" if kept else "it promises none"
        why = f" ({reasons[0]})" if reasons else ""
        raise ConfigError(
            f"target error {target_error:g}: the model does not promise that, {known}{why}. "
            "Ask for one of those, or train on more digits."
        )

    def _answer(self, pixels: list[Pixels], threshold: float) -> Predictions:
        side, channels = self.preparation.image_size, self.preparation.channels
        prepared = np.empty((len(pixels), side, side, channels), np.uint8)
        for row, picture in enumerate(pixels):
            prepared[row] = self.prepare(picture)
        return self._judge(prepared, threshold)

    def _judge(self, prepared: Images, threshold: float) -> Predictions:
        rule = self.card.calibration.evidence
        names = ("probabilities",) if rule is None else ("probabilities", rule.output)
        probabilities, *evidence = self._run(prepared, names)
        confidence = probabilities.max(axis=1, initial=0)
        blank = np.ptp(prepared, axis=(1, 2, 3)) == 0
        strange = np.zeros(len(prepared), bool)
        if rule is not None:
            strange = evidence[0][:, 0] < rule.threshold
        reasons: list[Reason | None] = [None] * len(prepared)
        for reason, found in _by_rank(confidence < threshold, strange, blank):
            for row in np.flatnonzero(found).tolist():
                reasons[row] = reason
        return Predictions(self.class_names, probabilities, tuple(reasons))

    def _run(self, images: Images, names: tuple[str, ...]) -> tuple[NDArray[np.float32], ...]:
        """Give some outputs for (N, size, size, channels), a batch at a time."""
        side, channels = self.preparation.image_size, self.preparation.channels
        if images.ndim != 4 or images.shape[1:] != (side, side, channels):
            raise ModelError(
                f"pictures of shape {images.shape}, expected (N, {side}, {side}, {channels})."
            )
        size = max(1, _BATCH_PIXELS // side**2)
        if channels == 1:  # NHWC is NCHW then
            batches = images.reshape(-1, 1, side, side)
        else:
            batches = images.transpose(0, 3, 1, 2)
        parts = [
            self._session.run(names, {"image": np.ascontiguousarray(batches[start : start + size])})
            for start in range(0, max(1, len(images)), size)  # of none, too, the width is asked
        ]
        return tuple(np.concatenate(each) for each in zip(*parts, strict=True))

    def _require_sound(self, name: str) -> None:
        """Run the self-test.

        Raises:
            ModelError: see `require_self_test`, or the graph is not one of a model file.
        """
        try:
            images = patterns(self.preparation)
            logits, answers = self._run(images, ("logits", "probabilities"))
        except Exception as error:  # likewise, and NumPy over outputs that cannot be joined
            raise ModelError(
                f"{name}: its graph does not fit what it says of itself. Export it again."
            ) from error
        require_self_test(self.card, logits, name)
        if answers.shape != (len(logits), len(self.class_names)):
            raise ModelError(f"{name}: it answers with {answers.shape}, expected one per class.")


def start_session(content: bytes, name: str, threads: int = 0) -> onnxruntime.InferenceSession:
    """Let ONNX Runtime load a model from bytes, so that nothing else of the disk is read.

    Raises:
        ModelError: it cannot.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and said once
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # it would print to stdout, and try the same again
        )
    except Exception as error:  # ONNX Runtime raises nearly anything over damaged graphs
        raise ModelError(
            f"{name}: not a model file that ONNX Runtime can load, expected a model.onnx that "
            "inkdigit exported."
        ) from error


def metadata_of(session: onnxruntime.InferenceSession, name: str) -> Mapping[str, str]:
    """Read the key-value pairs of a model file.

    Raises:
        ModelError: they are no text.
    """
    try:
        pairs: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ModelError(f"{name}: its metadata is damaged ({error}). Export it again.") from error
    return pairs


def open_recognizer(model: Path | str = "default", *, threads: int = 0) -> OnnxRecognizer:
    """Open the weights that come with inkdigit, a model file, or the one in a run folder.

    Args:
        model: `"default"`, `"quick"` (faster, a little less accurate), or a path.
        threads: for each call; 0: one per core.

    Raises:
        ModelError: there is none, or it is damaged or foreign.
    """
    if model in SHIPPED:
        content = files("inkdigit.recognition").joinpath(f"weights/{model}.onnx").read_bytes()
        return OnnxRecognizer.from_bytes(content, name=f"the weights {model!r}", threads=threads)
    path = Path(model)
    file = path / "model.onnx" if path.is_dir() else path
    try:
        content = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelError(
            f"{file}: {reason}, expected {', '.join(SHIPPED)}, a run folder or a model.onnx that "
            "inkdigit exported."
        ) from error
    return OnnxRecognizer.from_bytes(content, name=str(file), threads=threads)


def _by_rank(
    unsure: NDArray[np.bool_], strange: NDArray[np.bool_], blank: NDArray[np.bool_]
) -> Iterator[tuple[Reason, NDArray[np.bool_]]]:
    """Name the reasons to reject; a later one says more."""
    yield "unsure", unsure
    yield "not a digit", strange
    yield "blank", blank
