"""Pages made by hand, for whatever shows what was read."""

from collections.abc import Sequence

import numpy as np

from inkdigit.reading.lines.region import Region
from inkdigit.reading.looks.found import Found
from inkdigit.reading.sheets.sheet import Sheet
from inkdigit.types import (
    Alternative,
    Box,
    Digit,
    Line,
    Number,
    NumberReason,
    Page,
    RuleOutcome,
    Separator,
)

SIDE = 400  # pixels of the picture that numbers are found in


def found(text: str, confidence: float, left: int, top: int) -> Found:
    """A number, 40 × 20 pixels, that was found somewhere on a sheet that is its picture."""
    level = np.zeros((SIDE, SIDE), np.uint8)
    sheet = Sheet(255 - level, level, level > 0, level > 0, np.eye(3))
    box = Box(left, top, left + 40, top + 20)
    best = (Alternative(text, confidence),)
    return Found(
        Number(text, confidence, box, False, None, best, (), ()), (), sheet, Region(box, 0.0)
    )


def number(
    text: str,
    *,
    at: tuple[int, int] = (0, 0),
    shares: Sequence[float] = (),
    reason: NumberReason | None = None,
    rule: RuleOutcome | None = None,
    second: str | None = None,
    separators: tuple[Separator, ...] = (),
) -> Number:
    """A number of digits 10 × 20 pixels; `shares` are their confidences, its own is the least."""
    left, top = at
    shares = shares or [0.999] * len(text)
    digits = tuple(
        Digit(
            label,
            share,
            Box(left + 10 * place, top, left + 10 * place + 10, top + 20),
            ((label, share), (str((int(label) + 1) % 10), (1 - share) / 2)),
        )
        for place, (label, share) in enumerate(zip(text, shares, strict=True))
    )
    confidence = min(shares)
    alternatives = [Alternative(text, confidence)]
    if second is not None:
        alternatives.append(Alternative(second, (1 - confidence) / 2))
    return Number(
        text=text,
        confidence=confidence,
        box=Box(left, top, left + 10 * len(text), top + 20),
        rejected=reason is not None,
        reason=reason,
        alternatives=tuple(alternatives),
        separators=separators,
        digits=digits,
        rule=rule,
    )


def page(*lines: Sequence[Number], size: tuple[int, int] = (200, 120), place: int = 1) -> Page:
    """A page of such lines; `size` is its width and height."""
    return Page(place, *size, tuple(Line(tuple(numbers)) for numbers in lines))
