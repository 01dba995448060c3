"""A recognizer that frames what it is given first, as `classify` does, and answers as arrays."""

import numpy as np

from inkdigit.recognition.recognizer import OnnxRecognizer
from inkdigit.types import Images, Probabilities


class AsGiven:
    """Answers for pictures as users have them, where a recognizer wants prepared ones.

    Args:
        recognizer: that prepares and answers.
    """

    def __init__(self, recognizer: OnnxRecognizer) -> None:
        self._recognizer = recognizer
        self.class_names = recognizer.class_names

    def probabilities(self, images: Images) -> Probabilities:
        """Prepare (N, height, width, 1 or 3) one by one, and answer with (N, classes)."""
        prepared = np.stack([self._recognizer.prepare(picture) for picture in images])
        return self._recognizer.probabilities(prepared)
