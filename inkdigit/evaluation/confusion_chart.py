"""The confusion matrix as a heat map, readable with 2 classes and with 40."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from inkdigit.evaluation.svg import svg, text, upward_text

_NUMBERED_CLASSES = 12  # up to here the counts are written into the cells
_LETTER = 7.0  # a letter's width, in units of the viewBox
_LABEL_LENGTH = 14  # characters of a class name beside the matrix


def confusion_chart(confusion: NDArray[np.int64], class_names: Sequence[str]) -> Markup:
    """Draw a row for each truth and a column for each answer.

    Right answers and mistakes are shaded apart, each against the largest of its kind: a few
    mistakes among thousands of right answers could not be seen otherwise.

    Args:
        confusion: (classes, classes) counts.
        class_names: in the order of the rows.
    """
    labels = [_shortened(name) for name in class_names]
    numbered = len(labels) <= _NUMBERED_CLASSES
    cell = 40 if numbered else 18
    left = 40 + _LETTER * max(len(label) for label in labels)
    turned = max(len(label) for label in labels) > 3
    top = left if turned else 50
    side = cell * len(labels)
    parts = [
        text("answered", left + side / 2, 14, "axis"),
        upward_text("truth", 14, top + side / 2, "axis"),
    ]
    for k, label in enumerate(labels):
        middle = (k + 0.5) * cell
        parts.append(text(label, left - 8, top + middle + 4, "tick", anchor="end"))
        if turned:
            parts.append(upward_text(label, left + middle + 4, top - 8, "tick", anchor="start"))
        else:
            parts.append(text(label, left + middle, top - 8, "tick"))
    parts += _cells(confusion, class_names, corner=(left, top), cell=cell, numbered=numbered)
    wrong, total = int(confusion.sum() - confusion.trace()), int(confusion.sum())
    words = f"{wrong} of {total} answers are off the diagonal."
    picture = svg("Confusion matrix", words, (left + side + 4, top + side + 4), parts)
    least, most = (0.65 if numbered else 0.85), 1.25  # pixels of a unit; narrower, it scrolls
    return Markup('<div class="matrix" style="--least:{}px;--most:{}px">{}</div>').format(
        round(least * (left + side)), round(most * (left + side)), picture
    )


def _cells(
    confusion: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    corner: tuple[float, float],
    cell: int,
    numbered: bool,
) -> list[Markup]:
    most_right = int(confusion.diagonal().max())
    most_wrong = int((confusion - np.diag(confusion.diagonal())).max())
    box = Markup(
        '<rect class="cell {}" x="{:.1f}" y="{:.1f}" width="{}" height="{}" fill-opacity="{:.2f}">'
        "<title>{} answered as {}: {}</title></rect>"
    )
    parts = []
    for (row, column), count in np.ndenumerate(confusion):
        style, most = ("right", most_right) if row == column else ("wrong", most_wrong)
        x, y = corner[0] + column * cell, corner[1] + row * cell
        names = class_names[row], class_names[column]
        shade = _shade(int(count), most)
        parts.append(box.format(style, x + 1, y + 1, cell - 2, cell - 2, shade, *names, count))
        if count and numbered:
            parts.append(text(str(count), x + cell / 2, y + cell / 2 + 4, "count"))
    return parts


def _shade(count: int, most: int) -> float:
    """Give an opacity: none for 0, then from faint to strong, but never too dark to write on."""
    return 0.15 + 0.6 * math.sqrt(count / most) if count else 0.0


def _shortened(name: str) -> str:
    """Cut a long name in its middle: names of one kind differ at an end."""
    return name if len(name) <= _LABEL_LENGTH else f"{name[:7]}…{name[7 - _LABEL_LENGTH + 1 :]}"
