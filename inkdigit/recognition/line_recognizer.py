"""Answering for strips of handwriting with a line network's file, through ONNX Runtime.

What it says of a strip, step by step along the line, `recognition.decode` turns into texts.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.pictures.strip import HEIGHT
from inkdigit.recognition.calibrate import Promise
from inkdigit.recognition.model_file import SEAL, UNSEALED, require_whole
from inkdigit.recognition.recognizer import metadata_of, start_session
from inkdigit.version import __version__

_FORMAT = "line-1"
_KEY = "inkdigit.line"
_MULTIPLE = 8  # columns; a strip is filled up with paper to a multiple of them
_TOLERANCE = 1e-3  # of log-probabilities: another processor sums in another order
_CERTAIN = 1e-6  # how near to 0 and 1 a text's probability is believed
_ROUNDS = 30  # of Newton's method; it converges in a handful
_FLOOR = -30.0  # below, log-probabilities are rounding errors


@dataclass(frozen=True)
class Certainty:
    """What a text's probability means: logit(confidence) = slope · logit(probability) + offset."""

    slope: float = 1.0
    offset: float = 0.0

    def confidence(self, probability: float) -> float:
        """Calibrate the probability of a number's text.

        Source: Platt 1999.
        """
        logit = self.slope * float(_logit(np.array(probability))) + self.offset
        return float(1 / (1 + np.exp(-logit)))


def fit_certainty(probability: NDArray[np.float64], right: NDArray[np.bool_]) -> Certainty:
    """Find what probabilities of texts mean, on numbers that the network did not learn from.

    Args:
        probability: (N,) of the text that was read; 0 where nothing was, which is left out.
        right: (N,) whether it is.

    Source: Platt 1999, with his targets for few numbers; Newton's method.
    """
    found = probability > 0
    logits = _logit(probability[found])
    of_right, of_wrong = int(right[found].sum()), int((~right[found]).sum())
    targets = np.where(right[found], (of_right + 1) / (of_right + 2), 1 / (of_wrong + 2))
    inputs = np.stack((logits, np.ones_like(logits)), axis=1)
    line = np.array((1.0, 0.0))
    for _ in range(_ROUNDS):
        shares = 1 / (1 + np.exp(-inputs @ line))
        slopes = inputs.T @ (shares - targets)
        curvature = (inputs * (shares * (1 - shares))[:, None]).T @ inputs
        line -= np.linalg.solve(curvature + 1e-6 * np.eye(2), slopes)
    return Certainty(float(line[0]), float(line[1]))


@dataclass(frozen=True)
class LineCard:
    """Everything that is needed to understand a line network's answers."""

    symbols: str  # what its outputs after the blank mean
    stride: int  # columns of a strip for one step
    data: str = "unknown"  # what the lines were composed from
    data_sha256: str = ""  # of its pictures
    licence: str = "unknown"  # of the weights, as SPDX names it
    certainty: Certainty = Certainty()
    total: int = 0  # numbers that it was calibrated on
    promises: tuple[Promise, ...] = ()  # of whole numbers
    self_test: tuple[tuple[float, ...], ...] = ()  # log-probabilities of `pattern`
    version: str = __version__


def line_metadata(card: LineCard) -> dict[str, str]:
    """Render a card as the key-value pairs that go into the file, its seal still blank."""
    return {
        "inkdigit.format": _FORMAT,
        _KEY: json.dumps(asdict(card), ensure_ascii=False),
        SEAL: UNSEALED,
    }


def read_line_card(pairs: Mapping[str, str], name: str) -> LineCard:
    """Read the card back.

    Raises:
        ModelError: it is of another format, or does not hold what it should.
    """
    found = pairs.get("inkdigit.format", "none")
    if found != _FORMAT:
        raise ModelError(
            f"{name}: format {found}, expected {_FORMAT}, a network that reads lines. "
            "A classifier of single digits goes with `inkdigit classify`."
        )
    try:
        value = json.loads(pairs[_KEY])
        value["certainty"] = Certainty(**value["certainty"])
        value["promises"] = tuple(Promise(**each) for each in value["promises"])
        value["self_test"] = tuple(map(tuple, value["self_test"]))
        return LineCard(**value)
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{name}: its metadata is damaged ({error}). Export it again.") from error


class LineRecognizer:
    """Answers for strips with a line network's file.

    Args:
        session: of ONNX Runtime.
        card: what the file says of itself.
    """

    def __init__(self, session: onnxruntime.InferenceSession, card: LineCard) -> None:
        self._session = session
        self.card = card

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str, threads: int = 0) -> Self:
        """Open a file that is already in memory.

        Args:
            content: of the file.
            name: of the file, for messages.
            threads: for each call; 0: one per core.

        Raises:
            ModelError: it is no line network of inkdigit's, is damaged, or fails its self-test.
        """
        require_whole(content, name)
        session = start_session(content, name, threads)
        card = read_line_card(metadata_of(session, name), name)
        recognizer = cls(session, card)
        try:
            answers = recognizer.answers(pattern())
        except Exception as error:  # ONNX Runtime raises nearly anything over a foreign graph
            raise ModelError(
                f"{name}: its graph does not fit what it says of itself. Export it again."
            ) from error
        expected = np.array(card.self_test, np.float32)
        if answers.shape != expected.shape or not np.allclose(answers, expected, atol=_TOLERANCE):
            raise ModelError(
                f"{name}: its self-test gives other answers than when it was exported. "
                "Try another version of onnxruntime, or export it again."
            )
        return recognizer

    def answers(self, strip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Answer for one strip.

        Args:
            strip: (32, width), 0 paper to 255 full ink, as `pictures.strip` makes it.

        Returns:
            (steps, 1 + symbols) log-probabilities; column 0 is the blank.
        """
        return raw_answers(self._session, strip)[: -(-strip.shape[1] // self.card.stride)]


def raw_answers(
    session: onnxruntime.InferenceSession, strip: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Ask a network about one strip that is filled up with paper; see `LineRecognizer.answers`."""
    height, width = strip.shape
    if height != HEIGHT:
        raise ModelError(f"a strip of height {height}, expected {HEIGHT}.")
    filled = np.zeros((1, 1, HEIGHT, max(2, -(-width // _MULTIPLE)) * _MULTIPLE), np.uint8)
    filled[0, 0, :, :width] = strip
    found = session.run(["log_probabilities"], {"strip": filled})[0][0]
    answers: NDArray[np.float32] = np.maximum(found, _FLOOR)
    return answers


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    safe = np.clip(probability, _CERTAIN, 1 - _CERTAIN)
    return np.asarray(np.log(safe / (1 - safe)))


def pattern() -> NDArray[np.uint8]:
    """Make the strip of the self-test: (32, 64), the same everywhere."""
    y, x = np.mgrid[:HEIGHT, :64]
    return np.asarray((37 * x + 101 * y + 7 * x * y) % 256, np.uint8)


def open_line_recognizer(model: Path | str = "default", *, threads: int = 0) -> LineRecognizer:
    """Open the line network that comes with inkdigit, or a file.

    Args:
        model: `"default"` or a path.
        threads: for each call; 0: one per core.

    Raises:
        ModelError: there is none, or it is damaged or foreign.
    """
    if model == "default":
        content = files("inkdigit.recognition").joinpath("weights/line.onnx").read_bytes()
        return LineRecognizer.from_bytes(content, name="the line network", threads=threads)
    path = Path(model)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelError(
            f"{path}: {reason}, expected `default` or a line network's file."
        ) from error
    return LineRecognizer.from_bytes(content, name=str(path), threads=threads)
