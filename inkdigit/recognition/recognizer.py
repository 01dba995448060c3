"""Answering with a model file, through ONNX Runtime."""

from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from inkdigit.errors import ModelError
from inkdigit.recognition.model_file import ModelCard, read_card
from inkdigit.types import Images, Preparation, Probabilities

_BATCH = 500
_LOAD_ERRORS = (
    runtime_errors.InvalidProtobuf,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidArgument,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
    runtime_errors.Fail,
    runtime_errors.NoModel,
)


class OnnxRecognizer:
    """Answers for pictures of exactly the model's size; frames and resizes nothing.

    Args:
        session: of ONNX Runtime, with the input `image` and the output `probabilities`.
        card: what the file says of itself.
    """

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard) -> None:
        self._session = session
        self.card = card

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str) -> Self:
        """Open a model file that is already in memory.

        Args:
            content: of the file.
            name: of the file, for messages.

        Raises:
            ModelError: it is no model file of inkdigit's.
        """
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is raised, and said once
        try:
            session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except _LOAD_ERRORS as error:
            raise ModelError(
                f"{name}: not a model file that ONNX Runtime can load, expected a model.onnx that "
                "inkdigit exported."
            ) from error
        card = read_card(session.get_modelmeta().custom_metadata_map, name)
        return cls(session, card)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the columns of `probabilities`."""
        return self.card.class_names

    @property
    def preparation(self) -> Preparation:
        """How a picture was prepared for the training of this network."""
        return self.card.preparation

    def probabilities(self, images: Images) -> Probabilities:
        """Answer for (N, height, width, channels) `uint8` with (N, classes).

        Raises:
            ModelError: the pictures have another size or number of channels.
        """
        side, channels = self.preparation.image_size, self.preparation.channels
        if images.ndim != 4 or images.shape[1:] != (side, side, channels):
            raise ModelError(
                f"pictures of shape {images.shape}, expected (N, {side}, {side}, {channels})."
            )
        answers = [np.empty((0, len(self.class_names)), np.float32)]
        for start in range(0, len(images), _BATCH):
            batch = np.ascontiguousarray(images[start : start + _BATCH].transpose(0, 3, 1, 2))
            answers.extend(self._session.run(["probabilities"], {"image": batch}))
        return np.concatenate(answers)


def open_recognizer(path: Path | str) -> OnnxRecognizer:
    """Open a model file, or the one in a run folder.

    Raises:
        ModelError: there is none, or it is damaged or foreign.
    """
    path = Path(path)
    file = path / "model.onnx" if path.is_dir() else path
    try:
        content = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelError(
            f"{file}: {reason}, expected a run folder or a model.onnx that inkdigit exported."
        ) from error
    return OnnxRecognizer.from_bytes(content, name=str(file))
