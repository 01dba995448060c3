"""What an exported model file says of itself, and the seal that tells whether it is whole.

The metadata is ONNX's own: pairs of text. One of them is the SHA-256 of the file with that
hash's own place blanked, so a damaged file is known before anything parses it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.recognition.calibrate import UNCALIBRATED, Calibration, EvidenceRule, Promise
from inkdigit.types import Images, Preparation
from inkdigit.version import __version__

LARGEST = 256 * 2**20  # bytes; ONNX Runtime takes several times that to open one
PATTERNS = 8

_FORMAT = "2"
SEAL = "inkdigit.sha256"
UNSEALED = "0" * 64
# as protocol buffers lay a pair out: the key, then the tag and the length of the value
_SEAL_PLACE = SEAL.encode() + b"\x12\x40"
_EXTERNAL = b"\x0a\x08location"  # the first key of a tensor that lies in another file

Precision = Literal["fp32", "fp16", "int8"]  # fp16: of the weights alone
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True)
class Origin:
    """What a network was made from, and what may be done with it."""

    data: str = "unknown"  # the source as it was named
    data_sha256: str = ""  # of the training pictures
    config_sha256: str = ""
    licence: str = "unknown"  # of the weights, as SPDX names it


@dataclass(frozen=True)
class Figures:
    """What the test of the run found."""

    accuracy: float
    wrong: int
    total: int
    low: float
    high: float
    loss: float


@dataclass(frozen=True)
class SelfTest:
    """What the network must say of the eight patterns of `patterns`."""

    logits: tuple[tuple[float, ...], ...]
    tolerance: float  # another processor sums in another order


@dataclass(frozen=True)
class ModelCard:
    """Everything that is needed to feed a network rightly and to understand its answers."""

    network: str  # a name from the catalogue
    class_names: tuple[str, ...]
    preparation: Preparation
    calibration: Calibration = UNCALIBRATED
    precision: Precision = "fp32"
    origin: Origin = Origin()
    test: Figures | None = None
    self_test: SelfTest | None = None
    version: str = __version__


def metadata(card: ModelCard) -> dict[str, str]:
    """Render a card as the key-value pairs that go into the file, its seal still blank."""
    return {
        "inkdigit.format": _FORMAT,
        "inkdigit.version": card.version,
        "inkdigit.network": card.network,
        "inkdigit.precision": card.precision,
        "inkdigit.licence": card.origin.licence,
        "inkdigit.class_names": _dumped(card.class_names),
        "inkdigit.preparation": _dumped(asdict(card.preparation)),
        "inkdigit.calibration": _dumped(asdict(card.calibration)),
        "inkdigit.origin": _dumped(asdict(card.origin)),
        "inkdigit.test": _dumped(asdict(card.test) if card.test else None),
        "inkdigit.self_test": _dumped(asdict(card.self_test) if card.self_test else None),
        SEAL: UNSEALED,
    }


def read_card(pairs: Mapping[str, str], name: str) -> ModelCard:
    """Read the card back.

    Args:
        pairs: the metadata of a model file.
        name: of the file, for messages.

    Raises:
        ModelError: it is of another format, or does not hold what it should.
    """
    found = pairs.get("inkdigit.format", "none")
    if found != _FORMAT:
        raise ModelError(
            f"{name}: format {found}, this inkdigit {__version__} reads format {_FORMAT}. "
            "Export the file again, or take the inkdigit that wrote it."
        )
    try:
        value = {key: json.loads(pairs[f"inkdigit.{key}"]) for key in _STRUCTURED}
        test, self_test = value["test"], value["self_test"]
        return ModelCard(
            network=pairs["inkdigit.network"],
            class_names=tuple(str(each) for each in value["class_names"]),
            preparation=Preparation(**value["preparation"]),
            calibration=_calibration(value["calibration"]),
            precision=next(each for each in PRECISIONS if each == pairs["inkdigit.precision"]),
            origin=Origin(**value["origin"]),
            test=Figures(**test) if test else None,
            self_test=SelfTest(
                tuple(map(tuple, self_test["logits"])), float(self_test["tolerance"])
            )
            if self_test
            else None,
            version=pairs["inkdigit.version"],
        )
    except (KeyError, ValueError, TypeError, StopIteration) as error:
        raise ModelError(f"{name}: its metadata is damaged ({error}). Export it again.") from error


def seal(content: bytes) -> bytes:
    """Put into a file the SHA-256 of all the rest of it."""
    place = _seal_place(content)
    if place is None:
        raise ValueError("there is no place for a seal")
    blank = _with_seal(content, place, UNSEALED.encode())
    return _with_seal(blank, place, hashlib.sha256(blank).hexdigest().encode())


def require_whole(content: bytes, name: str) -> None:
    """Check, before anything parses it, that a file is one of ours and as it was written.

    Raises:
        ModelError: it is too large, foreign, damaged, or keeps a part in another file.
    """
    if len(content) > LARGEST:
        raise ModelError(
            f"{name}: {len(content):,} bytes, expected at most {LARGEST:,} of a model file."
        )
    place = _seal_place(content)
    if place is None:
        old = " (an earlier version wrote it)" if b"inkdigit.format" in content else ""
        raise ModelError(
            f"{name}: not a model file that this inkdigit exported{old}: it bears no seal. "
            "Give a run folder or its model.onnx, or export it again with `inkdigit export RUN`."
        )
    blank = _with_seal(content, place, UNSEALED.encode())
    if hashlib.sha256(blank).hexdigest().encode() != content[place : place + len(UNSEALED)]:
        raise ModelError(
            f"{name}: damaged, its SHA-256 is not the one that stands in it. "
            "Copy it again, or export it again with `inkdigit export RUN`."
        )
    if _EXTERNAL in content:
        raise ModelError(f"{name}: a part of it lies in another file, expected one whole file.")


def patterns(preparation: Preparation) -> Images:
    """Make the eight pictures of the self-test: (8, size, size, channels), the same everywhere."""
    side, channels = preparation.image_size, preparation.channels
    y, x, channel = np.meshgrid(*map(np.arange, (side, side, channels)), indexing="ij")
    rows = [
        np.zeros_like(y),
        np.full_like(y, 255),
        255 * x // (side - 1),
        255 * y // (side - 1),
        255 * ((x // 4 + y // 4) % 2),
        255 * (np.abs(x - side // 2) < side // 10),
        255 * (np.abs((2 * x - side) ** 2 + (2 * y - side) ** 2 - side**2 // 4) < side**2 // 10),
        (37 * x + 101 * y + 53 * channel + x * y * 7) % 256,
    ]
    return np.stack(rows).astype(np.uint8)


def require_self_test(card: ModelCard, logits: NDArray[np.float32], name: str) -> None:
    """Check what the network says of `patterns` against what it said when it was exported.

    Args:
        card: of the file.
        logits: (8, classes).
        name: of the file, for messages.

    Raises:
        ModelError: something else, or something that is not finite.
    """
    if card.self_test is None:
        raise ModelError(f"{name}: without a self-test. Export it again.")
    expected = np.array(card.self_test.logits, np.float32)
    same = logits.shape == expected.shape and np.isfinite(logits).all()
    if not same or np.abs(logits - expected).max() > card.self_test.tolerance:
        raise ModelError(
            f"{name}: its self-test gives other answers than when it was exported. "
            "Try another version of onnxruntime, or export it again."
        )


_STRUCTURED = ("class_names", "preparation", "calibration", "origin", "test", "self_test")


def _calibration(value: Mapping[str, Any]) -> Calibration:
    evidence = value["evidence"]
    return Calibration(
        temperature=float(value["temperature"]),
        source=value["source"],
        total=int(value["total"]),
        promises=tuple(Promise(**each) for each in value["promises"]),
        evidence=EvidenceRule(**evidence) if evidence else None,
    )


def _seal_place(content: bytes) -> int | None:
    """Find where the seal's digits begin; the last place that looks like it, pairs stand last."""
    start = content.rfind(_SEAL_PLACE)
    place = start + len(_SEAL_PLACE)
    return place if start >= 0 and place + len(UNSEALED) <= len(content) else None


def _with_seal(content: bytes, place: int, digits: bytes) -> bytes:
    return content[:place] + digits + content[place + len(digits) :]


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
