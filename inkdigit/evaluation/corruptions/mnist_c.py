"""The fifteen corruptions of MNIST-C, each a function of pictures and a generator.

Source: Mu and Gilmer 2019, *MNIST-C: a robustness benchmark for computer vision*, and the code
that they published; names, strengths and severities are theirs. Written anew for whole batches.
docs/robustness.md says where the results differ.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inkdigit.errors import ConfigError, DataError, unknown
from inkdigit.evaluation.corruptions.affine import Placement, moved, place, sized, turned
from inkdigit.evaluation.corruptions.canny import edges
from inkdigit.evaluation.corruptions.fog import in_fog
from inkdigit.evaluation.corruptions.lines import with_dotted_line, with_zigzag
from inkdigit.evaluation.corruptions.smoothing import Shares, gaussian, in_motion, through_glass
from inkdigit.types import Images

SIDE = 28  # pixels; the strengths are made for it

_SHOTS = 3  # of a full pixel: fewer are noisier
_IMPULSES = 0.17  # of all pixels
_BRIGHTER = 0.5
_STRIPE = 7  # columns at either side
_SHEAR = 0.4  # radians
_TURN_DEG = float(np.degrees(0.4))
_SHRUNK = 0.7
_SHIFT = 3  # pixels
_LIQUID, _LIQUID_SPREAD = 0.65, 0.3
_SPATTER_GREY = 63 / 255
_SPATTER_EDGE = 0.8  # fainter spatter is none

Draws = np.random.Generator


@dataclass(frozen=True)
class Corruption:
    """One way to make a picture worse."""

    name: str  # as the paper writes it
    severity: int | None  # of five, in the code of MNIST-C; None: it has no degrees
    about: str
    apply: Callable[[Shares, Draws], Shares]


def _shot_noise(shares: Shares, draws: Draws) -> Shares:
    return draws.poisson(shares * _SHOTS) / _SHOTS


def _impulse_noise(shares: Shares, draws: Draws) -> Shares:
    struck = draws.random(shares.shape, np.float32) < _IMPULSES
    white = draws.random(shares.shape, np.float32) < 0.5
    return np.where(struck, white, shares)


def _glass_blur(shares: Shares, draws: Draws) -> Shares:
    return through_glass(shares, draws, sigma=0.7, reach=1, rounds=2)


def _motion_blur(shares: Shares, draws: Draws) -> Shares:
    return in_motion(shares, draws.uniform(-45, 45, len(shares)), radius=10)


def _shear(shares: Shares, draws: Draws) -> Shares:
    # the matrix of scikit-image in 2019; a later version slants without changing the height
    right, left = (Placement(xy=-np.sin(shear), yy=np.cos(shear)) for shear in (_SHEAR, -_SHEAR))
    return _one_of(shares, draws, right, left)


def _scale(shares: Shares, _draws: Draws) -> Shares:
    return place(shares, sized(_SHRUNK))


def _rotate(shares: Shares, draws: Draws) -> Shares:
    return _one_of(shares, draws, turned(_TURN_DEG), turned(-_TURN_DEG))


def _brightness(shares: Shares, _draws: Draws) -> Shares:
    return shares + _BRIGHTER


def _translate(shares: Shares, draws: Draws) -> Shares:
    corners = [moved(right, down) for right in (-_SHIFT, _SHIFT) for down in (-_SHIFT, _SHIFT)]
    return _one_of(shares, draws, *corners)


def _stripe(shares: Shares, _draws: Draws) -> Shares:
    striped = shares.copy()
    striped[:, :, :_STRIPE] = 1 - striped[:, :, :_STRIPE]
    striped[:, :, -_STRIPE:] = 1 - striped[:, :, -_STRIPE:]
    return striped


def _fog(shares: Shares, draws: Draws) -> Shares:
    return in_fog(shares, draws, density=3.0, decay=1.4)


def _spatter(shares: Shares, draws: Draws) -> Shares:
    liquid = gaussian(draws.normal(_LIQUID, _LIQUID_SPREAD, shares.shape), 1.0)
    drops = gaussian((liquid > _LIQUID).astype(np.float64), 1.5)
    drops[drops < _SPATTER_EDGE] = 0.0
    return shares * (1 - drops) + _SPATTER_GREY * drops


def _canny_edges(shares: Shares, _draws: Draws) -> Shares:
    return edges(shares)


CORRUPTIONS = {
    each.name: each
    for each in (
        Corruption("shot noise", 5, "as of a sensor that counts few photons", _shot_noise),
        Corruption("impulse noise", 4, "every sixth pixel black or white", _impulse_noise),
        Corruption("glass blur", 1, "as through frosted glass", _glass_blur),
        Corruption("motion blur", 1, "smeared along a line up to 45° steep", _motion_blur),
        Corruption("shear", 2, "slanted by 0.4 to either side", _shear),
        Corruption("scale", 3, "shrunk to 70 %", _scale),
        Corruption("rotate", 2, "turned by 23° to either side", _rotate),
        Corruption("brightness", 5, "half of full ink added everywhere", _brightness),
        Corruption("translate", 3, "moved by 3 pixels across and down", _translate),
        Corruption("stripe", None, "the outer quarters inverted", _stripe),
        Corruption("fog", 5, "three times as much fog as digit", _fog),
        Corruption("spatter", 4, "dark drops on the ink, faint ones on the paper", _spatter),
        Corruption("dotted line", None, "a dotted line across it", with_dotted_line),
        Corruption("zigzag", None, "a zigzag across it", with_zigzag),
        Corruption("canny edges", None, "nothing but the edges of the strokes", _canny_edges),
    )
}


def corrupt(images: Images, name: str, *, seed: int = 0, block: int = 0) -> Images:
    """Corrupt every picture of a batch.

    Args:
        images: (N, 28, 28, 1) `uint8`, light ink on dark paper.
        name: a key of `CORRUPTIONS`.
        seed: draws whatever is random.
        block: of a larger set, so that each of its batches is drawn for itself.

    Returns:
        (N, 28, 28, 1) `uint8`, rounded to the nearest.

    Raises:
        ConfigError: there is no corruption of that name.
        DataError: the pictures have another size or are in colour.
    """
    if name not in CORRUPTIONS:
        raise ConfigError(unknown("corruption", name, CORRUPTIONS))
    if images.shape[1:] != (SIDE, SIDE, 1):
        raise DataError(
            f"pictures of shape {images.shape[1:]}, expected ({SIDE}, {SIDE}, 1): the corruptions "
            "of MNIST-C are made for that. Use a model of that size."
        )
    draws = np.random.default_rng((seed, list(CORRUPTIONS).index(name), block))
    return as_bytes(CORRUPTIONS[name].apply(as_shares(images), draws))


def as_shares(images: Images) -> Shares:
    """Give (N, side, side, 1) as shares of full ink: (N, side, side)."""
    return images[..., 0] / 255.0


def as_bytes(shares: Shares) -> Images:
    """Give shares of full ink as (N, side, side, 1), clipped and rounded to the nearest."""
    return np.rint(np.clip(shares, 0.0, 1.0) * 255)[..., None].astype(np.uint8)


def _one_of(shares: Shares, draws: Draws, *placements: Placement) -> Shares:
    """Place every picture in one of some equally probable ways."""
    which = draws.integers(0, len(placements), len(shares))
    placed = np.empty_like(shares)
    for number, placement in enumerate(placements):
        placed[which == number] = place(shares[which == number], placement)
    return placed
