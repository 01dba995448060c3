"""Digits that are letters of a word, told by what stands right beside them."""

import numpy as np
from numpy.typing import NDArray

from inkdigit.reading.ink.parts import parts_of
from inkdigit.reading.spelling.signs import OTHER, STROKE, WORD_GAP, Sign

_OF_WORD = 1.0, 2.5  # times a number's width, that letters right beside it take: both sides, one
_OS_OF_WORD = 0.5, 2.1  # the same where all of the digits may be the letter O
_WIDEST = 1.5, 2.6  # times its height: a digit is less wide, right beside letters and near them
_POINT = 0.3  # times the letters' height: a dot beside them is less wide and less tall


def numbers_among(pieces: list[list[Sign]], height: int) -> list[list[Sign]]:
    """Keep the pieces that are numbers, and no letters of a word.

    Args:
        pieces: of a region, from left to right.
        height: of the region, in pixels.
    """
    beside = zip(pieces, [[], *pieces[:-1]], [*pieces[1:], []], strict=True)
    return [
        piece
        for piece, before, after in beside
        if has_digits(piece) and not _is_of_word(before[-1:], piece, after[:1], height)
    ]


def has_digits(piece: list[Sign]) -> bool:
    """Tell whether a digit is among the signs of a piece."""
    return any(sign.span.sign.isdigit() for sign in piece)


def _is_of_word(before: list[Sign], piece: list[Sign], after: list[Sign], height: int) -> bool:
    """Tell whether digits are letters of a word: others stand right beside them.

    Then those are wider, or one of the digits is as wide as several letters.

    Args:
        before: the sign before the piece, if any.
        piece: the signs of what may be a number.
        after: the sign after it, if any.
        height: of the region; letters that are less tall stand closer.
    """
    digits = [sign for sign in piece if sign.span.sign.isdigit()]
    boxes = [sign.box for sign in digits]
    both, one = _OF_WORD if any(sign.span.sign != "0" for sign in digits) else _OS_OF_WORD
    left, right = piece[0].box.left, piece[-1].box.right
    letters = [
        sign.box.right - sign.box.left
        for sign, free, is_after in (
            *((sign, left - sign.box.right, False) for sign in before),
            *((sign, sign.box.left - right, True) for sign in after),
        )
        if sign.span.sign == OTHER
        and free < WORD_GAP * min(height, sign.box.bottom - sign.box.top)
        and not _ends_in_point(sign.ink, first=is_after)
    ]
    widest = max((box.right - box.left) / (box.bottom - box.top) for box in boxes)
    if not letters:
        return widest > _WIDEST[1] and any(s.span.sign == OTHER for s in (*before, *after))
    least = both if len(letters) > 1 else one
    return widest > _WIDEST[0] or sum(letters) > least * (right - left)


def _ends_in_point(ink: NDArray[np.uint8], *, first: bool) -> bool:
    """Tell whether the first or the last part of a sign is a dot or a colon: "No.7", "Age:6"."""
    parts = parts_of(ink > STROKE)
    if not len(parts):
        return False
    end = parts.boxes[:, 0].argmin() if first else parts.boxes[:, 2].argmax()
    return bool(max(parts.widths[end], parts.heights[end]) <= _POINT * len(ink))
