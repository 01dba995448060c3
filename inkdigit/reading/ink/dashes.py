"""Dashed and dotted rules: many short strokes, alike and in step, that are no writing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.components import groups
from inkdigit.reading.ink.parts import Parts, typical_height

_MOST = 1500  # short strokes that are looked at
_FULL = 0.65  # of its box that a dash or a dot fills, at least
_FLAT = 0.8  # times as tall as long, at most, where it is no dot
_DOT = 1.5  # times as long as tall, or the other way round, that a dot is at most
_ALIKE = 1.4  # times as long, or as thick: two of one rule
_ASIDE = 2.0, 0.5  # pixels, and times its thickness, that the next one may stray by
_STEP = 1.0, 4.0  # times its length, from one to the next
_IN_STEP = 1.25, 60  # times the usual step, at most, for so many percent: rules cross it
_FEWEST = 6  # that make a rule
_CORNER = 2.5, 1.2  # times as long as dashes: where two rules cross, and how far from the next one
_SHORTER, _THINNER = 0.75, 0.2  # times as tall as writing, at most: long, and thick


def without_dashes(mask: NDArray[np.bool_], *, fewest: int = _FEWEST) -> NDArray[np.bool_]:
    """Take out dashed and dotted rules: rows and columns of strokes that are shorter than digits.

    Args:
        mask: (height, width) what is ink.
        fewest: strokes that make a rule.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    left, top, width, height, area = stats[1:].astype(np.int64).T
    boxes = np.stack((left, top, left + width, top + height), axis=1)
    full = np.flatnonzero(area >= _FULL * width * height)
    if len(full) < fewest:
        return mask
    upright = boxes[full][:, [1, 0, 3, 2]]  # of the turned sheet
    in_rule = np.zeros(len(boxes), bool)
    in_rule[full[_are_in_rules(boxes[full], fewest)]] = True
    in_rule[full[_are_in_rules(upright, fewest)]] = True
    writing = typical_height(Parts(boxes[~in_rule], area[~in_rule]))
    long = np.maximum(width, height)
    dashes = in_rule & (long <= _SHORTER * writing)
    dashes &= np.minimum(width, height) <= _THINNER * writing
    if not dashes.any():
        return mask
    usual = float(np.median(long[dashes]))
    gone = np.concatenate(([False], dashes))[labels]
    side = 2 * round(_CORNER[1] * usual) + 1
    near = cv2.dilate(gone.view(np.uint8), np.ones((side, side), np.uint8)) > 0
    at_rule = np.bincount(labels[near], minlength=len(stats))[1:] > 0
    corners = at_rule & (long <= min(_CORNER[0] * usual, _SHORTER * writing))
    kept = np.concatenate(([False], ~(dashes | corners)))
    clean: NDArray[np.bool_] = kept[labels]
    return clean


def _are_in_rules(boxes: NDArray[np.int64], fewest: int) -> NDArray[np.bool_]:
    """(strokes,) Tell which short strokes follow each other from left to right, in step."""
    left, top, right, bottom = boxes.T
    long, thick = right - left, bottom - top
    is_dot = np.maximum(long, thick) <= _DOT * np.minimum(long, thick)
    may_be = np.flatnonzero(is_dot | (thick <= _FLAT * long))
    may_be = may_be[np.argsort(-long[may_be], kind="stable")][:_MOST]
    found = np.zeros(len(boxes), bool)
    if len(may_be) < fewest:
        return found
    start, middle = left[may_be], (top + bottom)[may_be] / 2
    size, depth = long[may_be], thick[may_be]
    step = start[None] - start[:, None]
    follows = (step >= _STEP[0] * size[:, None]) & (step <= _STEP[1] * size[:, None])
    aside = np.maximum(_ASIDE[0], _ASIDE[1] * depth)
    follows &= np.abs(middle[None] - middle[:, None]) <= aside[:, None]
    for extent in (size, depth):
        follows &= np.maximum(extent[None], extent[:, None]) <= (
            _ALIKE * np.minimum(extent[None], extent[:, None]) + 1
        )
    away = np.where(follows, step, np.iinfo(np.int64).max)
    after = away.argmin(axis=1)
    linked = np.flatnonzero(follows.any(axis=1))
    steps = away[linked, after[linked]]
    rule_of = groups(len(may_be), linked, after[linked])
    for rule in np.flatnonzero(np.bincount(rule_of) >= fewest).tolist():
        own = steps[rule_of[linked] == rule]
        if np.percentile(own, _IN_STEP[1]) <= _IN_STEP[0] * np.median(own):
            found[may_be[rule_of == rule]] = True
    return found
