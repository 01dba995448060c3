"""How a picture is looked at: once, and again where that leaves doubt.

Softened, closely as at one digit, along numbers that rise or fall, from afar, or at the small
sheets that it may show.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from inkdigit.pictures.decode import Pixels
from inkdigit.reading.lines.find import find_lines
from inkdigit.reading.lines.region import Region
from inkdigit.reading.looks.close_up import as_one_line, close_up, softened
from inkdigit.reading.looks.found import (
    SURE,
    Found,
    FoundLines,
    are_in,
    are_strokes,
    count_likely,
    count_sure,
    doubtful,
    holds_all,
    is_all_there_is,
    is_on,
    likely_beside,
    may_be_one_digit,
    surer,
    surety,
    texts_in,
)
from inkdigit.reading.looks.from_afar import from_afar, with_larger
from inkdigit.reading.looks.printed import without_words
from inkdigit.reading.looks.steep import corners_along, is_in_the_middle
from inkdigit.reading.looks.views import views_of
from inkdigit.reading.sheets.notes import notes_in
from inkdigit.reading.sheets.sheet import Sheet, lay_flat
from inkdigit.reading.spelling.numbers import numbers_in
from inkdigit.recognition.line_recognizer import LineRecognizer

_DOUBTS = 0.5  # share of the numbers on a note, or of large ones, that are doubtful, at most
_SEVERAL = 3  # numbers that are not all by chance: fewer may be a part of what is there
_MUCH = 8  # times as many that are likely beside notes: no clutter, but doubtful writing
_AS_MANY = 2  # times as many lines on all notes as on those that are mostly sure, at most
_BESIDE_NOTES = 0.1  # times as many sure ones, less than that, beside notes as on them, or in all


def found_in(pixels: Pixels, network: LineRecognizer) -> FoundLines:
    """Find the numbers of a picture, line by line; look again where the first look leaves doubt.

    Args:
        pixels: (height, width, 1 or 3), upright.
        network: that reads lines.

    Returns:
        Numbers as sure as the network says, not as they are calibrated.
    """
    lines = _on(lay_flat(pixels), network)
    if surety(lines) < SURE and (softer := softened(pixels)) is not None:
        lines = _or_softer(lines, lay_flat(softer), network)
    if may_be_one_digit(lines) and (closer := close_up(pixels)):
        sheet, region = closer
        line = _spell(sheet, region, network)
        if line and (are_in(region.box, lines) or are_strokes(lines)):
            lines = surer(lines, [line])
    if surety(lines) < SURE and (afar := from_afar(pixels)):
        small, scale = afar
        sheet = _placed(lay_flat(small), np.diag([scale, scale, 1.0]))
        lines = with_larger(lines, _on(sheet, network))
    is_clear = surety(lines) >= SURE and sum(map(len, lines)) >= _SEVERAL
    return lines if is_clear else _on_notes(pixels, lines, network)


def _on_notes(pixels: Pixels, lines: FoundLines, network: LineRecognizer) -> FoundLines:
    """Read small sheets by themselves; what lies beside them is clutter, if hardly sure."""
    notes, on_notes, with_doubtful = [], [], []
    for corners in notes_in(pixels):
        found = _on(lay_flat(pixels, corners), network)
        is_note = doubtful(found) <= _DOUBTS
        if is_note:
            notes.append(corners)
            on_notes += found
        if is_note or count_likely(found) == sum(map(len, found)) == 1:
            with_doubtful += found
    beside = [
        [each for each in line if not any(is_on(corners, each) for corners in notes)]
        for line in lines
    ]
    sure, before, sure_beside = map(count_sure, (on_notes, lines, beside))
    around = sum(map(len, beside))
    if not notes or sure_beside >= _BESIDE_NOTES * max(sure, around):
        return lines
    if count_likely(beside) > _MUCH * sure:
        return lines  # a page of doubtful numbers, one of which has a box that looks like a note
    lost = before - sure_beside - sure
    if lost >= 0 and not (around and lost <= _BESIDE_NOTES * around):
        return lines
    kept = with_doubtful if len(with_doubtful) <= _AS_MANY * len(on_notes) else on_notes
    likely = likely_beside(lines, kept)
    return kept + likely if len(likely) <= sure else kept


def _or_softer(lines: FoundLines, sheet: Sheet, network: LineRecognizer) -> FoundLines:
    """Look at a softened picture; what is in several parts there may be one line for all."""
    found = _on(sheet, network)
    if len(lines) <= 1:
        lines = surer(lines, found)
    elif is_all_there_is(found, lines):
        lines = found + likely_beside(lines, found)
    if len(texts_in(lines)) == 1 or (region := as_one_line(sheet)) is None:
        return lines
    line = _spell(sheet, region, network)
    return surer(lines, [line]) if len(line) == 1 and holds_all(line, lines) else lines


def _on(sheet: Sheet, network: LineRecognizer) -> FoundLines:
    """Find the numbers that stand on a sheet, line by line."""
    regions = find_lines(sheet)
    lines = [
        [each for region in line for each in _spell(sheet, region, network)] for line in regions
    ]
    if doubtful([[each for each in line if each.region.is_large] for line in lines]) > _DOUBTS:
        # clumps of a pattern are as large as digits beside words are
        lines = [[each for each in line if not each.region.is_large] for line in lines]
    lines = without_words(sheet, [line for line in lines if line])
    return _levelled(lines, sheet, regions, network)


def _levelled(
    lines: FoundLines, sheet: Sheet, regions: Sequence[Sequence[Region]], network: LineRecognizer
) -> FoundLines:
    """Look again, along their own line, at doubtful numbers that are written uphill or downhill."""
    found = defaultdict(list)
    for each in chain.from_iterable(lines):
        found[each.region].append(each)
    for region in chain.from_iterable(regions):
        if surety([found[region]]) >= SURE or (corners := corners_along(sheet, region)) is None:
            continue
        level = _placed(lay_flat(sheet.grey[..., None], corners), sheet.to_picture)
        again = [
            each
            for own in chain.from_iterable(find_lines(level))
            if is_in_the_middle(own.box, level)
            for each in _spell(level, own, network)
        ]
        found[region] = surer([found[region]], [again])[0]
    in_order = [[each for region in line for each in found[region]] for line in regions]
    return [line for line in in_order if line]


def _placed(sheet: Sheet, to_picture: NDArray[np.float64]) -> Sheet:
    """Give a sheet its place in the whole picture, (3, 3), instead of what it was made from."""
    return replace(sheet, to_picture=to_picture @ sheet.to_picture)


def _spell(sheet: Sheet, region: Region, network: LineRecognizer) -> list[Found]:
    strips = list(views_of(sheet, region))
    views = [network.answers(each) for each in strips]
    spelled = numbers_in(sheet, region, strips[0], views, network.card)
    return [Found(each.number, each.inks, sheet, region) for each in spelled]
