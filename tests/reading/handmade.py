"""Pages made by hand, for whatever shows what was read."""

from collections.abc import Sequence

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
