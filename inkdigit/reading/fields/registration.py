"""Finding a known form on a picture of it: where each of its points lies there.

What is printed on both is compared; what was written on one of them is not, so long as there is
more print than writing. Two ways give a first guess; the better one, once it is refined, counts:
corresponding points (SIFT), also on photographs taken aslant, and the whole page against the whole
form at many angles and sizes, where lines and boxes all look alike.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError
from inkdigit.pictures.flatten import Pixels

Homography = NDArray[np.float64]  # (3, 3), takes (x, y, 1) of one picture to another
_Ink = NDArray[np.float32]  # (height, width), 0 paper to 1 ink

_FINE, _COARSE = 640, 224  # pixels that the longer side of the form has while it is compared
_ANGLES_DEG = np.arange(-14, 15, 2)
_SCALES = 1.08 ** np.arange(-5, 6)  # 0.68 to 1.47: of a page that fills its picture
_RATIO = 0.8  # of the distances of the best and the second match; Lowe 2004, § 7.1
_LEAST_MATCHES = 12  # points; four make a homography
_PRINT = 0.35  # of a pixel's ink: from here on it counts
_MOST_POINTS = 4000  # of a form's print that are compared
_STEPS = 15  # in each stage of refinement
_STAGES = ((24.0, 6), (16.0, 8), (8.0, 8), (3.0, 8))  # pixels that ink attracts over; what moves
_NEAR_PX = 2.0  # print that lies on ink
_LEAST_PRINT = 0.002  # share of a form that is ink
_ENOUGH_LIKENESS = 0.97  # to look no further
_LEAST_LIKENESS = 0.65  # composed forms of words have 0.77 and more; bare tables less


class Form:
    """What is printed on a form, ready to be found on pictures of it.

    Args:
        pixels: (height, width, 1 or 3), the form: empty, or filled in as little as can be.

    Raises:
        DataError: nothing is printed on it.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.size = (pixels.shape[1], pixels.shape[0])  # width and height, pixels
        self._ink, self._to_ink = _ink_of(pixels, _FINE)
        if float((self._ink > 0.5).mean()) < _LEAST_PRINT:
            raise DataError(
                "the form shows next to nothing printed, expected lines, boxes or words to find it "
                "by. Name a picture of the form in `reference`."
            )
        self._points = _points_of(self._ink)

    def find(self, pixels: Pixels) -> Homography:
        """Tell where the form's pixels lie on a picture.

        Args:
            pixels: (height, width, 1 or 3), upright; the form on it may be shifted, turned by up to
                about 10°, and larger or smaller, and taken aslant.

        Returns:
            Takes the form's (x, y) to the picture's.

        Raises:
            DataError: the form is not there.
        """
        page, to_page = _ink_of(pixels, _FINE)
        likeness, best = -1.0, np.eye(3)
        for guess in self._guesses(page):
            found = _refined(self._ink, page, guess)
            likeness, best = max((likeness, best), found, key=lambda each: each[0])
            if likeness >= _ENOUGH_LIKENESS:
                break
        if likeness < _LEAST_LIKENESS:
            raise DataError(
                f"the form is not found on this page (likeness {likeness:.2f}, expected at least "
                f"{_LEAST_LIKENESS}). Is it this form, upright, and whole?"
            )
        return np.asarray(np.linalg.inv(to_page) @ best @ self._to_ink)

    def _guesses(self, page: _Ink) -> Iterator[Homography]:
        yield from _by_points(self._points, _points_of(page))
        yield _by_search(self._ink, page)


def _ink_of(pixels: Pixels, longest: int) -> tuple[_Ink, Homography]:
    """Take the light out of a picture, and give it at a size with what takes pixels there."""
    scale = longest / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, size, interpolation=method).astype(np.float32)
    around = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6) + 1
    dark = np.clip(1 - small / around, 0, 1)
    most = float(np.quantile(dark, 0.995))
    ink = np.clip(dark / max(most, 0.1), 0, 1)  # paper's grain is no ink
    ink[ink < 0.2] = 0
    across, down = size[0] / pixels.shape[1], size[1] / pixels.shape[0]
    return np.asarray(ink, np.float32), np.diag([across, down, 1.0])


def _points_of(ink: _Ink) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give points that may be known again, (N, 2), and what is around them, (N, 128)."""
    keys, around = cv2.SIFT.create(2000).detectAndCompute((ink * 255).astype(np.uint8), None)
    if around is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    return np.array([key.pt for key in keys], np.float32), np.asarray(around, np.float32)


def _by_points(
    form: tuple[NDArray[np.float32], NDArray[np.float32]],
    page: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> Iterator[Homography]:
    if len(form[0]) < _LEAST_MATCHES or len(page[0]) < _LEAST_MATCHES:
        return
    pairs = cv2.BFMatcher().knnMatch(form[1], page[1], k=2)
    clear = [best for best, second in pairs if best.distance < _RATIO * second.distance]
    if len(clear) < _LEAST_MATCHES:
        return
    here = form[0][[match.queryIdx for match in clear]]
    there = page[0][[match.trainIdx for match in clear]]
    cv2.setRNGSeed(0)
    found, _ = cv2.findHomography(here, there, cv2.RANSAC, 4.0)
    guess = np.asarray(found, np.float64)
    if guess.shape == (3, 3) and _is_sane(guess):  # there is none where no four points agree
        yield guess


def _is_sane(found: Homography) -> bool:
    """Tell whether a form stays about upright, is not mirrored and not folded."""
    area = found[0, 0] * found[1, 1] - found[0, 1] * found[1, 0]
    turn = abs(math.degrees(math.atan2(found[1, 0], found[0, 0])))
    return bool(0.1 < area < 10 and turn < 30)


def _by_search(form: _Ink, page: _Ink) -> Homography:
    """Try all angles and sizes, and for each all shifts at once."""
    form, to_form = _shrunk(form)
    page, to_page = _shrunk(page)
    width, height = page.shape[1], page.shape[0]
    fit = math.sqrt(page.size / form.size)  # as if both filled their pictures
    side = cv2.getOptimalDFTSize(2 * _COARSE)
    there = np.fft.rfft2(page, (side, side))
    best, chosen = -1.0, np.eye(3)
    for angle in _ANGLES_DEG:
        for scale in _SCALES * fit:
            turned = np.vstack(
                (
                    cv2.getRotationMatrix2D(
                        (form.shape[1] / 2, form.shape[0] / 2), float(angle), float(scale)
                    ),
                    (0, 0, 1),
                )
            )
            turned[0, 2] += width / 2 - form.shape[1] / 2
            turned[1, 2] += height / 2 - form.shape[0] / 2
            here = cv2.warpPerspective(form, turned, (width, height))
            norm = float(np.linalg.norm(here))
            if not norm:
                continue
            likeness = np.fft.irfft2(
                there * np.conj(np.fft.rfft2(here, (side, side))), (side, side)
            )
            y, x = np.unravel_index(int(likeness.argmax()), likeness.shape)
            if likeness[y, x] / norm > best:
                best = float(likeness[y, x] / norm)
                shift = np.eye(3)
                shift[0, 2] = x - side if x > side / 2 else x
                shift[1, 2] = y - side if y > side / 2 else y
                chosen = shift @ turned
    return np.asarray(np.linalg.inv(to_page) @ chosen @ to_form)


def _shrunk(ink: _Ink) -> tuple[_Ink, Homography]:
    scale = _COARSE / _FINE
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    small = cv2.resize(cv2.GaussianBlur(ink, (0, 0), 4), size, interpolation=cv2.INTER_AREA)
    small = small - small.mean()
    return np.asarray(small), np.diag([size[0] / ink.shape[1], size[1] / ink.shape[0], 1.0])


def _refined(form: _Ink, page: _Ink, guess: Homography) -> tuple[float, Homography]:
    """Move a guess to where the form's print lies on the page's ink.

    Writing on the page is ink that no print looks for, so it hardly counts.

    Returns:
        How much more of the print lies on ink than would by chance, up to 1, and where it lies.

    Source: Borgefors 1988 (chamfer matching); Geman and McClure 1987 (what is far counts little).
    """
    far = cv2.distanceTransform((page < _PRINT).astype(np.uint8), cv2.DIST_L2, 5)
    slopes = [cv2.Sobel(far, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1))]
    field = np.dstack((far, *slopes)).astype(np.float32)
    y, x = np.nonzero(form > _PRINT)
    few = np.random.default_rng(0).permutation(len(x))[:_MOST_POINTS]
    points = np.stack((x[few], y[few], np.ones(len(few))), axis=1).astype(np.float64)
    middle, spread = points.mean(axis=0), float(points[:, :2].std())
    norm = np.array(  # of coordinates, so that all numbers of a homography weigh alike
        [[1 / spread, 0, -middle[0] / spread], [0, 1 / spread, -middle[1] / spread], [0, 0, 1]]
    )
    points, found = points @ norm.T, guess @ np.linalg.inv(norm)
    for reach_px, free in _STAGES:
        for _ in range(_STEPS):
            found = found / found[2, 2]
            found.ravel()[:free] += _step(points, found, field, reach_px, free)
    distances = _sampled(field, _projected(points, found))[:, 0]
    chance = float((far <= _NEAR_PX).mean())
    share = float((distances <= _NEAR_PX).mean())
    return (share - chance) / (1 - chance + 1e-9), found @ norm


def _step(
    points: NDArray[np.float64],
    found: Homography,
    field: NDArray[np.float32],
    reach_px: float,
    free: int,
) -> NDArray[np.float64]:
    """Take a step of Gauss and Newton to where the points are nearer to ink: (8,), row by row."""
    where = points @ found.T
    x, y = where[:, 0] / where[:, 2], where[:, 1] / where[:, 2]
    distance, slope_x, slope_y = _sampled(field, np.stack((x, y), axis=1)).T
    by_x = points / where[:, 2:]
    towards = -(slope_x * x + slope_y * y)
    change = np.concatenate(
        (slope_x[:, None] * by_x, slope_y[:, None] * by_x, towards[:, None] * by_x[:, :2]), axis=1
    )[:, :free]
    weight = (reach_px**2 / (reach_px**2 + distance**2)) ** 2
    square = change.T @ (change * weight[:, None])
    square += np.eye(free) * (1e-3 * np.trace(square) / free + 1e-9)
    return np.asarray(np.linalg.solve(square, -change.T @ (weight * distance)))


def _sampled(field: NDArray[np.float32], where: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the field's values at points between its pixels; outside it is far and flat."""
    at = where.astype(np.float32)
    outside = (1e3, 0.0, 0.0, 0.0)
    got = cv2.remap(
        field, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR, None, cv2.BORDER_CONSTANT, outside
    )
    return np.asarray(got[0], np.float64)


def _projected(points: NDArray[np.float64], found: Homography) -> NDArray[np.float64]:
    where = points @ found.T
    return np.asarray(where[:, :2] / where[:, 2:])
