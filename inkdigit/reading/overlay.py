"""The picture with what was read drawn into it: boxes, answers, and how sure they are.

Blue, orange and red-brown are told apart by the colour-blind, and each line has a white edge, so
that it shows on any paper; what is rejected differs by its dashes too, not by its colour alone.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.pictures.decode import as_picture
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.records import marked
from inkdigit.types import Box, Number, Page

BANDS = (  # least confidence, colour, words; colours after Okabe and Ito 2008
    (0.99, (10, 105, 185), "99 % sure or more"),
    (0.90, (230, 159, 0), "90 % or more"),
    (0.00, (196, 60, 20), "less than 90 %"),
)
_REJECTED = "rejected"

_LEAST, _MOST = 900, 2400  # pixels that the longer side has at least and at most
_LARGEST = 6  # times that a small picture is enlarged
_LETTERS = 0.6  # height of the letters, of a number's
_IN_GAP = 0.7  # the same, of the gap between two lines
_LEAST_LETTERS, _MOST_LETTERS = 13, 36  # pixels
_LEGEND = 75  # lines of the legend's letters that the longer side would hold
_ASIDE = 3.0  # letters' heights that a word of the legend has beside it
_GROUND = (250, 250, 248)  # of the margin

_Colour: TypeAlias = tuple[int, int, int]
_Area: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom


def colour_of(confidence: float) -> _Colour:
    """Give the colour of the band that a confidence is in."""
    return next(colour for least, colour, _ in BANDS if confidence >= least or not least)


def draw_overlay(pixels: Pixels, page: Page) -> Image.Image:
    """Draw what was read into a picture, with a legend below.

    Args:
        pixels: (height, width, 1 or 3), the upright picture that `page` was read from.
        page: its boxes are pixels of that picture.

    Returns:
        RGB, the picture enlarged or reduced to a side between 900 and 2,400 pixels where that
        takes no more than six times, with a margin in which answers at its edge find room.
    """
    picture = as_picture(pixels).convert("RGB")
    scale = _scale(*picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    letters, small = _font(_letter_height(page, scale)), _font(max(14, max(size) // _LEGEND))
    margin = round(1.6 * letters.size)
    room = (max(size[0] + 2 * margin, _legend_width(small)), size[1] + 2 * margin)
    canvas = Image.new("RGB", (room[0], room[1] + round(1.8 * small.size)), _GROUND)
    canvas.paste(picture.resize(size, Image.Resampling.LANCZOS), (margin, margin))
    draw = ImageDraw.Draw(canvas)
    boxes = [_placed(number.box, scale, margin) for number in page.numbers]
    line = max(2, round(letters.size / 8))
    for digit in (digit for number in page.numbers for digit in number.digits):
        inner = _placed(digit.box, scale, margin)
        draw.rectangle(inner, outline=colour_of(digit.confidence), width=max(1, line // 2))
    for number, box in zip(page.numbers, boxes, strict=True):
        _rectangle(draw, box, colour_of(number.confidence), line, dashed=number.rejected)
    for number, area in zip(page.numbers, _labels(page, boxes, letters, room), strict=True):
        _label(draw, number, area, letters, max(1, line // 2))
    _draw_legend(draw, (margin, room[1]), small)
    return canvas


def _font(height: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(height)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - every wheel of Pillow has it
    return font


def _scale(width: int, height: int) -> float:
    longer = max(width, height)
    return min(max(1.0, min(_LEAST / longer, _LARGEST)), _MOST / longer)


def _letter_height(page: Page, scale: float) -> int:
    """Choose letters that are as legible as the writing and find room between its lines."""
    lines = [[number.box for number in line.numbers] for line in page.lines if line.numbers]
    if not lines:
        return _LEAST_LETTERS
    typical = float(np.median([box.bottom - box.top for line in lines for box in line]))
    gaps = [
        min(box.top for box in below) - max(box.bottom for box in above)
        for above, below in pairwise(lines)
    ]
    most = min(_LETTERS * typical, _IN_GAP * float(np.median(gaps)) if gaps else typical)
    return round(min(max(most * scale, _LEAST_LETTERS), _MOST_LETTERS))


def _placed(box: Box, scale: float, margin: int) -> _Area:
    left, top, right, bottom = (round(edge * scale) + margin for edge in box)
    return left, top, right, bottom


def _rectangle(
    draw: ImageDraw.ImageDraw, area: _Area, colour: _Colour, width: int, *, dashed: bool = False
) -> None:
    """Draw around an area, not over it, with a white edge."""
    left, top, right, bottom = area
    outer = (left - width, top - width, right + width - 1, bottom + width - 1)
    edge = (outer[0] - 1, outer[1] - 1, outer[2] + 1, outer[3] + 1)
    draw.rectangle(edge, outline="white", width=width + 2)
    if not dashed:
        draw.rectangle(outer, outline=colour, width=width)
        return
    for dash in _dashes(outer, width):
        draw.rectangle(dash, fill=colour)


def _dashes(area: _Area, width: int) -> Iterator[_Area]:
    """Cut the border of an area into dashes, three widths long and two apart."""
    left, top, right, bottom = area
    for start in np.arange(left, right, 5 * width):
        end = min(start + 3 * width, right)
        yield start, top, end, top + width - 1
        yield start, bottom - width + 1, end, bottom
    for start in np.arange(top, bottom, 5 * width):
        end = min(start + 3 * width, bottom)
        yield left, start, left + width - 1, end
        yield right - width + 1, start, right, end


def _labels(
    page: Page, boxes: list[_Area], letters: ImageFont.FreeTypeFont, room: tuple[int, int]
) -> Iterator[_Area]:
    """Find a place for each answer: above its box, or where it covers the least of the others."""
    taken = np.array([*boxes, *[(0.0, 0.0, 0.0, 0.0)] * len(boxes)]).reshape(-1, 4)
    for place, (number, box) in enumerate(zip(page.numbers, boxes, strict=True)):
        wide = letters.getlength(marked(number)) + letters.size * 0.6
        candidates = [_inside(each, room) for each in _around(box, wide, 1.25 * letters.size)]
        costs = [_covered(each, taken) for each in candidates]
        best = candidates[int(np.argmin(costs))]
        taken[len(boxes) + place] = best
        yield best


def _around(box: _Area, wide: float, high: float) -> Iterator[_Area]:
    left, top, right, bottom = box
    gap = high / 5
    above, below, middle = top - gap - high, bottom + gap, (top + bottom - high) / 2
    for x, y in (
        *((left, above), (right - wide, above), (left, below), (right - wide, below)),
        *((right + gap, middle), (left - gap - wide, middle)),
    ):
        yield x, y, x + wide, y + high


def _inside(area: _Area, room: tuple[int, int]) -> _Area:
    """Move an area into the canvas; where it is wider, its beginning shows."""
    left, top, right, bottom = area
    x = max(0.0, min(left, room[0] - (right - left)))
    y = max(0.0, min(top, room[1] - (bottom - top)))
    return x, y, x + right - left, y + bottom - top


def _covered(area: _Area, taken: NDArray[np.float64]) -> float:
    """Measure how much of other boxes an area lies over."""
    across = np.minimum(area[2], taken[:, 2]) - np.maximum(area[0], taken[:, 0])
    down = np.minimum(area[3], taken[:, 3]) - np.maximum(area[1], taken[:, 1])
    return float((np.maximum(across, 0) * np.maximum(down, 0)).sum())


def _label(
    draw: ImageDraw.ImageDraw,
    number: Number,
    area: _Area,
    letters: ImageFont.FreeTypeFont,
    line: int,
) -> None:
    """Write an answer: white on its colour, or the other way round if it is rejected."""
    colour = colour_of(number.confidence)
    ground, ink = ("white", colour) if number.rejected else (colour, _readable_on(colour))
    draw.rounded_rectangle(area, letters.size / 5, fill=ground, outline="white", width=1)
    if number.rejected:
        draw.rounded_rectangle(area, letters.size / 5, outline=colour, width=line)
    middle = ((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
    draw.text(middle, marked(number), ink, letters, anchor="mm")


def _readable_on(colour: _Colour) -> str:
    """Choose black or white letters by the luminance of what they stand on (ITU-R BT.601)."""
    red, green, blue = colour
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def _legend_items() -> Iterable[tuple[str, _Colour, bool]]:
    return [
        *((words, colour, False) for _, colour, words in BANDS),
        (_REJECTED, (90, 90, 90), True),
    ]


def _legend_width(font: ImageFont.FreeTypeFont) -> int:
    return round(sum(font.getlength(words) + _ASIDE * font.size for words, *_ in _legend_items()))


def _draw_legend(
    draw: ImageDraw.ImageDraw, corner: tuple[float, float], font: ImageFont.FreeTypeFont
) -> None:
    side = font.size
    x, y = min(corner[0], side / 2), corner[1]
    for words, colour, dashed in _legend_items():
        _rectangle(draw, (x + 3, y + 3, x + side, y + side), colour, 2, dashed=dashed)
        draw.text((x + 1.4 * side, y + side / 2 + 1), words, (40, 40, 40), font, anchor="lm")
        x += font.getlength(words) + _ASIDE * side
