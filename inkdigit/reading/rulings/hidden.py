"""Rules of tables that digits hide, found between two that are there."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from inkdigit.reading.rulings.ruling import PLAIN, SPANS, Grey, Ruling, Rulings, distinct

_HIDDEN = 0.85  # of the length of a table's rule that is seen as ink, strokes on it too
_MORE_INK = 0.3  # of the length, that other places between its neighbours show less
_ROWS = 1.5  # digit heights between two rules that leave room for another one
_BESIDE = 0.25  # of the way between its neighbours, that a rule is away from both


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
    told = [each for each in distinct(rulings) if each.length >= PLAIN * digit_height]
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
    if stop - start < SPANS * max(over.length, under.length):
        return None
    first = over.along(slice(start, stop))
    last = under.along(slice(start, stop))
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
