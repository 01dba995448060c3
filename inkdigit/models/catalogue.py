"""The literal table of networks: the one place where a name becomes a class.

In each of them the last layer is called `fc`; in a committee it is that of every member.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from inkdigit.errors import ConfigError, unknown
from inkdigit.models.committee import Committee
from inkdigit.models.fast_cnn import FastCNN
from inkdigit.models.resnet18 import ResNet18
from inkdigit.models.spec import ModelSpec
from inkdigit.models.sprint_cnn import SprintCNN
from inkdigit.models.strong_cnn import StrongCNN
from inkdigit.models.tiny_cnn import TinyCNN
from inkdigit.models.two_layer_cnn import TwoLayerCNN
from inkdigit.models.view import View


@dataclass(frozen=True)
class Entry:
    """A network and the sentence that `inkdigit train --list` says about it."""

    build: Callable[[ModelSpec], nn.Module]
    about: str


def _seen(spec: ModelSpec, *, sizes: bool) -> nn.Module:
    return nn.Sequential(View(spec.image_size, sizes=sizes), StrongCNN(spec))


MODELS = {
    "fast-cnn-24": Entry(
        partial(FastCNN, widths=(24, 48, 96, 96)), "fast-cnn with 24 filters in the first layer"
    ),
    "fast-cnn-lean": Entry(
        partial(FastCNN, widths=(16, 16, 48, 48)), "fast-cnn with half the work in ONNX Runtime"
    ),
    "fast-cnn": Entry(FastCNN, "four small convolutions with batch norm, quick on a CPU"),
    "resnet18": Entry(ResNet18, "the paper's residual network of three stages, 4.33 M parameters"),
    "sprint-cnn-32": Entry(
        partial(SprintCNN, widths=(16, 32, 32)), "sprint-cnn with 17,274 parameters"
    ),
    "sprint-cnn": Entry(SprintCNN, "three convolutions, for one pass in two or three seconds"),
    "strong-cnn-32": Entry(
        partial(StrongCNN, widths=(32, 32, 96, 128)), "strong-cnn with 32 filters at 14×14"
    ),
    "strong-cnn-x3": Entry(
        partial(Committee, members=(StrongCNN,) * 3), "three strong-cnn that learn side by side"
    ),
    "strong-cnn-views": Entry(
        partial(
            Committee,
            members=(StrongCNN, partial(_seen, sizes=False), partial(_seen, sizes=True)),
        ),
        "three strong-cnn: one sees the digit as it is, one upright, one of usual size",
    ),
    "strong-cnn": Entry(StrongCNN, "six convolutions with batch norm, for runs of minutes"),
    "tiny-cnn": Entry(TinyCNN, "one block that is used five times, 1,886 parameters"),
    "two-layer-cnn": Entry(TwoLayerCNN, "the paper's two convolutions, 5×5 and 3×3, with pooling"),
}


def find(name: str) -> Entry:
    """Look a network up.

    Raises:
        ConfigError: there is no such network; the message names the known ones.
    """
    if name not in MODELS:
        raise ConfigError(unknown("network", name, MODELS))
    return MODELS[name]


def is_of_last_layer(name: str) -> bool:
    """Tell whether a weight, by its name in the state of a network, belongs to the last layer."""
    return name.split(".")[-2] == "fc"


def outputs_of(weights: Mapping[str, Tensor]) -> int:
    """Count what a network gives for a picture, by its state."""
    return next(len(w) for name, w in weights.items() if is_of_last_layer(name))
