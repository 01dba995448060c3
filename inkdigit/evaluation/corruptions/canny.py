"""Canny's edges of many pictures at once.

Source: Canny 1986; the details are those of `feature.canny` of scikit-image with its defaults,
which MNIST-C calls: sigma 1, thresholds at 0.1 and 0.2, nothing on the outermost pixels.
"""

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.corruptions.smoothing import Shares, gaussian

_SIGMA = 1.0
_LOW, _HIGH = 0.1, 0.2
_TINY = float(np.finfo(np.float64).eps)
_SOBEL = np.array([1.0, 2.0, 1.0])

_Truths = NDArray[np.bool_]  # (N, side, side)


def edges(shares: Shares) -> Shares:
    """Draw the edges of strokes: (N, side, side), 1 on an edge and 0 elsewhere."""
    across, down = _gradients(_smooth(shares))
    strength = np.hypot(across, down)
    ridge = _is_ridge(across, down, strength)
    ridge[:, [0, -1]] = ridge[:, :, [0, -1]] = False
    low = ridge & (strength >= _LOW)
    return _connected(ridge & (strength >= _HIGH), low).astype(np.float64)


def _smooth(shares: Shares) -> Shares:
    """Blur, and make up at the border for what would have come from beyond it."""
    bleeding = gaussian(np.ones((1, *shares.shape[1:])), _SIGMA, padded=False)
    return gaussian(shares, _SIGMA, padded=False) / (bleeding + _TINY)


def _gradients(shares: Shares) -> tuple[Shares, Shares]:
    """Give Sobel's slopes to the right and down, the border mirrored."""
    pad = np.pad(shares, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
    to_right = pad[:, :, 2:] - pad[:, :, :-2]
    downward = pad[:, 2:] - pad[:, :-2]
    across = sum(w * to_right[:, k : k + shares.shape[1]] for k, w in enumerate(_SOBEL))
    down = sum(w * downward[:, :, k : k + shares.shape[2]] for k, w in enumerate(_SOBEL))
    return np.asarray(across), np.asarray(down)


def _is_ridge(across: Shares, down: Shares, strength: Shares) -> _Truths:
    """Tell where no neighbour along the slope is stronger, between pixels by interpolation."""
    steep, flat = np.abs(down), np.abs(across)
    pad = np.pad(strength, ((0, 0), (1, 1), (1, 1)))
    rows, columns = strength.shape[1:]

    def neighbour(below: int, right: int) -> Shares:
        return pad[:, 1 + below : 1 + below + rows, 1 + right : 1 + right + columns]

    ridge = np.zeros(strength.shape, bool)
    same = ((down >= 0) & (across >= 0)) | ((down <= 0) & (across <= 0))
    other = ((down <= 0) & (across >= 0)) | ((down >= 0) & (across <= 0))
    for where, straight, diagonal in (
        (same & (steep >= flat), (1, 0), (1, 1)),
        (same & (steep <= flat), (0, 1), (1, 1)),
        (other & (steep <= flat), (0, 1), (-1, 1)),
        (other & (steep >= flat), (-1, 0), (-1, 1)),
    ):
        most, least = np.maximum(steep, flat), np.minimum(steep, flat)
        share = np.divide(least, most, out=np.zeros_like(most), where=most > 0)
        higher = np.ones(strength.shape, bool)
        for sign in (1, -1):
            near = neighbour(sign * straight[0], sign * straight[1])
            far = neighbour(sign * diagonal[0], sign * diagonal[1])
            higher &= far * share + near * (1 - share) <= strength
        ridge = np.where(where, higher, ridge)
    return ridge


def _connected(strong: _Truths, weak: _Truths) -> _Truths:
    """Keep weak points that strong ones reach over weak ones, diagonally too."""
    kept = strong
    while True:
        pad = np.pad(kept, ((0, 0), (1, 1), (1, 1)))
        rows = pad[:, :-2] | pad[:, 1:-1] | pad[:, 2:]
        grown = (rows[:, :, :-2] | rows[:, :, 1:-1] | rows[:, :, 2:]) & weak
        if np.array_equal(grown, kept):
            return kept
        kept = grown
