"""How well whole pages are read: what of the written numbers is found, where, and what is invented.

Called by `python -m benchmarks.reading pages` and `speed`. Finding and reading are told apart: a
number is found when a box lies on it, whatever was read there.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.alone import peak_of
from inkdigit.data.composing.page import ComposedPage, PageKind, compose_page, draw_kind
from inkdigit.data.handwriting.pen import Pen
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.reader import Reader, open_reader
from inkdigit.reading.sheets.sheet import Sheet, lay_flat
from inkdigit.types import Box

_ON_IT = 0.5  # intersection by union, from which on a box lies on a number
_BESIDE = 0.2  # of a box that lies on written numbers, at most, where it shows none of them
_TURNS = 5  # of measuring time

_INKDIGIT = Path(sys.executable).with_name("inkdigit")


@dataclass
class Count:
    """What came out, of some pages; counts add up."""

    pages: int = 0
    written: int = 0  # numbers
    found: int = 0  # of them, by regions of the layout
    in_order: int = 0  # of them, in one reading order
    beside: int = 0  # regions where nothing is written; some hold print, and no number is read
    numbers_found: int = 0
    numbers_in_order: int = 0
    right: int = 0  # all digits right
    invented: int = 0  # numbers where none is written
    invented_sure: int = 0  # of them, not rejected

    def add(self, other: "Count") -> None:
        """Add what came out of other pages."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def count_page(reader: Reader, page: ComposedPage) -> Count:
    """Find and read the numbers of one page, and hold them against what is written."""
    written = [number for line in page.lines for number in line]
    truth = np.array([number.box for number in written], np.float64).reshape(-1, 4)
    regions = region_boxes(lay_flat(page.picture))
    pairs = matched(regions, truth)
    read = reader.read(page.picture).numbers
    boxes = np.array([number.box for number in read], np.float64).reshape(-1, 4)
    numbers = matched(boxes, truth)
    beside = [read[k] for k in np.flatnonzero(lie_beside(boxes, truth))]
    return Count(
        pages=1,
        written=len(written),
        found=len(pairs),
        in_order=_rising([place for _, place in pairs]),
        beside=int(lie_beside(regions, truth).sum()),
        numbers_found=len(numbers),
        numbers_in_order=_rising([place for _, place in numbers]),
        right=sum(read[one].text == written[other].digits for one, other in numbers),
        invented=len(beside),
        invented_sure=sum(not number.rejected for number in beside),
    )


def region_boxes(sheet: Sheet) -> NDArray[np.float64]:
    """Give the boxes of regions in pixels of the picture: (regions, 4), in reading order."""
    boxes = [region.box for line in find_lines(sheet) for region in line]
    return np.array([_in_picture(sheet, box) for box in boxes], np.float64).reshape(-1, 4)


def matched(boxes: NDArray[np.float64], truth: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pair boxes with the numbers that they lie on, in the boxes' order."""
    if not len(boxes) or not len(truth):
        return []
    shared = _shared(boxes, truth)
    union = _areas(boxes)[:, None] + _areas(truth)[None] - shared
    overlap = shared / np.maximum(union, 1)
    best = overlap.argmax(axis=0)
    return sorted(
        (int(box), place) for place, box in enumerate(best) if overlap[box, place] >= _ON_IT
    )


def lie_beside(boxes: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(boxes,) Tell which boxes lie where nothing is written."""
    on_it = _shared(boxes, truth).sum(axis=1)
    beside: NDArray[np.bool_] = on_it < _BESIDE * np.maximum(_areas(boxes), 1)
    return beside


def count_pages(pen: Pen, seed: int, pages: int, blank: int) -> tuple[Count, Count]:
    """Compose and read pages, and forms and papers on which nothing is written."""
    reader = open_reader()
    written, empty = Count(), Count()
    for number in range(pages):
        draws = np.random.default_rng((seed, number))
        written.add(count_page(reader, compose_page(draws, pen)))
    for number in range(blank):
        draws = np.random.default_rng((seed, 1, number))
        kind = draw_kind(draws)
        kind = PageKind(**{**vars(kind), "digits": 0})
        empty.add(count_page(reader, compose_page(draws, pen, kind)))
    return written, empty


def large_page(pen: Pen, seed: int, number: int) -> ComposedPage:
    """Compose a page of 12 megapixels and about 50 digits."""
    draws = np.random.default_rng((seed, 2, number))
    kind = draw_kind(draws)
    return compose_page(draws, pen, PageKind(**{**vars(kind), "digits": 47, "megapixels": 12.0}))


def time_large(pictures: Sequence[NDArray[np.uint8]]) -> list[float]:
    """Read large pictures: seconds for each, the median of a few turns."""
    reader = open_reader()
    seconds = []
    for picture in pictures:
        turns = []
        for _ in range(_TURNS):
            started = perf_counter()
            reader.read(picture)
            turns.append(perf_counter() - started)
        seconds.append(median(turns))
    return seconds


def memory_of_reading(pictures: Sequence[NDArray[np.uint8]]) -> int:
    """Read large pictures by `inkdigit read`: the most memory of that process, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(Path(folder) / f"{number}.png", compress_level=1)
        return peak_of([str(_INKDIGIT), "read", folder]).resident_bytes


def _in_picture(sheet: Sheet, box: Box) -> NDArray[np.float64]:
    corners = sheet.corners_in_picture(box)
    return np.concatenate((corners.min(axis=0), corners.max(axis=0)))


def _shared(boxes: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """(boxes, numbers) Pixels that a box and a number have in common."""
    start = np.maximum(boxes[:, None, :2], truth[None, :, :2])
    sides = np.minimum(boxes[:, None, 2:], truth[None, :, 2:]) - start
    return np.asarray(np.prod(np.maximum(sides, 0), axis=2), np.float64)


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), np.float64)


def _rising(places: Sequence[int]) -> int:
    """Count the longest rising sequence: what is in order, if the fewest are taken out."""
    best: list[int] = []
    for k, place in enumerate(places):
        best.append(1 + max((best[j] for j in range(k) if places[j] < place), default=0))
    return max(best, default=0)
