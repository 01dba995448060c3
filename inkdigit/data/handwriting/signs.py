"""Signs and letters that people write beside numbers, drawn stroke by stroke.

A tick, a question mark, "kg" behind a weight: who reads numbers must know what is none. The shapes
are control points as those of digits are (see `strokes`), and every writer bends them.
"""

from typing import Final

import numpy as np

from inkdigit.data.handwriting.strokes import Points, Shape, bent

# Percent of a capital's height, y downwards; its foot is at 100, a small letter's head near 42.
_LETTERS: Final = {
    "a": "40,46 20,40 2,66 16,98 38,80 42,44 ; 44,80 54,98",
    "b": "6,0 4,98 / 4,72 22,44 42,66 26,98 4,92",
    "c": "40,50 22,40 2,66 14,98 42,90",
    "d": "40,48 18,42 2,70 18,98 38,80 ; 44,0 ; 42,98",
    "e": "4,70 38,64 30,42 10,46 2,76 18,99 44,88",
    "f": "42,10 28,0 18,22 12,104 / 0,46 34,42",
    "g": "40,48 18,40 2,62 16,84 38,62 42,44 ; 40,112 20,132 0,120",
    "h": "6,0 4,100 ; 6,66 24,44 36,60 36,100",
    "i": "6,44 6,98 / 6,20 8,23",
    "j": "16,44 14,116 0,130 / 16,20 18,23",
    "k": "6,0 4,100 / 36,44 6,70 ; 38,100",
    "l": "6,0 4,84 12,100 20,94",
    "m": "4,44 4,100 ; 6,60 20,42 28,58 28,100 ; 30,60 46,42 54,60 54,100",
    "n": "4,44 4,100 ; 6,62 24,42 36,60 36,100",
    "o": "24,42 4,54 6,92 28,98 40,70 30,44 20,44",
    "p": "6,44 2,134 / 4,60 22,42 42,62 26,96 4,84",
    "q": "40,46 16,42 4,72 18,96 40,70 ; 42,44 ; 40,134",
    "r": "6,44 6,100 ; 8,64 20,46 38,48",
    "s": "36,48 14,44 10,62 34,76 28,98 2,94",
    "t": "20,8 16,84 26,100 42,92 / 0,42 42,40",
    "u": "2,44 2,80 14,98 34,80 36,44 ; 38,84 48,98",
    "v": "0,44 18,100 ; 38,44",
    "w": "0,44 12,98 ; 26,54 ; 40,98 ; 54,42",
    "x": "0,44 36,100 / 36,44 0,100",
    "y": "2,44 10,74 34,72 ; 38,44 ; 30,122 10,134 0,122",
    "z": "2,44 38,44 ; 2,98 ; 42,98",
    "A": "0,100 24,0 ; 48,100 / 8,66 40,64",
    "C": "50,14 24,0 2,48 20,98 54,88",
    "E": "44,2 6,2 ; 4,100 ; 46,98 / 4,50 38,48",
    "F": "48,0 6,2 ; 4,100 / 4,48 38,46",
    "H": "4,0 4,100 / 44,0 44,100 / 4,52 44,50",
    "K": "6,0 4,100 / 44,0 6,54 ; 46,100",
    "L": "6,0 4,98 ; 46,96",
    "M": "0,100 8,0 ; 30,64 ; 54,0 ; 60,100",
    "N": "4,100 6,0 ; 44,98 ; 46,0",
    "P": "6,0 4,100 / 6,4 42,10 36,46 6,52",
    "R": "6,0 4,100 / 6,4 42,8 38,44 8,50 ; 46,100",
    "S": "44,10 20,0 6,24 42,66 24,98 0,88",
    "T": "0,2 54,0 / 28,2 26,100",
    "U": "4,0 4,70 24,98 44,72 46,0",
    "W": "0,0 14,98 ; 32,34 ; 50,98 ; 66,0",
}
# None that some hand writes as a digit: many a one is bent like a bracket, is a bar, has a flag on
# both sides like an arrow, or a dot behind it like an exclamation mark; a five may be a small tick.
# Nor a colon: some hands part thousands with it.
_SIGNS: Final = {
    "plus": "0,56 60,54 / 30,26 30,86",
    "equals": "0,44 56,42 / 0,70 56,68",
    "times": "2,30 50,88 / 50,28 0,90",
    "divided": "0,58 56,56 / 28,32 30,35 / 28,80 30,83",
    "percent": "66,2 8,100 / 16,6 2,18 10,34 24,26 20,8 / 60,64 48,78 56,96 70,86 64,66",
    "hash": "26,6 14,98 / 56,4 44,96 / 0,36 72,32 / 0,68 70,64",
    "dollar": "48,16 22,6 6,28 46,66 26,94 0,82 / 28,-10 24,112",
    "euro": "58,12 34,0 14,48 32,98 62,88 / 0,40 46,38 / 0,58 42,56",
    "pound": "50,14 34,0 20,20 24,60 4,98 ; 54,96 / 2,54 42,52",
    "query": "2,22 24,0 48,18 26,48 22,68 / 22,92 24,95",
    "query of a hook": "4,14 40,4 38,36 14,46 16,66 / 16,90 18,93",
    "greater": "0,22 52,56 ; 2,92",
    "less": "52,22 0,58 ; 52,92",
    "about": "0,48 16,36 36,46 62,36 / 0,70 16,58 36,68 62,58",
    "tick": "0,60 22,96 ; 84,-6",
    "cross": "0,2 72,98 / 70,0 2,100",
    "arrow": "0,56 90,54 / 64,30 92,54 ; 66,80",
    "arrow back": "92,56 0,54 / 28,30 0,54 ; 28,80",
    "star": "28,4 28,60 / 4,18 52,48 / 52,16 4,50",
    "and": "60,96 10,20 30,0 40,20 4,64 10,98 40,92 60,56",
    "at": "60,46 40,40 28,70 48,78 62,44 ; 66,80 84,56 60,14 16,20 2,66 24,104 70,102",
    "underlined o": "24,4 8,16 12,36 34,34 36,14 22,4 / 0,56 44,54",
    "braces": "24,-16 10,0 16,36 0,50 16,64 10,102 26,116",
}
_VOCABULARY: Final = (
    "kg km cm mm ml kcal min sec pm am st nd rd th pcs pc ea Stk St EUR CHF USD Fr PLN Kc "
    "kWh Hz No Nr Nos Room Floor Order Total Sum Tel Fax Date Page Lot Row Seat Team Score "
    "points years days weeks boxes units each people hours metres left of to and the from at in "
    "Name Mr Mrs Tom Anna Peter Maria Kim net tax rent food milk bread eggs water paid due copy"
)
_WORDS: Final = tuple(_VOCABULARY.split())
_CLEAR = "aekmntxwhrvfpuAEFHKMNPRTW"  # letters that no digit looks like
_LONGEST = 6  # letters of a word that means nothing
_BETWEEN = (8.0, 26.0)  # percent of the height from letter to letter
_LOOSE = (1.0, 5.0)  # percent of the height by which control points are moved


def draw_sign(draws: np.random.Generator) -> Shape:
    """Draw one of the signs by chance, bent."""
    names = list(_SIGNS)
    return bent(draws, _SIGNS[names[draws.integers(len(names))]], draws.uniform(*_LOOSE))


def draw_word(draws: np.random.Generator) -> Shape:
    """Write a word that stands beside numbers, or letters that mean nothing, bent."""
    return _lettered(draws, draw_letters(draws, _CLEAR))


def draw_letters(draws: np.random.Generator, alphabet: str) -> str:
    """Choose a word that stands beside numbers, or two or more letters of an alphabet."""
    if draws.random() < 0.7:
        return _WORDS[draws.integers(len(_WORDS))]
    return "".join(draws.choice(list(alphabet), int(draws.integers(2, _LONGEST + 1))))


def _lettered(draws: np.random.Generator, text: str) -> Shape:
    """Write letters side by side."""
    loose, between = draws.uniform(*_LOOSE), draws.uniform(*_BETWEEN)
    strokes: list[tuple[Points, ...]] = []
    left = 0.0
    for letter in text:
        shape = bent(draws, _LETTERS[letter if letter in _LETTERS else letter.lower()], loose)
        strokes += [tuple(piece + np.array([left, 0.0]) for piece in stroke) for stroke in shape]
        left = max(float(piece[:, 0].max()) for stroke in strokes for piece in stroke) + between
    return tuple(strokes)
