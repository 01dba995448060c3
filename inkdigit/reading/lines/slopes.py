"""How lines of writing fall or rise over a page: seen aslant, they fan out."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import Boxes

_STEEPEST = 0.2  # rise by run
_ROUNDS = 6  # of fitting again, each nearer to most of the numbers
_ENOUGH = 5  # numbers that tell how slopes change down the page
_SPAN = 2.5  # heights between two numbers, or the ends of one, that tell a slope


def slopes_of(boxes: Boxes, neighbours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimate the slope of the line that each number is on.

    Args:
        boxes: of the numbers.
        neighbours: (boxes,) the number to the right of each, -1 where there is none.

    Returns:
        (boxes,) how far the line falls, in pixels for one to the right.
    """
    centres = np.stack((boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]), axis=1) / 2
    first = np.flatnonzero(neighbours >= 0)
    second = neighbours[first]
    run, fall = (centres[second] - centres[first]).T
    far = run > _SPAN * (boxes[first, 3] - boxes[first, 1])
    if far.sum() < _ENOUGH:
        return np.zeros(len(boxes))
    heights = (centres[first[far], 1] + centres[second[far], 1]) / 2
    middle, spread = heights.mean(), max(float(heights.std()), 1.0)
    powers = np.stack((np.ones(len(heights)), (heights - middle) / spread), axis=1)
    slopes, weights = fall[far] / run[far], run[far]
    trust = weights
    for _ in range(_ROUNDS):
        weighted = powers * trust[:, None]
        normal = powers.T @ weighted + 1e-3 * float(trust.mean()) * np.eye(2)
        fitted = np.linalg.solve(normal, weighted.T @ slopes)
        trust = weights / np.maximum(np.abs(slopes - powers @ fitted), 0.003)
    everywhere = fitted[0] + fitted[1] * (centres[:, 1] - middle) / spread
    return np.asarray(np.clip(everywhere, -_STEEPEST, _STEEPEST), np.float64)
