"""Which pages of a document are wanted, as people write it: `1,3-5` or `2-`."""

import re
from dataclasses import dataclass

from inkdigit.errors import ConfigError

_SPAN = re.compile(r"([0-9]{1,9})(-([0-9]{1,9})?)?")


@dataclass(frozen=True)
class PageRange:
    """Some pages of a document, whose first page is 1. Their order is the document's."""

    spans: tuple[tuple[int, int | None], ...]  # first and last page of each; None: to the end

    def __contains__(self, number: int) -> bool:
        return any(
            first <= number and (last is None or number <= last) for first, last in self.spans
        )

    def __str__(self) -> str:
        return ",".join(map(_written, self.spans))


EVERY_PAGE = PageRange(((1, None),))


def parse_pages(text: str) -> PageRange:
    """Read what `--pages` says: numbers and spans with commas between them.

    Args:
        text: such as "3", "1,3-5" or "2-".

    Raises:
        ConfigError: it is none of that, page 0 is in it, or a span ends before it begins.

    Examples:
        >>> 4 in parse_pages("1, 3-5")
        True
        >>> str(parse_pages("1, 3-5,7 -"))
        '1,3-5,7-'
    """
    return PageRange(tuple(_span(part, text) for part in text.split(",")))


def _span(part: str, text: str) -> tuple[int, int | None]:
    found = _SPAN.fullmatch("".join(part.split()))
    if found is None:
        raise ConfigError(
            f"pages {text!r}: {part.strip()!r} is no page, expected numbers and spans such as "
            "1,3-5 or 2-."
        )
    first = int(found[1])
    last = int(found[3]) if found[3] else None if found[2] else first
    if first < 1 or (last is not None and last < first):
        raise ConfigError(
            f"pages {text!r}: {part.strip()!r} is no span, expected the first page to be at least "
            "1 and no later than the last."
        )
    return first, last


def _written(span: tuple[int, int | None]) -> str:
    first, last = span
    return f"{first}-" if last is None else f"{first}" if first == last else f"{first}-{last}"
