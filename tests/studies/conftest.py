"""Studies train on the strokes of the training tests."""

from tests.training.conftest import pictures as pictures
