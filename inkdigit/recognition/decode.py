"""What a line network's answers spell: the most probable texts, and where each sign stands.

Source: prefix beam search after Graves and Jaitly 2014 and Hannun et al. 2014; the place of a sign
by the most probable path through the steps that spells the text (Graves et al. 2006).
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LogProbabilities = NDArray[np.float32]  # (steps, 1 + symbols), the blank first; rows sum to 1

_BEAM = 16  # texts that are followed
_LEAST = 1e-3  # probability at a step, below which a sign is not followed
_LEAST_TEXT = 1e-8  # of the most probable text's probability, below which one is not followed


@dataclass(frozen=True)
class Spelling:
    """A text and its probability, all ways to spell it added up."""

    text: str
    probability: float


@dataclass(frozen=True)
class Span:
    """A sign of a text and the steps that it takes; the last one is excluded."""

    sign: str
    start: int
    stop: int


def spellings(answers: LogProbabilities, symbols: str) -> tuple[Spelling, ...]:
    """Find the most probable texts.

    Args:
        answers: of the network.
        symbols: what its columns after the blank mean.

    Returns:
        At most 16, best first.
    """
    beam: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}  # ends with a blank, with its last sign
    for row in np.exp(answers.astype(np.float64)):
        chosen = [(symbols[k - 1], row[k]) for k in np.flatnonzero(row > _LEAST).tolist() if k]
        beam = _step(beam, float(row[0]), chosen)
    found = sorted(beam.items(), key=lambda item: -sum(item[1]))
    return tuple(Spelling(text, float(sum(ends))) for text, ends in found)


def align(answers: LogProbabilities, symbols: str, text: str) -> tuple[Span, ...]:
    """Find which steps each sign of a text takes, on the most probable path that spells it.

    Args:
        answers: of the network.
        symbols: what its columns after the blank mean.
        text: not longer than the steps allow.
    """
    states = [0]  # blank, sign, blank, sign, ..., blank
    for sign in text:
        states += [1 + symbols.index(sign), 0]
    columns = answers[:, states].astype(np.float64)
    steps, count = columns.shape
    # a blank between two different signs may be left out
    skips = [k >= 3 and k % 2 == 1 and states[k] != states[k - 2] for k in range(count)]
    best = np.full(count, -np.inf)
    best[: min(2, count)] = columns[0, :2]
    came = np.zeros((steps, count), np.int64)  # how many states the path went on
    for step in range(1, steps):
        ways = np.full((3, count), -np.inf)
        ways[0] = best
        ways[1, 1:] = best[:-1]
        ways[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        came[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + columns[step]
    state = int(count - 1 if count < 2 or best[-1] >= best[-2] else count - 2)
    path = np.empty(steps, np.int64)
    for step in range(steps - 1, -1, -1):
        path[step] = state
        state -= int(came[step, state])
    spans = []
    for place, sign in enumerate(text):
        taken = np.flatnonzero(path == 2 * place + 1)
        spans.append(Span(sign, int(taken[0]), int(taken[-1]) + 1))
    return tuple(spans)


def _step(
    beam: dict[str, tuple[float, float]], blank: float, chosen: list[tuple[str, float]]
) -> dict[str, tuple[float, float]]:
    """Lengthen every text of the beam by one step."""
    if not chosen:  # most steps are blank
        return {text: (sum(ends) * blank, 0.0) for text, ends in beam.items()}
    blanks: dict[str, float] = defaultdict(float)
    signs: dict[str, float] = defaultdict(float)
    for text, (after_blank, after_sign) in beam.items():
        both = after_blank + after_sign
        blanks[text] += both * blank
        for sign, probability in chosen:
            if text.endswith(sign):
                signs[text] += after_sign * probability  # the same sign, written on
                if after_blank:
                    signs[text + sign] += after_blank * probability
            else:
                signs[text + sign] += both * probability
    whole = {text: blanks[text] + signs[text] for text in blanks.keys() | signs.keys()}
    least = _LEAST_TEXT * max(whole.values())
    followed = [text for text, probability in whole.items() if probability > least]
    followed.sort(key=whole.__getitem__, reverse=True)
    return {text: (blanks[text], signs[text]) for text in followed[:_BEAM]}
