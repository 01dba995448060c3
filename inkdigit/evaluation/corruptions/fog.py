"""Fog: a random landscape of heights, laid over a picture."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.corruptions.smoothing import Shares

_MAP = 256  # side of the landscape, of which the corner is used, as in the source
_ROUGHNESS = 100.0  # of the largest features
_AT_ONCE = 32  # landscapes: 8 MiB, which a processor's cache holds

_Map = NDArray[np.float32]  # (n, 256, 256)


def in_fog(shares: Shares, draws: np.random.Generator, *, density: float, decay: float) -> Shares:
    """Lay fog over every picture, and keep its brightest pixel as bright as it was.

    Args:
        shares: (N, 28, 28).
        draws: of the landscapes.
        density: how much fog lies on a picture whose full ink is 1.
        decay: how much smoother each finer scale is.

    Source: `fog` of MNIST-C, after Hendrycks and Dietterich 2019.
    """
    fogged = np.empty_like(shares)
    side = shares.shape[1]
    for start in range(0, len(shares), _AT_ONCE):
        part = shares[start : start + _AT_ONCE]
        brightest = part.max(axis=(1, 2), keepdims=True)
        heights = landscapes(len(part), draws, decay=decay)[:, :side, :side]
        fogged[start : start + _AT_ONCE] = (
            (part + density * heights) * brightest / (brightest + density)
        )
    return np.clip(fogged, 0.0, 1.0)


def landscapes(count: int, draws: np.random.Generator, *, decay: float) -> _Map:
    """Draw random heights in [0, 1] by the diamond-square algorithm: (count, 256, 256).

    The landscape goes on at the opposite border, and its corner begins at 0.

    Source: Fournier, Fussell and Carpenter 1982; the sums as `plasma_fractal` of MNIST-C has them.
    """
    heights = np.zeros((count, _MAP, _MAP), np.float32)
    step, roughness = _MAP, _ROUGHNESS
    while step >= 2:
        _refine(heights, step, roughness, draws)
        step //= 2
        roughness /= decay
    heights -= heights.min(axis=(1, 2), keepdims=True)
    heights /= heights.max(axis=(1, 2), keepdims=True)
    return heights


def _refine(heights: _Map, step: int, roughness: float, draws: np.random.Generator) -> None:
    """Fill in the points half a step from those that are known: squares, then diamonds."""
    half = step // 2

    def mean(total: _Map) -> _Map:
        noise = draws.random(total.shape, np.float32) * 2 - 1
        filled: _Map = total / 4 + np.float32(roughness**2) * noise
        return filled

    corners = heights[:, ::step, ::step]
    rows = corners + np.roll(corners, -1, axis=1)
    heights[:, half::step, half::step] = mean(rows + np.roll(rows, -1, axis=2))
    centres = heights[:, half::step, half::step]
    above_and_below = centres + np.roll(centres, 1, axis=1)
    beside = corners + np.roll(corners, -1, axis=2)
    heights[:, ::step, half::step] = mean(above_and_below + beside)
    left_and_right = centres + np.roll(centres, 1, axis=2)
    upright = corners + np.roll(corners, -1, axis=1)
    heights[:, half::step, ::step] = mean(left_and_right + upright)
