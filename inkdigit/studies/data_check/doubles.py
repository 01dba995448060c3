"""Pictures that are the same, or nearly the same, within a split and across two.

Pictures are compared after their ink is centred, so that a shifted copy is found too; every
picture with its nearest one only.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.data.split import SIDES
from inkdigit.pictures.channels import with_channels
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, counted, side_name
from inkdigit.types import Images

MOST = 150_000  # pictures: what is compared grows with their square, 4 minutes at this many
ALIKE = 0.985  # correlation of nearly equal pictures; see benchmarks/data_check.py
_SURE = 0.994  # so much alike are no two pictures by chance
_CROWD = 10  # pictures around a pair: strokes like those of a 1 are all alike
_CLOSER = 0.25  # of the crowd's distance, 1 less the correlation, that a pair's may be
_COARSE = 14  # pixels a side that neighbours are looked for with
_FAINT = 0.25  # of the brightest: noise up to here does not move the centre
_BLOCK = 1024
_TEST = SIDES.index("test")

Pair = tuple[int, int, float]  # two rows and their correlation


def find_doubles(material: Material, *, watch: Watch = ignore) -> list[Finding]:
    """Find identical and nearly identical pictures.

    Args:
        material: all pictures.
        watch: called with (compared, all pictures).
    """
    rows = np.setdiff1d(np.arange(len(material.labels)), material.excluded)
    _, groups = np.unique(material.gathered.pool.digests[rows], return_inverse=True)
    order = rows[np.argsort(groups, kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(np.sort(groups)) > 0, True])
    same = [order[a:b].tolist() for a, b in pairwise(starts.tolist()) if b - a > 1]
    firsts = np.sort(order[starts[:-1]]) if len(rows) else rows
    return [*_identical(material, same), *_nearly(material, firsts, watch)]


def _identical(material: Material, groups: list[list[int]]) -> Iterator[Finding]:
    labels, parts = material.labels, material.part_of()
    torn = [rows for rows in groups if len({int(labels[row]) for row in rows}) > 1]
    whole = [rows for rows in groups if len({int(labels[row]) for row in rows}) == 1]
    across = [rows for rows in whole if len({int(parts[row]) for row in rows}) > 1]
    within = [rows for rows in whole if len({int(parts[row]) for row in rows}) == 1]
    if torn:
        yield Finding(
            "contradictions",
            "problem",
            f"The same pixels in more than one class: {counted(len(torn), 'picture')}.",
            "Only one label can be right. All copies are in the list to exclude: remove the lines "
            "of those whose label is right.",
            tuple(
                Suspect(row, _called(material, other), other, exclude=True)
                for rows in torn
                for row, other in zip(rows, rows[1:] + rows[:1], strict=True)
            ),
        )
    if across:
        yield Finding(
            "doubles across splits",
            "notice",
            "The same pixels in more than one part of the source: "
            f"{counted(len(across), 'picture')}.",
            "Nothing needs to be done: training leaves out what stands in another part.",
            tuple(_suspects(material, across, exclude=False)),
        )
    if within:
        yield Finding(
            "doubles",
            "notice",
            "Copies of another picture in the same split, pixel by pixel: "
            f"{sum(len(rows) - 1 for rows in within):,}.",
            "They weigh more than others, and harm no figure: copies stand on one side. All but "
            "the first of each are in the list to exclude.",
            tuple(_suspects(material, within, exclude=True)),
        )


def _suspects(material: Material, groups: list[list[int]], *, exclude: bool) -> Iterator[Suspect]:
    for first, *rest in groups:
        for row in rest:
            yield Suspect(row, _called(material, first), first, exclude=exclude)


def _nearly(material: Material, rows: NDArray[np.int64], watch: Watch) -> Iterator[Finding]:
    if len(rows) > MOST:
        yield Finding(
            "near doubles",
            "notice",
            f"Not looked for: {len(rows):,} pictures are more than {MOST:,}.",
            "Check a part of the pictures by itself.",
        )
        return
    images = np.stack([centred(material.images[row]) for row in rows.tolist()])
    pairs = [(int(rows[a]), int(rows[b]), r) for a, b, r in near_pairs(images, watch=watch)]
    sides = material.part_of()
    across = [pair for pair in pairs if sides[pair[0]] != sides[pair[1]]]
    within = [pair for pair in pairs if sides[pair[0]] == sides[pair[1]]]
    if across:
        # what stands in the test part stays there; the other one is left out
        ordered = [(b, a, r) if sides[a] > sides[b] else (a, b, r) for a, b, r in across]
        yield Finding(
            "near doubles across splits",
            "problem",
            f"Nearly identical pictures in two splits: {counted(len(across), 'pair')}.",
            "What is tested was nearly learned: the figures flatter. Those outside the test part, "
            "or outside validation, are in the list to exclude.",
            tuple(
                Suspect(a, f"{r:.1%} alike: {_called(material, b)}", b, exclude=True)
                for a, b, r in ordered
            ),
        )
    if within:
        yield Finding(
            "near doubles",
            "notice",
            f"Nearly identical pictures in one split: {counted(len(within), 'pair')}.",
            "Look whether they were made from each other; if many were, collect more pictures.",
            tuple(Suspect(a, f"{r:.1%} alike: {_called(material, b)}", b) for a, b, r in within),
        )


def near_pairs(
    centred: NDArray[np.uint8], *, alike: float = ALIKE, watch: Watch = ignore
) -> list[Pair]:
    """Find the nearest picture of each, where it is nearly the same.

    Simple strokes are alike though nobody copied them, so a pair must also be much closer than
    the crowd of pictures around it.

    Args:
        centred: (N, height, width), grey, ink in the middle.
        alike: the correlation from which two pictures are nearly the same.
        watch: called with (compared, all pictures).

    Returns:
        Pairs of positions, each once, the most alike first.
    """
    if len(centred) < 2:
        return []
    coarse = np.stack([_shrunk(picture) for picture in centred])
    found: dict[tuple[int, int], float] = {}
    for start in range(0, len(coarse), _BLOCK):
        block = coarse[start : start + _BLOCK]
        products = block @ coarse.T
        products[np.arange(len(block)), np.arange(start, start + len(block))] = -1
        nearest = products.argmax(axis=1)
        likely = products[np.arange(len(block)), nearest] >= alike - 0.05  # shrinking blurs
        for place in np.flatnonzero(likely).tolist():
            a, b = sorted((start + place, int(nearest[place])))
            if (a, b) not in found:
                found[a, b] = correlation(centred[a], centred[b])
        watch(start + len(block), len(coarse))
    pairs = [(a, b, r) for (a, b), r in found.items() if r >= alike]
    apart = [pair for pair in pairs if pair[2] >= _SURE or _is_apart(pair, centred, coarse)]
    return sorted(apart, key=lambda pair: -pair[2])


def _is_apart(pair: Pair, centred: NDArray[np.uint8], coarse: NDArray[np.float32]) -> bool:
    """Tell whether two pictures are much closer to each other than to others around them."""
    if len(coarse) < _CROWD + 2:
        return True  # there is no crowd
    for place in pair[:2]:
        products = coarse @ coarse[place]
        products[place] = -1
        around = np.argpartition(-products, _CROWD)[: _CROWD + 1].tolist()
        crowd = min(correlation(centred[place], centred[other]) for other in around)
        if 1 - pair[2] > _CLOSER * (1 - crowd):
            return False
    return True


def correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Give the highest correlation of two pictures, one of them moved by a pixel at most."""
    still = _unit(one)
    moves = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return float(max(still @ _unit(np.roll(other, move, axis=(0, 1))) for move in moves))


def centred(picture: Images) -> NDArray[np.uint8]:
    """Move the ink's centre of mass into the middle, by whole pixels; what leaves comes back."""
    grey = with_channels(picture, 1)[..., 0]
    weights = np.where(grey > _FAINT * grey.max(), grey, 0).astype(np.float64)
    mass = weights.sum()
    if not mass:
        return grey
    height, width = grey.shape
    y = weights.sum(axis=1) @ np.arange(height) / mass
    x = weights.sum(axis=0) @ np.arange(width) / mass
    down, right = (math.floor(off + 0.5) for off in (height / 2 - y, width / 2 - x))
    return np.roll(grey, (down, right), axis=(0, 1))  # round() would move halves to even numbers


def _shrunk(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = Image.fromarray(picture).resize((_COARSE, _COARSE), Image.Resampling.BOX)
    return _unit(np.asarray(small))


def _unit(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give a picture as a vector with mean 0 and length 1; of length 0 if it is of one colour."""
    values = picture.astype(np.float32).ravel()
    values -= values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length else values


def _called(material: Material, row: int) -> str:
    side = side_name(int(material.side_of()[row]))
    return f"{material.names[row]} ({material.class_names[material.labels[row]]}, {side})"
