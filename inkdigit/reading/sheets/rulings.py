"""Ruled lines, grids and the walls of boxes: found as long straight ridges, then taken out of ink.

A ruling is found by its length alone, so it may be fainter than any stroke. What it covered is
filled from both of its sides: a stroke that crosses it comes out whole.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width), 0 paper … 255 full ink

THICKEST = 8  # pixels that a ruling is thick at most, on a sheet of usual size
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
_ASIDE = 1.0  # pixels that a ruling's own centre may stray by
_TRUE = 0.55  # of a ruling's columns show its own centre
_ROUNDS = 8  # of drawing the line again, each nearer to most of the centres
_SETTLED = 0.05  # pixels that it moves by: it will not move any more
_COVERED = 0.9  # of its length where its ink is seen
_DARKER = 1.3  # times a ruling's own ink: a stroke on it
FIELD = 3.2  # digit heights: a sheet that is less tall shows one line, most likely one number
MANY_LINES = 6  # digit heights that a page with lines is tall; on one line all is as faint
_FIELD_SHARE = 0.6  # of its width that its rules are long
_WALL = 0.9  # digit heights that the wall of a box is long
_GRID = 8  # long rulings of each direction that make squared paper, or a table of such
_CLOSE = 4, 0.2  # the same, at least, and in digit heights: digits stand near walls, too
_FIELD_CLOSE = 0.08  # the same where there is one line: stems of digits end near its rules
_SEEN = 0.72  # of a ruling's length, where it has been followed on past what hides it
_ALONE = 0.4  # of its length where there is paper on both sides
_JOINT = 12  # pixels between the end of a wall and the wall that it meets
_ON = 320  # pixels that a ruling is followed on for
_BRIDGE = 6  # pixels of a ruling that may be missing
_GAP = 2.0  # pixels of a ruling that are seen make up for one that is not
_SPANS = 0.85  # of the sheet: what is as long is no stroke
_DIGITS = 2.5  # digit heights that no stroke of a digit is long
_STROKES = 6  # digit heights that strokes of neighbouring digits are long together
_THICK_STROKES = 8, 0.2, 0.75  # digit heights that thick ones are long, thick; share alone at most
_FULL = 170  # level of strokes
_PLAIN = 5  # digit heights of rulings that tell how the others run
_ASLANT = 0.05  # rise by run, by which a ruling strays at most from how the others run
_HIDDEN = 0.85  # of the length of a table's rule that is seen as ink, strokes on it too
_MORE_INK = 0.3  # of the length, that other places between its neighbours show less
_ROWS = 1.5  # digit heights between two rules that leave room for another one
_BESIDE = 0.25  # of the way between its neighbours, that a rule is away from both
_OFF_STEP = 0.1  # of the distance from wall to wall, that walls stray
_SAME = 4  # pixels between the middles of what is one ruling, found twice


@dataclass(frozen=True)
class Ruling:
    """One ruled line, from left to right or, on the turned sheet, from top to bottom."""

    start: int  # its first column
    middle: NDArray[np.float32]  # row of its centre, column by column
    above: int  # pixels of it over the centre
    below: int
    level: float  # of its own ink
    seen: float = 1.0  # of its length, where ink is seen
    alone: float = 1.0  # of its length, where paper is on both sides, too

    @property
    def length(self) -> int:
        """Columns that it takes."""
        return len(self.middle)


@dataclass(frozen=True)
class Rulings:
    """All rulings of a sheet; those down the page are measured on the turned sheet."""

    across: tuple[Ruling, ...]
    down: tuple[Ruling, ...]


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
        near = (middle >= over - _JOINT) & (middle <= under + _JOINT)
        at_left = near & (left >= start - _JOINT) & (left <= end + _JOINT)
        at_right = near & (right >= start - _JOINT) & (right <= end + _JOINT)
        at_its_end = (abs(middle - over) <= _JOINT) | (abs(middle - under) <= _JOINT)
        met = np.asarray(at_left.any(axis=1).astype(np.int64) + at_right.any(axis=1))
        return met, ((at_left | at_right) & at_its_end).any(axis=1)


def chosen(found: Rulings, shape: tuple[int, ...], digit_height: float) -> Rulings:
    """Leave out the straight strokes of digits.

    A ruling is as long as the sheet, or longer than any stroke, or it is the wall of a box: at
    both of its ends it meets another ruling.

    Args:
        found: the candidates.
        shape: height and width of the sheet.
        digit_height: pixels; 0 where it is not known.
    """
    height, width = shape
    if digit_height:
        found = Rulings(
            _running_along(found.across, _PLAIN * digit_height),
            _running_along(found.down, _PLAIN * digit_height),
        )
    is_field = height < FIELD * digit_height  # its rules go through; shorter are digits' tops
    least = max(_DIGITS * digit_height, _FIELD_SHARE * width if is_field else 0)
    across = _are_long(found.across, width, digit_height, least)
    down = _are_long(found.down, height, digit_height, least)
    if sum(across) >= _GRID and sum(down) >= _GRID:  # whose squares are no boxes
        found = Rulings(_in_step(found.across, across), _in_step(found.down, down))
        across = _are_long(found.across, width, digit_height, least)
        down = _are_long(found.down, height, digit_height, least)
    close = _FIELD_CLOSE if is_field else _CLOSE[1]
    joint = min(_JOINT, max(_CLOSE[0], close * digit_height))
    wall = _WALL * digit_height
    meets_across = [_meeting(ruling, found.down, wall, joint) for ruling in found.across]
    meets_down = [_meeting(ruling, found.across, wall, joint) for ruling in found.down]
    kept_across, kept_down = [True] * len(across), [True] * len(down)
    changed = True
    while changed:
        is_wall_across = _are_held(across, meets_across, kept_down)
        is_wall_down = _are_held(down, meets_down, is_wall_across)
        changed = is_wall_across != kept_across or is_wall_down != kept_down
        kept_across, kept_down = is_wall_across, is_wall_down
    return Rulings(
        tuple(ruling for ruling, kept in zip(found.across, kept_across, strict=True) if kept),
        tuple(ruling for ruling, kept in zip(found.down, kept_down, strict=True) if kept),
    )


def completed(level: Grey, rulings: Rulings, digit_height: float) -> Rulings:
    """Add the rules of tables that digits hide: between two that are there, and alike."""
    return Rulings(
        _with_hidden(level, rulings.across, digit_height),
        _with_hidden(level.T, rulings.down, digit_height),
    )


def _with_hidden(
    level: Grey, rulings: tuple[Ruling, ...], digit_height: float
) -> tuple[Ruling, ...]:
    found = list(rulings)
    told = [each for each in distinct(rulings) if each.length >= _PLAIN * digit_height]
    told.sort(key=lambda each: float(each.middle.mean()))
    places = list(pairwise(told))
    while places:
        over, under = places.pop()
        hidden = _hidden(level, over, under, _ROWS * digit_height)
        if hidden is not None:
            found.append(hidden)
            places += [(over, hidden), (hidden, under)]
    return tuple(found)


def _hidden(level: Grey, over: Ruling, under: Ruling, room: float) -> Ruling | None:
    """Look for a rule between two others that runs as they do; strokes on it count as seen."""
    start = max(over.start, under.start)
    stop = min(over.start + over.length, under.start + under.length)
    if stop - start < _SPANS * max(over.length, under.length):
        return None
    first = over.middle[start - over.start : stop - over.start]
    last = under.middle[start - under.start : stop - under.start]
    apart = float((last - first).mean())
    if apart < room:
        return None
    ways = np.linspace(_BESIDE, 1 - _BESIDE, round((1 - 2 * _BESIDE) * apart) + 1)
    rows = np.rint(first + ways[:, None] * (last - first)).astype(np.int64)
    top = max(int(rows.min()) - 1, 0)
    between = np.ascontiguousarray(level[top : int(rows.max()) + 2, start:stop])
    thick = cv2.dilate(between, np.ones((3, 1), np.uint8))
    least = 0.4 * (over.level + under.level) / 2
    shown = thick[np.clip(rows - top, 0, len(thick) - 1), np.arange(stop - start)]
    seen = (shown > least).mean(axis=1)
    best = int(seen.argmax())
    if seen[best] < _HIDDEN or seen[best] - np.median(seen) < _MORE_INK:
        return None
    middle = np.asarray(first + ways[best] * (last - first), np.float32)
    return replace(over, start=start, middle=middle)


def distinct(rulings: tuple[Ruling, ...]) -> list[Ruling]:
    """Leave one of each; as neighbouring ridges of one line, some are found twice."""
    kept: list[Ruling] = []
    for ruling in sorted(rulings, key=lambda each: -each.length):
        if not any(_apart(ruling, other) <= _SAME for other in kept):
            kept.append(ruling)
    return kept


def _apart(ruling: Ruling, other: Ruling) -> float:
    """Give the pixels between two rulings, at the middle of the first; inf beside the other."""
    middle = ruling.start + ruling.length // 2 - other.start
    if not 0 <= middle < other.length:
        return math.inf
    return abs(float(ruling.middle[ruling.length // 2] - other.middle[middle]))


def _running_along(rulings: tuple[Ruling, ...], plain: float) -> tuple[Ruling, ...]:
    """Leave out what runs aslant beside the plain rulings: stems of digits one below another."""
    told = [ruling for ruling in rulings if ruling.length >= plain]
    if len(told) < 2:
        return rulings
    rows = np.array([ruling.middle.mean() for ruling in told])
    rises = np.array([_rise(ruling) for ruling in told])
    usual, spread = float(np.median(rises)), float(np.ptp(rows))
    # seen from aside, they fan out
    fan = float(np.polyfit(rows, rises, 1)[0]) if len(told) >= 4 and spread > plain else 0.0
    middle = float(np.median(rows))
    return tuple(
        ruling
        for ruling in rulings
        if abs(_rise(ruling) - usual - fan * (float(ruling.middle.mean()) - middle)) <= _ASLANT
    )


def _rise(ruling: Ruling) -> float:
    return float(ruling.middle[-1] - ruling.middle[0]) / max(1, ruling.length - 1)


def _in_step(rulings: tuple[Ruling, ...], are_long: list[bool]) -> tuple[Ruling, ...]:
    """Keep the long rulings of a grid, and what goes on in step with them: walls of combs."""
    kept = [ruling for ruling, is_long in zip(rulings, are_long, strict=True) if is_long]
    rest = [ruling for ruling, is_long in zip(rulings, are_long, strict=True) if not is_long]
    places = sorted(float(ruling.middle.mean()) for ruling in distinct(tuple(kept)))
    step = float(np.median(np.diff(places))) if len(places) > 1 else 0.0
    new = kept
    while new:
        new = [each for each in rest if any(_is_next(each, other, step) for other in new)]
        kept += new
        rest = [each for each in rest if not any(each is other for other in new)]
    return tuple(kept)


def _is_next(ruling: Ruling, other: Ruling, step: float) -> bool:
    """Tell whether a ruling is one step beside another."""
    return abs(_apart(ruling, other) - step) <= _OFF_STEP * step


def _are_long(
    rulings: tuple[Ruling, ...], span: int, digit_height: float, least: float
) -> list[bool]:
    all_over = max(_SPANS * span, 1.5 * digit_height)
    long = min(least, all_over) if digit_height else all_over
    return [
        ruling.length >= long and not _may_be_strokes(ruling, digit_height) for ruling in rulings
    ]


def _may_be_strokes(ruling: Ruling, digit_height: float) -> bool:
    """Tell what may be strokes of neighbouring digits: dark, with gaps, or thick and not alone."""
    if ruling.level < _FULL or ruling.length >= _THICK_STROKES[0] * digit_height:
        return False
    is_thick = ruling.above + 1 + ruling.below >= _THICK_STROKES[1] * digit_height
    if is_thick and ruling.alone < _THICK_STROKES[2]:
        return True
    return ruling.length < _STROKES * digit_height and ruling.seen < _COVERED


def _meeting(
    ruling: Ruling, crossing: tuple[Ruling, ...], least: float, joint: float
) -> tuple[frozenset[int], frozenset[int]]:
    """Find which rulings of the other direction are met at the start and at the end.

    Those that are shorter than `least` meet none.
    """
    if ruling.length < least:
        return frozenset(), frozenset()
    return (
        _met(ruling.start, float(ruling.middle[0]), crossing, joint),
        _met(ruling.start + ruling.length - 1, float(ruling.middle[-1]), crossing, joint),
    )


def _met(along: float, row: float, crossing: tuple[Ruling, ...], joint: float) -> frozenset[int]:
    return frozenset(
        index
        for index, other in enumerate(crossing)
        if other.start - joint <= row < other.start + other.length + joint
        and abs(other.middle[min(max(round(row) - other.start, 0), other.length - 1)] - along)
        <= joint
    )


def _are_held(
    long: list[bool], meets: list[tuple[frozenset[int], frozenset[int]]], kept: list[bool]
) -> list[bool]:
    """Tell which rulings are long, or are held at both ends by rulings that are kept."""
    return [
        is_long or all(any(kept[index] for index in end) for end in ends)
        for is_long, ends in zip(long, meets, strict=True)
    ]


def erased(level: Grey, rulings: Rulings) -> tuple[Grey, NDArray[np.bool_]]:
    """Take rulings out of the ink, and keep what crosses them.

    Returns:
        The ink without them, and where they were.
    """
    turned = np.ascontiguousarray(level.T)
    band_across, band_down = _bands(level, rulings.across), _bands(turned, rulings.down).T
    # what is left and right of a crossing is the other ruling, and no stroke
    beside = np.where(band_across, np.uint8(0), level)
    clean = _filled(turned, np.ascontiguousarray(beside.T), turned, rulings.down).T
    clean = _filled(np.ascontiguousarray(clean), clean, level, rulings.across)
    return clean, band_across | band_down


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
    width, level = right - left, ridges.level
    place = slice(top, bottom), slice(left, right)
    own = ridges.labels[place] == ridges.numbers[index]
    weight = own.sum(axis=0)
    centres = top + (ridges.along[place] * own).argmax(axis=0)
    columns = np.arange(width, dtype=np.float32)
    seen = weight > 0
    middle = _middle(columns[seen], centres[seen].astype(np.float64), weight[seen], width)
    if middle is None or np.abs(middle - np.linspace(middle[0], middle[-1], width)).max() > (
        _BEND + _BENT * width
    ):
        return ()
    ink = _profile(level, left, middle)[THICKEST - 1 : THICKEST + 2].max(axis=0)
    pieces = (_measured(level, left + part.start, middle[part]) for part in _seen_parts(ink))
    return tuple(ruling for ruling in pieces if ruling is not None)


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
    if peak < _RIDGE or above + below + 1 > THICKEST or covered < _COVERED:
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
    if seen.size >= _COVERED * (whole.stop - whole.start):
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


def _bands(level: Grey, rulings: tuple[Ruling, ...]) -> NDArray[np.bool_]:
    """Mark the pixels of the rulings from left to right."""
    bands = np.zeros(level.shape, bool)
    for ruling in rulings:
        rows, columns = _band(ruling, level.shape[0])
        bands[rows, columns] = True
    return bands


def _band(ruling: Ruling, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows and columns of a ruling: (its thickness and a pixel on each side, length)."""
    offsets = np.arange(-ruling.above - 1, ruling.below + 2)[:, None]
    rows = np.rint(ruling.middle).astype(np.int64)[None] + offsets
    columns = np.arange(ruling.start, ruling.start + ruling.length)[None]
    return np.clip(rows, 0, height - 1), np.broadcast_to(columns, rows.shape)


def _filled(clean: Grey, beside: Grey, level: Grey, rulings: tuple[Ruling, ...]) -> Grey:
    """Take out the rulings from left to right.

    Args:
        clean: the ink to take them out of.
        beside: the ink that tells what goes on below them.
        level: the ink as it was.
        rulings: from left to right.
    """
    clean = clean.copy()
    for ruling in rulings:
        rows, columns = _band(ruling, level.shape[0])
        middle = np.rint(ruling.middle).astype(np.int64)
        through = np.minimum(
            _spread(beside, middle - ruling.above - 2, columns[0]),
            _spread(beside, middle + ruling.below + 2, columns[0]),
        )
        own = level[rows, columns]
        usual = _usual(own.max(axis=0))
        share = 255 / np.maximum(255 - usual, 1)
        darker = np.clip((own - _DARKER * usual) * share, 0, 255).astype(np.uint8)
        clean[rows, columns] = np.minimum(own, np.maximum(through[None], darker))
    return clean


def _usual(ink: Grey) -> NDArray[np.float32]:
    """Give a ruling's own ink along it, whatever crosses it here and there."""
    size = min(len(ink), 64)
    count = len(ink) // size
    pieces = np.median(ink[: count * size].reshape(count, size), axis=1)
    places = (np.arange(count) + 0.5) * size
    return np.asarray(np.interp(np.arange(len(ink)), places, pieces), np.float32)


def _spread(level: Grey, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Grey:
    """Read the ink along a path, each pixel as dark as its neighbours: strokes cross aslant."""
    inside = (rows >= 0) & (rows < level.shape[0])
    read = np.where(inside, level[np.clip(rows, 0, level.shape[0] - 1), columns], 0)
    spread = cv2.dilate(read[None].astype(np.uint8), np.ones((1, 5), np.uint8))
    read_out: Grey = np.asarray(spread, np.uint8)[0]
    return read_out
