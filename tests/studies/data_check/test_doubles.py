"""Pictures that are nearly the same, and pictures that are only as simple as others."""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigit.studies.data_check.doubles import ALIKE, near_pairs


def _strokes() -> NDArray[np.uint8]:
    """Draw straight strokes of seven slants, seven lengths and five widths."""
    pictures = []
    for lean, half, width in product(range(7), range(7), range(5)):
        large = Image.new("L", (280, 280))
        right, down = 4 * lean, 76 + 5 * half
        ends = (140 - right, 140 - down, 140 + right, 140 + down)
        ImageDraw.Draw(large).line(ends, 255, 26 + 6 * width)
        pictures.append(np.asarray(large.resize((28, 28), Image.Resampling.BOX)))
    return np.stack(pictures)


def test_hardly_any_strokes_that_are_alike_because_they_are_simple_are_doubles() -> None:
    strokes = _strokes()
    apart = 1 - np.corrcoef(strokes.reshape(len(strokes), -1)) + np.eye(len(strokes))
    alike = int((apart.min(axis=1) < 1 - ALIKE).sum())
    assert alike > 200, "the strokes are too different to show anything"

    assert len(near_pairs(strokes)) < alike / 20  # those at the edges have few neighbours


def test_a_noisy_copy_among_simple_strokes_is_found() -> None:
    strokes = _strokes()[::50]
    others = np.repeat(np.random.default_rng(0).integers(0, 2, (20, 14, 14)) * 255, 2, axis=1)
    others = np.repeat(others, 2, axis=2).astype(np.uint8)
    noise = np.random.default_rng(1).normal(0, 8, (28, 28))
    copy = np.clip(strokes[4] + noise, 0, 255).astype(np.uint8)

    pairs = near_pairs(np.stack([*strokes, *others, copy]))

    assert [pair[:2] for pair in pairs] == [(4, len(strokes) + len(others))]
