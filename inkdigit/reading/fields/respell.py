"""The digits of a number that turns out to be another text than the best guess.

Only what the best guess left behind is known here: its digits, each with a box and its three most
probable labels. Whoever still has the network's answers can spell another text better.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from inkdigit.types import Box, Digit, Number, Separator

Spelling = tuple[tuple[Digit, ...], tuple[Separator, ...]]


def respell(number: Number, text: str) -> Spelling:
    """Give the digits and separators that `number` has when it is read as `text`.

    The texts are aligned with as few changes as possible. A digit that is another one now keeps
    its box and its `top`, and its confidence is what `top` says of the new label, or what it
    leaves for one that is not in it: what the picture says, not the rule. A digit too many goes;
    for one too few, a neighbour's box is cut upright into equal parts. Separators stay where
    they are.
    """
    known = number.digits or (Digit("", 0.0, number.box, ()),)
    owners = _owners([digit.label for digit in known], text)
    digits: list[Digit] = []
    for owner, shared in groupby(range(len(text)), key=owners.__getitem__):
        places = list(shared)
        boxes = _cut(known[owner].box, len(places))
        for place, box in zip(places, boxes, strict=True):
            digits.append(_relabelled(known[owner], text[place], box))
    separators = tuple(
        replace(each, after=sum(owner < each.after for owner in owners))
        for each in number.separators
    )
    return tuple(digits), separators


def _relabelled(digit: Digit, label: str, box: Box) -> Digit:
    if label == digit.label:
        return replace(digit, box=box)
    shares = dict(digit.top)
    left = max(0.0, 1.0 - sum(shares.values()))
    unlisted = min([left, *shares.values()])  # no more than the third has
    return Digit(label, shares.get(label, unlisted if shares else 0.0), box, digit.top)


def _cut(box: Box, parts: int) -> list[Box]:
    """Cut a box upright into equal parts, of at least one pixel each."""
    width = box.right - box.left
    cuts = [box.left + width * part // parts for part in range(parts + 1)]
    return [Box(left, box.top, max(right, left + 1), box.bottom) for left, right in pairwise(cuts)]


def _owners(labels: Sequence[str], text: str) -> list[int]:
    """Say of each character of `text` in which of the known digits it stands.

    Source: Levenshtein 1966; Wagner and Fischer 1974.
    """
    costs = [list(range(len(text) + 1))]
    for row, label in enumerate(labels):
        above, line = costs[row], [row + 1]
        for column, sign in enumerate(text):
            changed = above[column] + (label != sign)
            line.append(min(changed, above[column + 1] + 1, line[column] + 1))
        costs.append(line)
    owners: list[int] = []
    row, column = len(labels), len(text)
    while column:
        here = costs[row][column]
        if row and here == costs[row - 1][column - 1] + (labels[row - 1] != text[column - 1]):
            row, column = row - 1, column - 1
            owners.append(row)
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
        else:  # one too few: it shares the digit before it, or the first
            column -= 1
            owners.append(max(row - 1, 0))
    return owners[::-1]
