"""What a network must know of the data it is built for."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ModelSpec:
    """The shape of the pictures, their statistics, and the number of classes."""

    image_size: int  # side in pixels, 20 to 64
    channels: Literal[1, 3]
    classes: int
    mean: tuple[float, ...]  # of the training pictures, per channel, in raw pixels (0 to 255)
    std: tuple[float, ...]
