"""The page of a study: claims with what was found of each, then charts, tables and pictures.

Sentences are made elsewhere, by rules, from what was measured; this only sets them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from inkdigit import durable
from inkdigit.evaluation.page import render

Verdict = Literal["holds", "holds in part", "does not hold", "not shown"]


@dataclass(frozen=True)
class Finding:
    """A claim, and what the measurements say of it."""

    claim: str
    verdict: Verdict
    sentences: tuple[str, ...]  # with the figures


@dataclass(frozen=True)
class Table:
    """Rows of words; the first column names the row, numbers stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1  # columns from the left that hold words


@dataclass(frozen=True)
class Figure:
    """A picture with its caption; `picture` is base64 PNG."""

    title: str
    picture: str
    caption: str
    wide: bool = False  # as wide as the page


@dataclass(frozen=True)
class Part:
    """A section of the page."""

    title: str
    about: str = ""
    charts: tuple[Markup, ...] = ()
    figures: tuple[Figure, ...] = ()
    table: Table | None = None
    note: str = ""  # below everything


@dataclass(frozen=True)
class Poster:
    """The whole page."""

    title: str
    about: str
    facts: Mapping[str, str]
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    caution: str = ""  # why the findings are weaker than they look


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Sum up what was found under several circumstances; those that show nothing do not count."""
    told = {verdict for verdict in verdicts if verdict != "not shown"}
    if not told:
        return "not shown"
    return told.pop() if len(told) == 1 else "holds in part"


def write(poster: Poster, path: Path) -> None:
    """Write the page, replacing what stands at `path`."""
    page = render("study.html.j2", {"title": f"{poster.title} · inkdigit", "poster": poster})
    durable.write_text(path, page)
