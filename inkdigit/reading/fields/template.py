"""Forms that are read again and again: named fields, each with its rule, found on every page.

A TOML file names a picture of the form and its fields; see docs/reading.md. A field is cut out of
the page as if it lay as the form does, and what is read in it, from left to right, is one number.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inkdigit.errors import ConfigError, DataError, text_expected, unknown
from inkdigit.pictures.decode import decode
from inkdigit.pictures.flatten import Pixels
from inkdigit.reading.fields.registration import Form, Homography
from inkdigit.reading.fields.rules import Rule, applied, rule_from
from inkdigit.types import Alternative, Box, Line, Number, Page

Read = Callable[[Pixels, Rule | None], Page]  # what reads the numbers of a picture by a rule

_OUTSIDE = 0.02  # of a page's longer side: what a field may reach out of it
_MOST_ALTERNATIVES = 10  # of a number that is joined from several


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _FieldFile(_Section):
    box: tuple[float, float, float, float]  # left, top, right, bottom
    format: str | None = None
    range: str | None = None
    luhn: bool = False
    rule: str | None = None


class _FormFile(_Section):
    reference: Path | None = None  # a picture of the form, beside the file
    unit: Literal["fraction", "pixels"] = "fraction"
    fields: Annotated[dict[str, _FieldFile], Field(min_length=1)]


@dataclass(frozen=True)
class FormField:
    """A place for one number on a form."""

    name: str
    box: tuple[float, float, float, float]  # left, top, right, bottom, fractions of the form
    rule: Rule | None


@dataclass(frozen=True)
class Template:
    """A form and its fields.

    Without a picture of the form, a page is taken to be the form from edge to edge.
    """

    fields: tuple[FormField, ...]
    form: Form | None

    def read(self, pixels: Pixels, read: Read) -> Page:
        """Read a filled form.

        Args:
            pixels: (height, width, 1 or 3), the upright page.
            read: reads a field.

        Returns:
            One line for each field, in their order: with one number, or empty like the field.

        Raises:
            DataError: the form is not on this page, or not all of it.
        """
        height, width = pixels.shape[:2]
        size, to_page = (width, height), np.eye(3)
        if self.form is not None:
            size, to_page = self.form.size, self.form.find(pixels)
        lines = []
        for field in self.fields:
            box = [share * side for share, side in zip(field.box, size * 2, strict=True)]
            cut, to_cut = _cut(pixels, box, to_page, field.name)
            number = _one_number(cut, field.rule, read)
            if number is None:
                lines.append(Line(()))
            else:
                lines.append(
                    Line(
                        (
                            _moved(
                                number,
                                np.asarray(np.linalg.inv(to_cut), np.float64),
                                (width, height),
                            ),
                        )
                    )
                )
        return Page(1, width, height, tuple(lines))


def open_template(path: Path) -> Template:
    """Read a form's file.

    Raises:
        ConfigError: it is no such file: no TOML, an unknown key, a field outside the form, or a
            rule that is none.
        DataError: the picture of the form cannot be read, or shows nothing printed.
    """
    settings = _load(path)
    _known(path, "key", settings, _FormFile)
    named = settings.get("fields")
    for name, field in named.items() if isinstance(named, Mapping) else ():
        if isinstance(field, Mapping):
            _known(path, f"key of field {name!r}", field, _FieldFile)
    try:
        file = _FormFile.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the form"
        raise ConfigError(f"{path}: {place}: {first['msg']}. See docs/reading.md.") from error
    form = None if file.reference is None else Form(decode(path.parent / file.reference))
    if form is None and file.unit == "pixels":
        raise ConfigError(
            f"{path}: unit = 'pixels' without a picture that has them, expected `reference`. "
            "Name one, or give boxes as fractions of the page."
        )
    size = (1, 1) if form is None or file.unit == "fraction" else form.size
    return Template(tuple(_field(path, *each, size) for each in file.fields.items()), form)


def _load(path: Path) -> dict[str, Any]:
    with text_expected(path, "the TOML file of a form", "See docs/reading.md."):
        text = path.read_text("utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: no valid TOML: {error}. See docs/reading.md.") from error


def _known(path: Path, kind: str, found: Mapping[str, Any], model: type[BaseModel]) -> None:
    for key in found:
        if key not in model.model_fields:
            raise ConfigError(f"{path}: {unknown(kind, key, model.model_fields)}")


def _field(path: Path, name: str, file: _FieldFile, size: tuple[int, int]) -> FormField:
    left, top, right, bottom = (edge / side for edge, side in zip(file.box, size * 2, strict=True))
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ConfigError(
            f"{path}: field {name!r} has the box {list(file.box)}, expected left, top, right, "
            f"bottom inside the form, which is {size[0]} wide and {size[1]} high."
        )
    try:
        rule = rule_from(pattern=file.format, span=file.range, luhn=file.luhn, hook=file.rule)
    except ConfigError as error:
        raise ConfigError(f"{path}: field {name!r}: {error}") from error
    return FormField(name, (left, top, right, bottom), rule)


def _cut(
    pixels: Pixels, box: list[float], to_page: Homography, name: str
) -> tuple[Pixels, Homography]:
    """Cut a field out as if the page lay as the form does; and give what takes pixels there."""
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]])
    there = cv2.perspectiveTransform(corners, to_page)[0]
    most = np.array(pixels.shape[1::-1])
    out = max(float(np.max(-there)), float(np.max(there - most)))
    if out > _OUTSIDE * most.max():
        raise DataError(
            f"field {name!r} reaches {out:.0f} pixels out of the page, expected all of the form "
            "on it."
        )
    wide = max(
        float(np.linalg.norm(there[1] - there[0])), float(np.linalg.norm(there[2] - there[3]))
    )
    high = max(
        float(np.linalg.norm(there[3] - there[0])), float(np.linalg.norm(there[2] - there[1]))
    )
    size = (max(1, round(wide)), max(1, round(high)))
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    to_cut = np.asarray(cv2.getPerspectiveTransform(there.astype(np.float32), target), np.float64)
    cut = cv2.warpPerspective(
        pixels, to_cut, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8).reshape(size[1], size[0], -1), to_cut


def _one_number(cut: Pixels, rule: Rule | None, read: Read) -> Number | None:
    """Read a field; several numbers in it are one, such as a digit in each box of a comb."""
    numbers = read(cut, rule).numbers
    if len(numbers) > 1:
        joined = reduce(_joined, read(cut, None).numbers)
        return joined if rule is None else _ruled(joined, rule)
    return numbers[0] if numbers else None


def _ruled(number: Number, rule: Rule) -> Number:
    """Apply a rule to what is unsure in parts: it stays so where the rule does not decide."""
    judged = applied(number, rule)
    if number.rejected and not judged.rejected and not (judged.rule and judged.rule.changed):
        return replace(judged, rejected=True, reason=number.reason)
    return judged


def _joined(first: Number, second: Number) -> Number:
    """Make one number of two that stand side by side, as if one did not depend on the other."""
    shares: dict[str, float] = defaultdict(float)  # several pairs may be one text
    for one in first.alternatives:
        for other in second.alternatives:
            shares[one.text + other.text] += one.confidence * other.confidence
    best = sorted(shares.items(), key=lambda each: -each[1])[:_MOST_ALTERNATIVES]
    return Number(
        text=first.text + second.text,
        confidence=first.confidence * second.confidence,
        box=Box(*map(min, first.box[:2], second.box[:2]), *map(max, first.box[2:], second.box[2:])),
        rejected=first.rejected or second.rejected,
        reason=first.reason or second.reason,
        alternatives=tuple(Alternative(*each) for each in best),
        separators=(
            *first.separators,
            *(replace(each, after=each.after + len(first.text)) for each in second.separators),
        ),
        digits=first.digits + second.digits,
    )


def _moved(number: Number, matrix: Homography, size: tuple[int, int]) -> Number:
    """Take a number's boxes from its field to the page."""

    def moved(box: Box) -> Box:
        left, top, right, bottom = box
        corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], float)
        there = np.clip(cv2.perspectiveTransform(corners, matrix)[0], 0, size)
        low, high = np.floor(there.min(axis=0)), np.ceil(there.max(axis=0))
        return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    return replace(
        number,
        box=moved(number.box),
        digits=tuple(replace(digit, box=moved(digit.box)) for digit in number.digits),
        separators=tuple(replace(each, box=moved(each.box)) for each in number.separators),
    )
