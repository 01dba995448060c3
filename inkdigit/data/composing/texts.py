"""What stands on a line: digits, the separators that people put between them, and other signs."""

import numpy as np

SEPARATORS = ".,-/"
OTHER = "?"  # stands for what is neither digit nor separator

_LONGEST = 10  # digits
_ENDINGS = ("-", ".-", ",-", "=", "--", ".", ",", "#")
_BETWEEN = 3 * ".,-" + "/"  # separators: a slash is rare, for many a one looks like it
_IN_DATES = 4 * "-." + "/"


def draw_text(draws: np.random.Generator) -> str:
    """Draw digits and the separators that people put between them."""
    length = int(min(_LONGEST, 1 + draws.binomial(9, draws.choice((0.12, 0.35, 0.55)))))
    digits = "".join(map(str, draws.integers(0, 10, length)))
    if draws.random() < 0.3:  # an amount: round ones are frequent
        zeros = int(draws.integers(1, 4))
        digits = digits[: max(1, length - zeros)] + "0" * min(zeros, length - 1)
    if draws.random() < 0.06:
        digits = digits[0] * length
    style = draws.random()
    if style < 0.5 or length < 2:
        return digits
    if style < 0.75:  # thousands, and perhaps cents
        sign = ".,"[draws.integers(2)]
        cents = 2 if length > 3 and draws.random() < 0.3 else 0
        whole, rest = digits[: length - cents], digits[length - cents :]
        groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
        other = ".,"[draws.integers(2)]
        return sign.join(groups) + (other + rest if rest else "")
    if style < 0.85:  # a date, a telephone number
        sign = _IN_DATES[draws.integers(len(_IN_DATES))]
        step = int(draws.integers(2, 4))
        return sign.join(digits[start : start + step] for start in range(0, length, step))
    place = int(draws.integers(1, length))
    return digits[:place] + _BETWEEN[draws.integers(len(_BETWEEN))] + digits[place:]


def draw_two_numbers(draws: np.random.Generator) -> str:
    """Draw two short numbers and a sign between them that is neither digit nor separator."""
    lengths = draws.integers(1, 4, 2)
    return OTHER.join("".join(map(str, draws.integers(0, 10, length))) for length in lengths)


def signs_before(draws: np.random.Generator) -> list[str]:
    """Draw what stands before a number: nothing, mostly."""
    return [OTHER] if draws.random() < 0.05 else ["-"] if draws.random() < 0.03 else []


def signs_after(draws: np.random.Generator) -> list[str]:
    """Draw what stands behind a number, as behind an amount."""
    if draws.random() < 0.2:
        ending = _ENDINGS[draws.integers(len(_ENDINGS))]
        return [sign if sign in SEPARATORS else OTHER for sign in ending]
    return [OTHER] if draws.random() < 0.08 else []
