"""Whatever is straight, thin and long on a sheet: a ruling may be fainter than any stroke."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.rulings.ruling import COVERED, JOINT, THICKEST, Grey, Ruling, Rulings

_ALONG = 21  # pixels that ink is averaged over along a ruling: faint ones rise above the noise
_RIDGE = 14  # levels that a ruling is above both of its sides
_MOST = 2000  # ridges that are looked at, the longest; noise has more, a form has hundreds
_MOST_TRACED = 600  # of them that are followed from end to end, of each direction
_SHORTEST = 26  # pixels: a wall of the smallest box
_LONG = 60, 80  # pixels of a ruling that meets another at one end, or at none, surely
_LONGER = 120  # the same at none, in a picture that is no page: rules go through it
_PAGE = 300  # pixels of its shorter side
_SHARE = 0.4  # of the sheet's width that it takes, if that is less
_STEEPEST = 0.12  # rise by run
_BEND, _BENT = 2.5, 0.006  # pixels, and of its length, that a ruling may leave its chord by
_CORNERS = 80  # pixels from one corner of a ruling to the next, at least: lines by hand have some
_ASIDE = 1.0  # pixels that a ruling's own centre may stray by
_TRUE = 0.55  # of a ruling's columns show its own centre
_ROUNDS = 8  # of drawing the line again, each nearer to most of the centres
_SETTLED = 0.05  # pixels that it moves by: it will not move any more
_SEEN = 0.72  # of a ruling's length, where it has been followed on past what hides it
_ALONE = 0.4  # of its length where there is paper on both sides
_ON = 320  # pixels that a ruling is followed on for
_BRIDGE = 6  # pixels of a ruling that may be missing
_GAP = 2.0  # pixels of a ruling that are seen make up for one that is not


def candidates(level: Grey) -> Rulings:
    """Find whatever is straight, thin and longer than the wall of a small box.

    Args:
        level: ink of the sheet, (height, width).
    """
    across, down = _ridges(level), _ridges(np.ascontiguousarray(level.T))
    return Rulings(_traced_ridges(across, down), _traced_ridges(down, across))


@dataclass(frozen=True)
class _Ridges:
    """Connected ridges from left to right, not yet looked at closely."""

    level: Grey
    along: Grey  # ink averaged along rows
    labels: NDArray[np.int32]
    numbers: NDArray[np.int64]  # (ridges,) labels of those that may be rulings
    boxes: NDArray[np.int64]  # (ridges, 4): left, top, right, bottom

    def may_be_rulings(self, other: "_Ridges") -> NDArray[np.bool_]:
        """(ridges,) whether a ridge is long enough for the ridges of the turned sheet it meets."""
        length = self.boxes[:, 2] - self.boxes[:, 0]
        is_page = min(self.level.shape) >= _PAGE
        surely = _LONG[1] if is_page else _LONGER
        least = max(_LONG[0], min(surely, round(_SHARE * self.level.shape[1])))
        met, corners = self._ends_met(other)
        may_be: NDArray[np.bool_] = (
            (met == 2) | (met == 1) & (length >= _LONG[0]) | (length >= least) | is_page & corners
        )
        return may_be

    def _ends_met(self, other: "_Ridges") -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ridges,) how many ends are near a ridge of the turned sheet, and if near its end."""
        left, top, right, bottom = self.boxes.T[:, :, None]
        over, start, under, end = other.boxes.T
        middle = (top + bottom) / 2
        near = (middle >= over - JOINT) & (middle <= under + JOINT)
        at_left = near & (left >= start - JOINT) & (left <= end + JOINT)
        at_right = near & (right >= start - JOINT) & (right <= end + JOINT)
        at_its_end = (abs(middle - over) <= JOINT) | (abs(middle - under) <= JOINT)
        met = np.asarray(at_left.any(axis=1).astype(np.int64) + at_right.any(axis=1))
        return met, ((at_left | at_right) & at_its_end).any(axis=1)


def _ridges(level: Grey) -> _Ridges:
    """Find what rises above both of its sides for a while from left to right."""
    along = np.asarray(cv2.blur(level, (_ALONG, 1)), np.uint8)
    bordered = cv2.copyMakeBorder(along, THICKEST, THICKEST, 0, 0, cv2.BORDER_CONSTANT)
    beside = cv2.max(bordered[: -2 * THICKEST], bordered[2 * THICKEST :])
    peaks = cv2.threshold(cv2.subtract(along, beside), _RIDGE, 1, cv2.THRESH_BINARY)[1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(peaks, connectivity=8)
    left, top, width, height, area = stats.astype(np.int64).T
    flat = (height <= THICKEST + _STEEPEST * width) & (area <= THICKEST * width)
    may_be = flat & (width >= _SHORTEST)
    may_be[0] = False
    if may_be.sum() > _MOST:
        may_be &= width >= np.partition(width[may_be], -_MOST)[-_MOST]
    boxes = np.stack((left, top, left + width, top + height), axis=1)[may_be]
    return _Ridges(level, along, np.asarray(labels, np.int32), np.flatnonzero(may_be), boxes)


def _traced_ridges(ridges: _Ridges, turned: _Ridges) -> tuple[Ruling, ...]:
    indices = np.flatnonzero(ridges.may_be_rulings(turned))
    if len(indices) > _MOST_TRACED:
        lengths = ridges.boxes[indices, 2] - ridges.boxes[indices, 0]
        indices = indices[np.sort(np.argsort(-lengths, kind="stable")[:_MOST_TRACED])]
    return tuple(ruling for index in indices.tolist() for ruling in _traced(ridges, index))


def _traced(ridges: _Ridges, index: int) -> tuple[Ruling, ...]:
    """Follow one ridge from end to end; none if it is bent, too thick, or made of short pieces."""
    left, top, right, bottom = ridges.boxes[index].tolist()
    place = slice(top, bottom), slice(left, right)
    own = ridges.labels[place] == ridges.numbers[index]
    centres = top + (ridges.along[place] * own).argmax(axis=0)
    lines = _straight(centres.astype(np.float64), own.sum(axis=0))
    return tuple(
        ruling for start, middle in lines for ruling in _pieces(ridges.level, left + start, middle)
    )


def _straight(
    centres: NDArray[np.float64], thickness: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.float32]]]:
    """Draw a ridge as one nearly straight line, or as several, where it is long and has corners.

    Args:
        centres: (width,) rows.
        thickness: (width,) pixels; 0 where a column shows nothing of the ridge.

    Returns:
        The first column of each line, and its rows.
    """
    width = len(centres)
    seen = np.flatnonzero(thickness)
    middle = _middle(seen.astype(np.float32), centres[seen], thickness[seen], width)
    if middle is None:
        return []
    away = np.abs(middle - np.linspace(middle[0], middle[-1], width))
    if away.max() <= _BEND + _BENT * width:
        return [(0, middle)]
    if width < 2 * _CORNERS:
        return []
    corner = int(np.clip(away.argmax(), _CORNERS, width - _CORNERS))
    before = _straight(centres[:corner], thickness[:corner])
    after = _straight(centres[corner:], thickness[corner:])
    return before + [(corner + start, line) for start, line in after]


def _pieces(level: Grey, left: int, middle: NDArray[np.float32]) -> Iterator[Ruling]:
    """Measure a line wherever its ink is; what is no ruling is left out."""
    ink = _profile(level, left, middle)[THICKEST - 1 : THICKEST + 2].max(axis=0)
    for part in _seen_parts(ink):
        ruling = _measured(level, left + part.start, middle[part])
        if ruling is not None:
            yield ruling


def _measured(level: Grey, left: int, middle: NDArray[np.float32]) -> Ruling | None:
    """Measure how thick a line is and how far it goes; None if it is no ruling."""
    profile = _profile(level, left, middle)  # (offsets, width)
    usual = np.median(profile, axis=1)
    core = usual[THICKEST - 1 : THICKEST + 2]
    peak = float(core.max())
    edge = 0.25 * peak
    above = next((k for k in range(THICKEST) if usual[THICKEST - k - 1] < edge), THICKEST)
    below = next((k for k in range(THICKEST) if usual[THICKEST + k + 1] < edge), THICKEST)
    covered = float((profile[THICKEST - 1 : THICKEST + 2].max(axis=0) > 0.4 * peak).mean())
    if peak < _RIDGE or above + below + 1 > THICKEST or covered < COVERED:
        return None
    own = Ruling(left, middle, above, below, peak)
    for ruling in (_lengthened(level, own), own):  # walls of boxes one below another have gaps
        seen, alone = _seen_and_alone(level, ruling)
        if seen >= _SEEN and alone >= _ALONE:  # the tops of digits have no paper on both sides
            return replace(ruling, seen=seen, alone=alone)
    return None


def _seen_parts(ink: Grey) -> list[slice]:
    """Find where a ruling's ink is: averages also bridge the gaps between boxes in a column."""
    seen = np.flatnonzero(ink > 0.4 * np.percentile(ink, 70))
    if not seen.size:
        return []
    whole = slice(int(seen[0]), int(seen[-1]) + 1)
    if seen.size >= COVERED * (whole.stop - whole.start):
        return [whole]
    ends = np.flatnonzero(np.diff(seen) > _BRIDGE)
    starts, stops = seen[np.r_[0, ends + 1]].tolist(), (seen[np.r_[ends, -1]] + 1).tolist()
    return [
        slice(start, stop)
        for start, stop in zip(starts, stops, strict=True)
        if stop - start >= _SHORTEST - _BRIDGE
    ]


def _seen_and_alone(level: Grey, ruling: Ruling) -> tuple[float, float]:
    """Tell the shares of a line where its ink is seen, and where paper is on both sides, too."""
    profile = _profile(level, ruling.start, ruling.middle)
    ink = profile[THICKEST - 1 : THICKEST + 2].max(axis=0) > 0.4 * ruling.level
    over = profile[max(THICKEST - ruling.above - 3, 0)]
    under = profile[min(THICKEST + ruling.below + 3, 2 * THICKEST)]
    alone = ink & (np.maximum(over, under) < 0.4 * ruling.level)
    return float(ink.mean()), float(alone.mean())


def _middle(
    columns: NDArray[np.float32],
    centres: NDArray[np.float64],
    thickness: NDArray[np.int64],
    width: int,
) -> NDArray[np.float32] | None:
    """Draw a smooth line through most of the centres of a ridge's columns.

    Strokes that touch a ruling thicken it and draw its centre aside; such columns do not count.

    Returns:
        (width,) rows; None where there is no such line.
    """
    x = columns * (2 / width) - 1
    powers = np.stack((np.ones_like(x), x, x * x), axis=1).astype(np.float64)
    thin = thickness <= np.percentile(thickness, 30) + 1
    weights = np.where(thin, 1.0, 0.1)
    bend: NDArray[np.floating] = np.zeros(3)
    for _ in range(_ROUNDS):
        weighted = powers * weights[:, None]
        normal = powers.T @ weighted + 1e-6 * np.eye(3)
        last, bend = bend, np.linalg.solve(normal, weighted.T @ centres)
        residuals = centres - powers @ bend
        if np.abs(bend - last).max() < _SETTLED:
            break
        weights = np.where(thin, 1.0, 0.1) / np.maximum(np.abs(residuals), 0.3)
    true = np.abs(residuals) <= _ASIDE + _BENT * width / 2
    if true.mean() < _TRUE:
        return None
    every = np.arange(width)
    aside = cv2.blur(np.interp(every, columns[true], residuals[true])[None], (31, 1))[0]
    x = every * (2 / width) - 1
    return np.asarray(bend[0] + bend[1] * x + bend[2] * x * x + aside, np.float32)


def _lengthened(level: Grey, ruling: Ruling) -> Ruling:
    """Follow a ruling straight on past what interrupts it, at both ends."""
    steps = max(min(ruling.length, 200) - 1, 1)
    if ruling.length <= steps:
        return ruling
    before = _straight_on(ruling.middle[0], (ruling.middle[0] - ruling.middle[steps]) / steps)
    after = _straight_on(ruling.middle[-1], (ruling.middle[-1] - ruling.middle[-1 - steps]) / steps)
    end = ruling.start + ruling.length
    to_left = _seen_until(level, ruling.start - 1 - np.arange(_ON), before, ruling.level)
    to_right = _seen_until(level, end + np.arange(_ON), after, ruling.level)
    middle = np.concatenate((before[:to_left][::-1], ruling.middle, after[:to_right]))
    return replace(ruling, start=ruling.start - to_left, middle=middle.astype(np.float32))


def _straight_on(row: float, rise: float) -> NDArray[np.float32]:
    return (row + rise * np.arange(1, _ON + 1)).astype(np.float32)


def _seen_until(
    level: Grey, columns: NDArray[np.int64], middle: NDArray[np.float32], peak: float
) -> int:
    """Tell how many columns a ruling goes on for: most of them show its ink."""
    rows = np.rint(middle).astype(np.int64)[None] + np.array([[-2], [-1], [0], [1], [2]])
    inside = (columns >= 0) & (columns < level.shape[1])
    rows = np.clip(rows, 0, level.shape[0] - 1)
    ink = level[rows, np.clip(columns, 0, level.shape[1] - 1)[None]].max(axis=0)
    score = np.cumsum(np.where(inside & (ink > 0.4 * peak), 1.0, -_GAP))
    best = int(score.argmax())
    return best + 1 if score[best] > 0 else 0


def _profile(level: Grey, left: int, middle: NDArray[np.float32]) -> Grey:
    """Give the ink beside a line: (2 × THICKEST + 1, length), its middle row on the line."""
    offsets = np.arange(-THICKEST, THICKEST + 1)[:, None]
    rows = np.rint(middle).astype(np.int64)[None] + offsets
    inside = (rows >= 0) & (rows < level.shape[0])
    columns = np.arange(left, left + len(middle))[None]
    seen = np.where(inside, level[np.clip(rows, 0, level.shape[0] - 1), columns], 0)
    return np.asarray(seen, np.uint8)
