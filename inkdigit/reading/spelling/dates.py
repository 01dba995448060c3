"""Dates whose slashes look like ones: 9/4/2022 is far more usual than the number 91412022."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from inkdigit.recognition.decode import Spelling

_DATE = re.compile(r"(\d{1,2})([/1])(\d{1,2})([/1])((?:19|20)\d\d)")
_DAYS, _MONTHS = 31, 12
_SLASHES = 0.05  # probability of the text with both slashes, at least
_MOSTLY = 0.5  # the same of all texts together that are this date but for ones


def with_dates(said: Sequence[Sequence[Spelling]]) -> list[list[Spelling]]:
    """Take texts for the date that they are but for ones instead of slashes, if one is likely.

    Args:
        said: by each view, the texts of one region and their probabilities.
    """
    clear: dict[str, float] = defaultdict(float)
    shares: dict[str, float] = defaultdict(float)
    for spelling in chain.from_iterable(said):
        date = _date_of(spelling.text)
        if date is not None:
            shares[date] += spelling.probability / len(said)
            clear[date] += spelling.probability / len(said) * (date == spelling.text)
    likely = {date for date in shares if shares[date] >= _MOSTLY and clear[date] >= _SLASHES}
    return [
        [
            replace(each, text=date)
            if (date := _date_of(each.text)) is not None and date in likely
            else each
            for each in view
        ]
        for view in said
    ]


def _date_of(text: str) -> str | None:
    """Give the date with slashes that a text may be, None if it is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    one, _, other, _, year = found.groups()
    least, most = sorted((int(one), int(other)))
    if not 1 <= least <= _MONTHS or not 1 <= most <= _DAYS:
        return None
    return f"{one}/{other}/{year}"
