"""The same digits turned, moved, sized and slanted, by more and more."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inkdigit.evaluation.corruptions.affine import Placement, moved, place, sized, slanted, turned
from inkdigit.types import Images

_FULL = 255


@dataclass(frozen=True)
class Sweep:
    """One way of bending, at several strengths."""

    name: str  # in the files
    words: str  # of what is tested
    unit: str  # of the axis
    settings: tuple[float, ...]  # ascending
    neutral: float  # that leaves pictures as they are
    placement: Callable[[float], Placement]


SWEEPS = (
    Sweep("rotation", "rotation", "degrees", tuple(range(-45, 46, 15)), 0, turned),
    Sweep(
        "shift", "translation", "pixels to the right", tuple(range(-6, 7, 2)), 0,
        lambda pixels: moved(pixels, 0),
    ),
    Sweep(
        "scale", "change of size", "per cent of the size", tuple(range(60, 141, 10)), 100,
        lambda percent: sized(percent / 100),
    ),
    Sweep(
        "shear", "shear", "per cent of slant", tuple(range(-60, 61, 20)), 0,
        lambda percent: slanted(percent / 100),
    ),
)  # fmt: skip


def bend(images: Images, sweep: Sweep, setting: float) -> Images:
    """Bend pictures.

    Args:
        images: (N, side, side, channels).
        sweep: how.
        setting: how far.

    Returns:
        The same shape.
    """
    placement = sweep.placement(setting)
    bent = [place(images[..., k] / _FULL, placement) for k in range(images.shape[3])]
    return np.rint(_FULL * np.stack(bent, axis=3)).clip(0, _FULL).astype(np.uint8)
