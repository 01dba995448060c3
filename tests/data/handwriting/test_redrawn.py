"""A digit's picture before a pen redraws it."""

import numpy as np

from inkdigit.data.handwriting.redrawn import evenly_inked


def test_specks_are_wiped_off_and_separate_strokes_are_kept() -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:15] = 255  # a stem of 60 pixels
    picture[4:7, 17:24] = 120  # a bar beside it, fainter
    picture[20:22, 22:24] = 160  # a speck
    clean = evenly_inked(picture)
    assert not clean[19:23, 21:25].any()
    assert (clean[4:24, 12:15] == 255).all()
    assert (clean[4:7, 17:24] > 200).all()
