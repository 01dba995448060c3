"""What an exported model file says of itself, in the metadata that ONNX keeps as text."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from inkdigit.errors import ModelError
from inkdigit.types import Preparation
from inkdigit.version import __version__

_FORMAT = "1"


@dataclass(frozen=True)
class ModelCard:
    """Everything that is needed to feed a network rightly and to name its answers."""

    network: str  # a name from the catalogue
    class_names: tuple[str, ...]
    preparation: Preparation


def metadata(card: ModelCard) -> dict[str, str]:
    """Render a card as the key-value pairs that go into the file."""
    return {
        "inkdigit.format": _FORMAT,
        "inkdigit.version": __version__,
        "inkdigit.network": card.network,
        "inkdigit.class_names": json.dumps(card.class_names, ensure_ascii=False),
        "inkdigit.preparation": json.dumps(asdict(card.preparation)),
    }


def read_card(pairs: Mapping[str, str], name: str) -> ModelCard:
    """Read the card back.

    Args:
        pairs: the metadata of a model file.
        name: of the file, for messages.

    Raises:
        ModelError: it is no file of inkdigit's, or one of a later format.
    """
    if "inkdigit.format" not in pairs:
        raise ModelError(
            f"{name}: an ONNX file, but not one that inkdigit exported; it lacks the class names "
            "and how pictures are prepared. Give a run folder or its model.onnx."
        )
    if pairs["inkdigit.format"] != _FORMAT:
        raise ModelError(
            f"{name}: format {pairs['inkdigit.format']}, this inkdigit {__version__} reads format "
            f"{_FORMAT}. Upgrade inkdigit, or export the file again."
        )
    try:
        names = json.loads(pairs["inkdigit.class_names"])
        preparation = Preparation(**json.loads(pairs["inkdigit.preparation"]))
        network = pairs["inkdigit.network"]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{name}: its metadata is damaged ({error}). Export it again.") from error
    return ModelCard(network, tuple(str(each) for each in names), preparation)
