"""The small language in which the digits of a field are described: `dddd`, `[0-2]d{1,3}`.

| written | stands for |
|---|---|
| `d` | one digit |
| `7` | this digit |
| `[0-5]`, `[13579]`, `[0-47]` | one of these digits |
| `{3}`, `{2,5}` | what stands before it, so many times |
| `?` | what stands before it, once or not at all |
| `a|b` | either pattern a or pattern b |
| `.` `,` `-` `/` and spaces | nothing: they may make a pattern easier to read |

Numbers are compared by their digits alone, so `dd.dd.dddd` and `dddddddd` are the same pattern.
It is no regular expression, and takes time in proportion to pattern × text whatever both are.
"""

import re
from functools import lru_cache

from inkdigit.errors import ConfigError

MOST_DIGITS = 64  # that a pattern may stand for; a card's number has 19, an IBAN 34

_PART = re.compile(
    r"(?P<what>d|[0-9]|\[[^\]]*\])(?:\{(?P<least>[0-9]{1,4})(?:,(?P<most>[0-9]{1,4}))?\}|(?P<maybe>\?))?"
    r"|(?P<nothing>[ .,/-])"
)
_SET = re.compile(r"[0-9](?:-[0-9])?")
_EXPECTED = "expected d, a digit, a set such as [0-5], {2}, {2,5} or ? behind one, or |"

_Slot = tuple[str, bool]  # the digits that may stand here, and whether there may be none


def matches(pattern: str, text: str) -> bool:
    """Tell whether all of `text`, which is digits, is what `pattern` describes.

    Raises:
        ConfigError: it is no pattern, or one of more than 64 digits.
    """
    return any(_fits(slots, text) for slots in parse(pattern))


@lru_cache(maxsize=256)
def parse(pattern: str) -> tuple[tuple[_Slot, ...], ...]:
    """Take a pattern apart: its alternatives, each a row of places for one digit.

    Raises:
        ConfigError: it is no pattern, or one of more than 64 digits.
    """
    return tuple(_slots(pattern, *span) for span in _alternatives(pattern))


def _fits(slots: tuple[_Slot, ...], text: str) -> bool:
    """Follow all ways through the places at once: `reached` is how much of the text is used."""
    reached = {0}
    for digits, may_be_none in slots:
        stepped = {used + 1 for used in reached if used < len(text) and text[used] in digits}
        reached = stepped | reached if may_be_none else stepped
    return len(text) in reached


def _alternatives(pattern: str) -> list[tuple[int, int]]:
    bars = [place for place, sign in enumerate(pattern) if sign == "|"]
    return list(zip([0, *(bar + 1 for bar in bars)], [*bars, len(pattern)], strict=True))


def _slots(pattern: str, at: int, end: int) -> tuple[_Slot, ...]:
    slots: list[_Slot] = []
    while at < end:
        part = _PART.match(pattern, at, end)
        if part is None:
            raise _wrong(pattern, f"{pattern[at]!r} as its character {at + 1}, {_EXPECTED}")
        at = part.end()
        if part["nothing"] is None:
            slots += _repeated(pattern, part)
        if len(slots) > MOST_DIGITS:
            raise _wrong(pattern, f"more than {MOST_DIGITS} digits, expected at most so many")
    if not any(not may_be_none for _, may_be_none in slots):
        raise _wrong(pattern, "it may stand for no digit at all, expected at least one")
    return tuple(slots)


def _repeated(pattern: str, part: re.Match[str]) -> list[_Slot]:
    digits = _digits(pattern, part["what"])
    if part["maybe"]:
        return [(digits, True)]
    least = int(part["least"] or 1)
    most = int(part["most"] or least)
    if not least <= most or most == 0:
        raise _wrong(pattern, f"{part[0]!r} in it, expected {{2}} or {{2,5}} with the least first")
    most = min(most, MOST_DIGITS + 1)  # that it is too many is told where they are counted
    least = min(least, most)
    return [(digits, False)] * least + [(digits, True)] * (most - least)


def _digits(pattern: str, what: str) -> str:
    if not what.startswith("["):
        return "0123456789" if what == "d" else what
    spans = _SET.findall(what)
    if not spans or "".join(spans) != what[1:-1] or any(span[0] > span[-1] for span in spans):
        raise _wrong(pattern, f"{what!r} in it, expected digits and rising spans, as in [0-47]")
    return "".join(str(digit) for span in spans for digit in range(int(span[0]), int(span[-1]) + 1))


def _wrong(pattern: str, found: str) -> ConfigError:
    return ConfigError(f"format {pattern!r}: {found}. For example: d{{2,5}}.")
