"""Connected parts of a mask, by runs: rows are few and long, so Python only sees their pieces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Components:
    """The parts of a mask that hang together, also by their corners.

    Part 0 is the background; arrays over parts start at part 1.
    """

    labels: NDArray[np.int32]  # (height, width), 0 where the mask is not
    areas: NDArray[np.int64]  # pixels
    boxes: NDArray[np.int64]  # (parts, 4): left, top, right, bottom; right and bottom excluded


def components(mask: NDArray[np.bool_]) -> Components:
    """Find the connected parts of a (height, width) mask."""
    height, width = mask.shape
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    parts = groups(len(rows), *_touching(rows, starts, ends))
    count = int(parts.max(initial=-1)) + 1
    lengths = ends - starts
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = np.repeat(parts + 1, lengths)
    boxes = np.tile(np.array([width, height, 0, 0], np.int64), (count, 1))
    np.minimum.at(boxes[:, 0], parts, starts)
    np.minimum.at(boxes[:, 1], parts, rows)
    np.maximum.at(boxes[:, 2], parts, ends)
    np.maximum.at(boxes[:, 3], parts, rows + 1)
    areas = np.bincount(parts, lengths, minlength=count).astype(np.int64)
    return Components(labels, areas, boxes)


def groups(count: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the groups that pairs make of `count` things, in the order of their first members."""
    parent = list(range(count))

    def root(thing: int) -> int:
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        a, b = root(one), root(other)
        parent[max(a, b)] = min(a, b)
    roots = np.array([root(thing) for thing in range(count)], np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _touching(
    rows: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the runs of neighbouring rows that touch, corners included."""
    span = int(ends.max(initial=0)) + 2  # places of a row on one long line, rows one after another
    first = np.searchsorted(rows * span + ends, (rows - 1) * span + starts, side="left")
    last = np.searchsorted(rows * span + starts, (rows - 1) * span + ends, side="right")
    counts = np.maximum(last - first, 0)
    below = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + offsets, below
