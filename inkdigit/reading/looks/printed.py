"""Numbers that are printed, such as those in a form's own words.

A press or a printer makes every letter of a kind alike; a hand never does. So ink that comes again
exactly alike is printed, where there are words of it. A number of which half comes again elsewhere,
and that is as tall, as bold and as dark as such letters, is printed, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.looks.found import SURE, FoundLines
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import Box, Number

_SIDE = 16  # pixels that signs are compared at
_LEAST_TALL = 8  # pixels; smaller letters all look alike
_SLENDER = 0.4  # of its length, however it leans, that a stroke is wide: many are alike
_ALIKE = 0.93  # correlation; of a thousand digits by hand, one to four have such a twin
_SIZE = 0.07  # of the height and of the width by which twins differ, or a pixel
_HALF = 0.5  # of a number's digits that come again, at least
_LETTERS = 10  # that come again, where there are words
_MOST_LETTERS = 2500  # that are looked at, evenly over the sheet: all are compared with all
_AT_ONCE = 256  # signs that are compared with all others, for the memory that it takes
_AS_TALL = 3  # letters that are like a number
_HEIGHT, _BOLDNESS, _DARKNESS = 0.08, 1.2, 0.12  # by which they differ: share, factor, share


@dataclass(frozen=True)
class _Signs:
    """Letters or digits: how they look, and how they are drawn."""

    looks: NDArray[np.float32]  # (signs, pixels), stretched to a square, of mean 0 and length 1
    sizes: NDArray[np.float64]  # (signs, 2) height and width in pixels
    slenderness: NDArray[np.float64]  # (signs,) of the length that they are wide, however they lean
    boldness: NDArray[np.float64]  # (signs,) pixels that strokes are thick
    darkness: NDArray[np.float64]  # (signs,) of strokes, 0 as light as their paper to 1 black

    def __len__(self) -> int:
        return len(self.looks)

    @property
    def are_told_apart(self) -> NDArray[np.bool_]:
        """(signs,) Tell which are neither small nor mere strokes, of which many are alike."""
        tall = self.sizes[:, 0] >= _LEAST_TALL
        return np.asarray(tall & (self.slenderness >= _SLENDER), np.bool_)

    def have_twins(self, owners: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(signs,) Tell which come again exactly alike, not in the same number.

        Args:
            owners: (signs,) the number that each is in; negative: in none.
        """
        twins = np.zeros(len(self), np.bool_)
        for start in range(0, len(self), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            alike = self.looks[some] @ self.looks.T >= _ALIKE
            for sizes in self.sizes.T:
                lesser = np.minimum(sizes[some, None], sizes)
                alike &= abs(sizes[some, None] - sizes) <= np.maximum(_SIZE * lesser, 1)
            np.fill_diagonal(alike[:, start:], val=False)
            alike &= (owners[some, None] != owners) | (owners < 0)
            twins[some] = alike.any(axis=1)
        return twins

    def where(self, chosen: NDArray[np.bool_]) -> "_Signs":
        return _Signs(*(getattr(self, field.name)[chosen] for field in fields(self)))


def without_words(sheet: Sheet, lines: FoundLines) -> FoundLines:
    """Mark what is printed, and leave out what is doubtful there: words, not numbers."""
    found = [each for line in lines for each in line]
    printed = are_printed(sheet, [each.number for each in found], [each.inks for each in found])
    marks = iter(printed.tolist())
    marked = [[each._replace(is_printed=next(marks)) for each in line] for line in lines]
    kept = [
        [each for each in line if not each.is_printed or each.number.confidence >= SURE]
        for line in marked
    ]
    return [line for line in kept if line]


def are_printed(
    sheet: Sheet, numbers: Sequence[Number], inks: Sequence[Sequence[NDArray[np.uint8]]]
) -> NDArray[np.bool_]:
    """Tell which numbers are printed, by what else stands on their sheet.

    Args:
        sheet: the page.
        numbers: all that were found on it.
        inks: of the digits of each, as large as the digits' boxes.

    Returns:
        (numbers,) none where there are no printed words: digits alone may be there to be read.
    """
    printed = np.zeros(len(numbers), np.bool_)
    letters = _letters_beside([each.box for each in numbers], sheet)
    if len(letters) < _LETTERS:
        return printed
    digits = [
        (digit.box, _widened(ink > 0) & sheet.mask[_place(digit.box)])
        for number, own in zip(numbers, inks, strict=True)
        for digit, ink in zip(number.digits, own, strict=True)
    ]
    signs = _drawn((*letters, *digits), sheet)
    owners = np.repeat(np.arange(-1, len(numbers)), [len(letters), *map(len, inks)])
    told_apart = signs.are_told_apart
    twins = np.zeros(len(owners), np.bool_)
    twins[told_apart] = signs.where(told_apart).have_twins(owners[told_apart])
    words = signs.where(twins & (owners < 0))
    if len(words) < _LETTERS:
        return printed
    for place in range(len(numbers)):
        own = owners == place
        known = own & told_apart
        come_again = known.any() and twins[known].mean() >= _HALF
        printed[place] = come_again and _is_drawn_like(signs.where(own), words)
    return printed


def _letters_beside(boxes: Sequence[Box], sheet: Sheet) -> list[tuple[Box, NDArray[np.bool_]]]:
    """Find what may be letters: the parts of the ink that are beside the numbers."""
    mask = sheet.mask.view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, _ = stats.T
    x, y = left + width / 2, top + height / 2
    beside = height >= _LEAST_TALL
    beside[0] = False  # the paper
    for box in boxes:
        beside &= (x < box.left) | (x > box.right) | (y < box.top) | (y > box.bottom)
    parts = np.flatnonzero(beside)
    found = []
    for part in parts[:: -(-len(parts) // _MOST_LETTERS) or 1].tolist():
        edges = (left[part], top[part], left[part] + width[part], top[part] + height[part])
        box = Box(*map(int, edges))
        found.append((box, labels[_place(box)] == part))
    return found


def _drawn(signs: Iterable[tuple[Box, NDArray[np.bool_]]], sheet: Sheet) -> _Signs:
    """Look at signs.

    Args:
        signs: the box of each, and which pixels of it are its own.
        sheet: where they stand.
    """
    looks, sizes, slenderness, boldness, darkness = [], [], [], [], []
    for box, own in signs:
        place = _place(box)
        ink = np.where(own, sheet.ink[place], np.uint8(0)).astype(np.float32)
        looks.append(cv2.resize(ink, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).ravel())
        sizes.append(own.shape)
        _, sides, _ = cv2.minAreaRect(np.argwhere(own).astype(np.float32))
        slenderness.append((min(sides) + 1) / (max(sides) + 1))
        outlines, _ = cv2.findContours(
            np.pad(own.view(np.uint8), 1), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        around = sum(cv2.arcLength(outline, closed=True) for outline in outlines)
        boldness.append(2 * own.sum() / max(around, 1))
        grey = sheet.grey[place]
        darkness.append(1 - np.median(grey[own]) / max(grey.max(), 1) if own.any() else 0.0)
    seen = np.array(looks, np.float32).reshape(-1, _SIDE * _SIDE)
    seen -= seen.mean(axis=1, keepdims=True)
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1)
    return _Signs(
        looks=seen,
        sizes=np.array(sizes, np.float64).reshape(-1, 2),
        slenderness=np.array(slenderness),
        boldness=np.array(boldness),
        darkness=np.array(darkness),
    )


def _is_drawn_like(digits: _Signs, words: _Signs) -> bool:
    """Tell whether a number is as tall, as bold and as dark as some letters."""
    height = np.median(digits.sizes[:, 0])
    difference = abs(words.sizes[:, 0] - height)
    alike = words.where(difference <= np.maximum(_HEIGHT * height, 1.5))
    if len(alike) < _AS_TALL:
        return False
    bolder = np.median(digits.boldness) / np.median(alike.boldness)
    darker = np.median(digits.darkness) - np.median(alike.darkness)
    return bool(1 / _BOLDNESS <= bolder <= _BOLDNESS and abs(darker) <= _DARKNESS)


def _widened(own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Give a digit the faint edges of its strokes as well, which the mask has for letters."""
    return cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)


def _place(box: Box) -> tuple[slice, slice]:
    return np.s_[box.top : box.bottom, box.left : box.right]
