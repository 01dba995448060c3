"""inkdigit: train, test and run classifiers of handwritten digits.

Two wings that meet in one model file. The training wing (`models`, `data`, `training`) turns
labelled digits into a tested ONNX file; the reading wing (`pictures`, `recognition`, `reading`)
runs that file and never imports torch. `evaluation` judges whatever answers, and `cli` translates
commands. The names below load on first use; everything else is imported from where it lives.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inkdigit.version import __version__ as __version__

if TYPE_CHECKING:
    from inkdigit.config import RunConfig, load
    from inkdigit.errors import InkdigitError
    from inkdigit.evaluation.report import write_report
    from inkdigit.evaluation.test import test
    from inkdigit.reading.reader import read_document, read_page
    from inkdigit.recognition.recognizer import open_recognizer
    from inkdigit.training.estimator import InkdigitClassifier
    from inkdigit.training.run import resume, run
    from inkdigit.types import Predictions, Recognizer


_HOME = {
    "InkdigitClassifier": "training.estimator",
    "InkdigitError": "errors",
    "Predictions": "types",
    "Recognizer": "types",
    "RunConfig": "config",
    "load": "config",
    "open_recognizer": "recognition.recognizer",
    "read_document": "reading.reader",
    "read_page": "reading.reader",
    "resume": "training.run",
    "run": "training.run",
    "test": "evaluation.test",
    "write_report": "evaluation.report",
}

__all__ = [
    "InkdigitClassifier",
    "InkdigitError",
    "Predictions",
    "Recognizer",
    "RunConfig",
    "load",
    "open_recognizer",
    "read_document",
    "read_page",
    "resume",
    "run",
    "test",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"inkdigit.{_HOME[name]}"), name)
    raise AttributeError(f"inkdigit has no {name!r}")
