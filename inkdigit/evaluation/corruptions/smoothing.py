"""Blurs: Gaussian, as through frosted glass, and of a camera that moved."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]  # (N, side, side), 0 paper to 1 full ink

_REACH = 4  # standard deviations that a Gaussian filter looks at, as in SciPy
_MOTION_SIGMA = 3.0  # pixels


def gaussian(shares: Shares, sigma: float, *, padded: bool = True) -> Shares:
    """Blur every picture.

    Args:
        shares: (N, side, side).
        sigma: in pixels.
        padded: beyond the border, see the nearest pixel; False: see nothing.
    """
    weights = _gaussian_matrix(shares.shape[1], sigma, padded)
    blurred: Shares = weights @ shares @ weights.T
    return blurred


def through_glass(
    shares: Shares, draws: np.random.Generator, *, sigma: float, reach: int, rounds: int
) -> Shares:
    """Blur, swap pixels with near ones, and blur again.

    Pixels are swapped one after the other from the last to the first, each with probability one
    half, with one up to `reach` rows and columns away; as in the source, that one never lies
    below or to the right by all of `reach`, and the first rows and columns are left alone.

    Source: `glass_blur` of MNIST-C, after Hendrycks and Dietterich 2019.
    """
    count, side, _ = shares.shape
    # (pixels, N): a pixel of all pictures lies together; truncated to bytes, as in the source
    pixels = np.floor(gaussian(shares, sigma) * 255).reshape(count, side**2).T.copy()
    rows = range(side - reach, reach, -1)
    swapped = draws.random((rounds, len(rows) ** 2, count), np.float32) < 0.5
    moves = draws.integers(-reach, reach, (2, rounds, len(rows) ** 2, count), np.int8)
    shifts = moves[0].astype(np.int64) * side + moves[1]
    every = np.arange(count)
    for number in range(rounds):
        for place, (row, column) in enumerate((r, c) for r in rows for c in rows):
            here = row * side + column
            which = every[swapped[number, place]]
            there = here + shifts[number, place, which]
            mine, other = pixels[here, which], pixels[there, which]
            pixels[here, which], pixels[there, which] = other, mine
    return gaussian(pixels.T.reshape(shares.shape) / 255, sigma)


def in_motion(shares: Shares, angles_deg: NDArray[np.float64], *, radius: int) -> Shares:
    """Smear every picture along a line, with weights that fall like one half of a Gaussian.

    Args:
        shares: (N, side, side).
        angles_deg: (N,) of the line, from -45 to 45.
        radius: half the length of the line; sigma is 3 pixels.

    Source: MotionBlurImage of ImageMagick, which MNIST-C calls: whole pixels, and the nearest
    one beyond the border.
    """
    count, side, _ = shares.shape
    width = 2 * radius + 1
    weights = np.exp(-(np.arange(width) ** 2) / (2 * _MOTION_SIGMA**2))
    weights /= weights.sum()
    pad = np.pad(shares, ((0, 0), (width, width), (width, width)), mode="edge")
    wide = side + 2 * width
    inside = (np.arange(side)[:, None] + width) * wide + np.arange(side) + width
    starts = np.arange(count) * wide**2
    smeared = np.zeros_like(shares)
    radians = np.radians(angles_deg)
    for step, weight in enumerate(weights):
        across = np.ceil(step * np.cos(radians) - 0.5).astype(np.int64)
        down = np.ceil(step * np.sin(radians) - 0.5).astype(np.int64)
        places = (starts + down * wide + across)[:, None, None] + inside
        smeared += weight * pad.ravel()[places]
    return smeared


@cache
def _gaussian_matrix(side: int, sigma: float, padded: bool) -> NDArray[np.float64]:
    """Give the filter along one axis as (side, side): what each pixel takes from which."""
    radius = int(_REACH * sigma + 0.5)
    kernel = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    matrix = np.zeros((side, side))
    for row in range(side):
        for offset, weight in zip(range(-radius, radius + 1), kernel, strict=True):
            column = row + offset
            if padded or 0 <= column < side:
                matrix[row, min(max(column, 0), side - 1)] += weight
    return matrix
