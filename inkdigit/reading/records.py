"""What was read, as lines for people, objects for JSON and rows for a table.

The keys and columns are a promise, described in docs/reading.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from inkdigit.types import Box, Number, Page

COLUMNS = (
    *("file", "page", "line", "position", "text", "written", "confidence", "rejected", "reason"),
    *("left", "top", "right", "bottom", "rule_satisfied", "rule_changed"),
    *("second", "second_confidence", "error"),
)

_GAP = "  "  # between numbers of a line
_DOUBTFUL = 0.5  # a digit of so little confidence is no answer


def text_lines(page: Page) -> Iterator[str]:
    """Write a page for people: a line for each of its lines, then what is to be said of it."""
    for line in page.lines:
        notes = [note for number in line.numbers if (note := _note(number, len(line.numbers)))]
        yield _GAP.join([*(marked(number) for number in line.numbers), *notes])


def marked(number: Number) -> str:
    """Write a number's digits, those that make it unsure as question marks if it is rejected so.

    These are the ones of 50 % or less, or else the least sure one.
    """
    shares = [digit.confidence for digit in number.digits]
    if number.reason != "unsure" or len(shares) != len(number.text):
        return number.text
    limit = max(_DOUBTFUL, min(shares, default=0.0))
    return "".join(
        "?" if share <= limit else sign for sign, share in zip(number.text, shares, strict=True)
    )


def written(number: Number) -> str:
    """Write a number's digits with its separators between them."""
    signs = list(number.text)
    for separator in sorted(number.separators, key=lambda each: each.after, reverse=True):
        signs.insert(separator.after, separator.text)
    return "".join(signs)


def page_record(page: Page) -> dict[str, Any]:
    """Give a page as it stands in JSON."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "lines": [
            {"numbers": [number_record(number) for number in line.numbers]} for line in page.lines
        ],
    }


def number_record(number: Number) -> dict[str, Any]:
    """Give a number as it stands in JSON."""
    return {
        "text": number.text,
        "confidence": number.confidence,
        "box": _box(number.box),
        "rejected": number.rejected,
        "reason": number.reason,
        "alternatives": [asdict(each) for each in number.alternatives],
        "separators": [
            {"text": each.text, "box": _box(each.box), "after": each.after}
            for each in number.separators
        ],
        "rule": None if number.rule is None else asdict(number.rule),
        "digits": [
            {"label": each.label, "confidence": each.confidence, "box": _box(each.box)}
            for each in number.digits
        ],
    }


def table_rows(file: str, pages: Sequence[Page]) -> Iterator[list[object]]:
    """Give a row of `COLUMNS` for each number of some pages."""
    for page in pages:
        for row, line in enumerate(page.lines, start=1):
            for position, number in enumerate(line.numbers, start=1):
                yield [file, page.number, row, position, *_cells(number), ""]


def form_columns(fields: Sequence[str]) -> list[str]:
    """Give the head of the table of a form: what stands in each field, then how sure it is."""
    return [
        "file",
        "page",
        *fields,
        *(f"{name}_confidence" for name in fields),
        "rejected",
        "error",
    ]


def form_row(file: str, page: Page, fields: Sequence[str]) -> list[object]:
    """Give a row of `form_columns`; a page of a form has one line for each field."""
    found = [line.numbers[0] if line.numbers else None for line in page.lines]
    rejected = [
        f"{name}: {number.reason}"
        for name, number in zip(fields, found, strict=True)
        if number is not None and number.rejected
    ]
    return [
        *(file, page.number, *("" if number is None else number.text for number in found)),
        *("" if number is None else f"{number.confidence:.6g}" for number in found),
        *("; ".join(rejected), ""),
    ]


def form_record(page: Page, fields: Sequence[str]) -> dict[str, Any]:
    """Give a page of a form as it stands in JSON: its fields by their names."""
    numbers = [number_record(line.numbers[0]) if line.numbers else None for line in page.lines]
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "fields": dict(zip(fields, numbers, strict=True)),
    }


def _cells(number: Number) -> list[object]:
    rule, others = number.rule, [each for each in number.alternatives if each.text != number.text]
    return [
        *(number.text, written(number), f"{number.confidence:.6g}"),
        *(_yes(number.rejected), number.reason or "", *number.box),
        *(("", "") if rule is None else (_yes(rule.satisfied), _yes(rule.changed))),
        *((others[0].text, f"{others[0].confidence:.6g}") if others else ("", "")),
    ]


def _note(number: Number, beside: int) -> str:
    """Say what people must know of a number; name it where others stand beside it."""
    name = f"{marked(number)} " if beside > 1 else ""
    if number.rejected:
        return f"{name}rejected: {number.reason}"
    if number.rule is not None and number.rule.changed:
        best = number.alternatives[0].text
        return f"{name}by its rule, it looks like {best}"
    return ""


def _yes(value: bool) -> str:
    return str(value).lower()


def _box(box: Box) -> list[int]:
    return list(map(int, box))
