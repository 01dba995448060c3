"""Random draws that are functions of their place: (seed, what for, epoch, step).

Nothing here depends on what was drawn before, so a run that starts in the middle draws the same.
"""

from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """What a draw is for; part of its key, so that no two purposes share a stream."""

    WEIGHTS = 0
    ORDER = 1
    AUGMENTATION = 2
    MODEL = 3  # what a network draws in a step, such as dropout
    BATCHNORM = 4
    SAMPLES = 5
    NOT_DIGITS = 6
    OTHER_HANDS = 7
    FOLDS = 8
    TRIAL = 9


def seed_for(seed: int, purpose: Purpose, epoch: int = 0, step: int = 0) -> int:
    """Mix a place into 63 bits, as NumPy's SeedSequence does."""
    words = np.random.SeedSequence((seed, purpose, epoch, step)).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))


def generator(seed: int, purpose: Purpose, epoch: int = 0, step: int = 0) -> torch.Generator:
    """Start a CPU generator at a place; CPU, so that every device draws the same."""
    return torch.Generator().manual_seed(seed_for(seed, purpose, epoch, step))
