"""Why a network answered as it did: what it saw, where it looked, what it has seen like that."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit import durable
from inkdigit.errors import DataError
from inkdigit.evaluation.page import render
from inkdigit.pictures.decode import as_picture, decode
from inkdigit.pictures.flatten import Pixels
from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.recognition.stream import Answer
from inkdigit.types import Images, Split

_PATCH = 0.2  # of the side: what is blanked at once
_STEPS = 14  # places of the patch along a side
_THUMBNAIL = 160  # pixels that the longer side of a shown picture has at most
_NEIGHBOURS = 6
_BLUR = 2.0  # pixels of the distance between pictures that is forgiven


@dataclass(frozen=True)
class Neighbour:
    """A training picture that is like the one asked about."""

    label: str
    distance: float  # mean difference of blurred pixels, 0 to 255
    picture: str  # base64 PNG


class Neighbours:
    """Finds the training pictures that look most like a picture.

    Args:
        split: prepared as the model wants them.
    """

    def __init__(self, split: Split) -> None:
        self._split = split
        images, labels = split.read()
        self._images, self._labels = images, labels
        self._blurred = _blurred(images)

    def find(self, prepared: Pixels) -> list[Neighbour]:
        """Give the nearest ones, nearest first, by the difference of blurred pixels.

        Raises:
            DataError: they have another shape.
        """
        if prepared.shape != self._images.shape[1:]:
            raise DataError(
                f"neighbours of shape {self._images.shape[1:]}, expected {prepared.shape}. "
                "Name the source that the model was trained on."
            )
        distances = np.abs(self._blurred - _blurred(prepared[None])).mean(axis=1)
        nearest = np.argsort(distances, kind="stable")[:_NEIGHBOURS]
        names = self._split.class_names
        return [
            Neighbour(
                names[self._labels[row]], float(distances[row]), _png(as_picture(self._images[row]))
            )
            for row in nearest
        ]


def occlusion(recognizer: OnnxRecognizer, prepared: Pixels) -> NDArray[np.float32]:
    """Measure how much each place matters to the best guess: (14, 14), 0 to 1 or below 0.

    A patch of paper is laid over each place in turn; the value is what the probability of the
    guess loses by that.

    Source: Zeiler and Fergus 2014, § 4.2.
    """
    side = prepared.shape[0]
    patch = max(3, round(_PATCH * side))
    corners = np.linspace(0, side - patch, _STEPS).round().astype(int)
    covered = np.repeat(prepared[None], _STEPS**2, axis=0)
    for number, (y, x) in enumerate((y, x) for y in corners for x in corners):
        covered[number, y : y + patch, x : x + patch] = 0
    whole = recognizer.probabilities(prepared[None])[0]
    best = int(whole.argmax())
    lost = whole[best] - recognizer.probabilities(covered)[:, best]
    return np.asarray(lost.reshape(_STEPS, _STEPS), np.float32)


def write_explanation(
    path: Path,
    recognizer: OnnxRecognizer,
    answers: Iterable[Answer],
    neighbours: Neighbours | None = None,
    *,
    left_out: int = 0,
) -> None:
    """Write one self-contained page that shows every answer.

    Args:
        path: of the page.
        recognizer: what answered.
        answers: the pictures and what was said of them.
        neighbours: finds training pictures to show beside them.
        left_out: answers that the page does not show.
    """
    rows = [_row(recognizer, answer, neighbours) for answer in answers]
    page = render(
        "explanation.html.j2",
        {
            "title": "Why these answers · inkdigit",
            "card": recognizer.card,
            "rows": rows,
            "left_out": left_out,
        },
    )
    durable.write_text(path, page)


def _row(
    recognizer: OnnxRecognizer, answer: Answer, neighbours: Neighbours | None
) -> dict[str, object]:
    if answer.prepared is None:
        return {"answer": answer, "error": answer.error}
    lost = occlusion(recognizer, answer.prepared)
    return {
        "answer": answer,
        "error": None,
        "picture": _png(_thumbnail(decode(answer.given.source))),
        "seen": _png(as_picture(answer.prepared)),
        "map": _png(_overlay(answer.prepared, lost)),
        "most": float(lost.max()),
        "neighbours": [] if neighbours is None else neighbours.find(answer.prepared),
    }


def _overlay(prepared: Pixels, lost: NDArray[np.float32]) -> Image.Image:
    """Colour the places that speak for the guess orange, those against it blue."""
    side = prepared.shape[0]
    scale = max(float(np.abs(lost).max()), 0.05)
    smooth = Image.fromarray(lost / scale).resize((side * 4, side * 4), Image.Resampling.BICUBIC)
    weight = np.clip(np.asarray(smooth), -1, 1)[..., None]
    colour = np.where(weight > 0, np.array([255, 120, 0]), np.array([0, 110, 255]))
    grey = np.kron(prepared.mean(axis=2, keepdims=True), np.ones((4, 4, 1)))
    strength = 0.75 * np.abs(weight)
    mixed = grey * (1 - strength) + colour * strength
    return Image.fromarray(mixed.astype(np.uint8))


def _thumbnail(pixels: Pixels) -> Image.Image:
    picture = as_picture(pixels)
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    return picture


def _blurred(images: Images) -> NDArray[np.float32]:
    """Average pixels over squares, so that a stroke that is a little off is still like it."""
    count, side = len(images), images.shape[1]
    step = max(1, round(_BLUR))
    kept = side // step * step
    cropped = images[:, :kept, :kept].reshape(count, kept // step, step, kept // step, step, -1)
    return np.asarray(cropped.mean(axis=(2, 4), dtype=np.float32).reshape(count, -1))


def _png(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
