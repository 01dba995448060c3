"""Writers: a slant, a pen and habits, drawn by chance.

MNIST's writers are American. Many others cross sevens, give ones a flag and a foot, and slash
zeros; and some have digits of strokes alone (see `strokes`).
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.data.handwriting.strokes import Hand, draw_hand

_OF_STROKES = 0.5  # of all writers have shapes of their own
_MNISTS_PEN, _MNISTS_EDGE = 0.45, 2.0  # a level and a sharpness that leave strokes as they are


@dataclass(frozen=True)
class Writer:
    """How somebody writes."""

    height: float  # pixels of a usual digit
    width: float  # share of the usual width
    slant: float  # sideways shift per height; positive leans to the right
    pen: float  # level that a stroke is cut at: lower is thicker
    edge: float  # how sharp strokes are
    thin: bool  # a fine pen: strokes lose their rim
    curve: float  # how far glyphs are bent, as a share of their height
    joins: float  # probability that a digit is joined to the next by a stroke
    crosses_sevens: bool
    flags_ones: bool
    foots_ones: bool
    slashes_zeros: bool
    small_zeros: float  # size of zeros at the end, as a share of the others
    unsteady: float  # how much size and place vary from glyph to glyph
    climb: float  # of the line, dy/dx
    hand: Hand | None  # own shapes of some digits, in place of real ones
    rough: bool  # strokes break off, digits run far into each other, and the pen may be faint


def draw_writer(draws: np.random.Generator, *, plain: bool = False, rough: bool = False) -> Writer:
    """Draw a writer by chance.

    Args:
        draws: what chance decides with.
        plain: one with MNIST's digits and pen, at some size and slant.
        rough: one whose strokes break off.
    """

    def sometimes(probability: float) -> bool:
        return not plain and bool(draws.random() < probability)

    return Writer(
        height=float(np.exp(draws.uniform(np.log(20), np.log(60)))),
        width=1.0 if plain else float(draws.uniform(0.72, 1.3)),
        slant=float(np.clip(draws.normal(0.05, 0.17), -0.35, 0.55)),
        pen=_MNISTS_PEN if plain else float(draws.uniform(0.22, 0.66)),
        edge=_MNISTS_EDGE if plain else float(draws.uniform(1.5, 5.0)),
        thin=sometimes(0.4),
        curve=0.0 if plain else float(draws.uniform(0, 0.05)),
        joins=float(draws.uniform(0.1, 0.6)) if sometimes(0.2) else 0.0,
        crosses_sevens=sometimes(0.45),
        flags_ones=sometimes(0.4),
        foots_ones=sometimes(0.15),
        slashes_zeros=sometimes(0.06),
        small_zeros=float(draws.uniform(0.45, 0.9)) if sometimes(0.2) else 1.0,
        unsteady=float(draws.uniform(0.02, 0.12)),
        climb=float(draws.normal(0, 0.025)),
        hand=draw_hand(draws) if sometimes(_OF_STROKES) else None,
        rough=rough,
    )
