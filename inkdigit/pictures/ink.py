"""How much ink lies where: uneven light taken out, polarity decided, noise below the floor.

NumPy and Pillow only. What comes out is what `pictures.frame` draws as MNIST would.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.pictures.channels import with_channels
from inkdigit.pictures.decode import Pixels

Grey = NDArray[np.float32]  # (height, width), 0 black to 255 white
Ink = NDArray[np.float32]  # (height, width), 0 paper to 1 full ink

_FIT_SIDE = 48  # pixels that the paper is fitted on: light changes slowly
_TOLERANCES = (0.5, 0.35, 0.25, 0.15)  # of the contrast: what may still be paper, round by round
_ENVELOPE = 90  # percentile that paper starts from: most of it is at least as far from the ink
_LEAST_CONTRAST = 12.0  # grey levels between paper and ink; below, there is nothing to read
_NOISE = 3.0  # standard deviations of the paper that are not ink
_TERMS = 6  # of a quadratic surface


def ink_of(pixels: Pixels) -> Ink:
    """Measure the ink of one picture, whichever of paper and ink is the darker.

    Both are tried, and the paper is what takes more of the border, of the corners and of the
    picture, without the light having to explain much: a writer leaves paper around a digit, also
    where strokes touch the edge.

    Args:
        pixels: (height, width, 1 or 3), as `decode` gives them.

    Returns:
        (height, width) in [0, 1]; all 0 where there is nothing to read.
    """
    grey = with_channels(pixels, 1)[..., 0].astype(np.float32)
    if np.ptp(grey) < _LEAST_CONTRAST:
        return np.zeros_like(grey)
    light_ink, doubt_of_light = _above_paper(grey)
    dark_ink, doubt_of_dark = _above_paper(255 - grey)
    return light_ink if doubt_of_light <= doubt_of_dark else dark_ink


def _above_paper(grey: Grey) -> tuple[Ink, float]:
    """Measure what is brighter than a dark paper, as a share of what full ink is.

    Returns:
        The ink, and how doubtful it is.
    """
    paper = _paper(grey)
    difference = grey - paper
    full = _full(difference)
    beside = np.abs(difference[difference < full / 2])
    noise = _NOISE * 1.4826 * float(np.median(beside))  # 1.4826: of a normal distribution
    if full < max(_LEAST_CONTRAST - 0.5, noise):  # the fitted paper is off by a fraction
        return np.zeros_like(grey), np.inf
    floor = min(noise, full / 2)
    ink = np.clip((difference - floor) / (full - floor), 0, 1, dtype=np.float32)
    return ink, _spread(ink) + float(np.ptp(paper)) / full


def _spread(ink: Ink) -> float:
    """Tell how little a picture's ink looks like ink: its share of area, border and corners."""
    mask = ink > 0.5
    border = np.concatenate((mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]))
    height, width = max(1, mask.shape[0] // 8), max(1, mask.shape[1] // 8)
    corners = [mask[y, x].mean() for y in _ends(height) for x in _ends(width)]
    return float(mask.mean() + border.mean() + np.mean(corners))


def _ends(length: int) -> tuple[slice, slice]:
    return slice(None, length), slice(-length, None)


def _paper(grey: Grey) -> Grey:
    """Fit the brightness of a dark paper by a quadratic surface, leaving out what is brighter."""
    small = _shrunk(grey, _FIT_SIDE)
    values = small.ravel()
    contrast = max(float(np.ptp(values)), 1.0)
    terms = _terms(*small.shape)
    fitted = np.full(values.shape, np.percentile(values, 100 - _ENVELOPE), np.float32)
    coefficients = None
    for tolerance in _TOLERANCES:
        paper = np.abs(values - fitted) <= tolerance * contrast
        if paper.sum() < 4 * _TERMS:
            break
        known = terms[paper]
        # the normal equations: six of them are solved faster than two thousand
        coefficients = np.linalg.lstsq(known.T @ known, values[paper] @ known, rcond=None)[0]
        fitted = terms @ coefficients
    if coefficients is None:
        return np.full_like(grey, fitted[0])
    return _surface(coefficients, *grey.shape)


def _terms(height: int, width: int) -> NDArray[np.float32]:
    """Give 1, x, y, x², xy and y² at every pixel: (height × width, 6), x and y in [-1, 1]."""
    y, x = _middles(height)[:, None], _middles(width)
    terms = np.empty((height, width, _TERMS), np.float32)
    for index, term in enumerate((np.float32(1), x, y, x * x, x * y, y * y)):
        terms[..., index] = term
    return terms.reshape(-1, _TERMS)


def _surface(coefficients: NDArray[np.float32], height: int, width: int) -> Grey:
    """Sum up the terms at every pixel, without holding six values for each."""
    y, x = _middles(height)[:, None], _middles(width)
    one, of_x, of_y, of_xx, of_xy, of_yy = coefficients
    surface: Grey = (one + x * (of_x + of_xx * x)) + y * (of_y + of_xy * x) + of_yy * y * y
    return surface


def _middles(length: int) -> NDArray[np.float32]:
    """Give where the middles of pixels lie, in [-1, 1]."""
    places = np.arange(length, dtype=np.float32) + np.float32(0.5)
    return places * np.float32(2 / length) - np.float32(1)


def _full(difference: Grey) -> float:
    """Find the level of full ink: that of a stroke's middle, not of a single bright pixel."""
    top = float(difference.max())
    return float(np.percentile(difference[difference > top / 2], 75)) if top > 0 else 0.0


def _shrunk(grey: Grey, side: int) -> Grey:
    height, width = grey.shape
    if max(height, width) <= side:
        return grey
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk: Grey = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
    return shrunk
