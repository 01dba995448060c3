"""The one test of a network of a study, through the door that every test split has."""

from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from torch import nn

from inkdigit.data.source import Source
from inkdigit.evaluation.test import test
from inkdigit.training.recognizer import TorchRecognizer


class Record(BaseModel):
    """What a study keeps on the disk: plain finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Tested(Record):
    """What the test found."""

    __test__: ClassVar[bool] = False  # no test case of pytest's

    accuracy: float
    wrong: int
    total: int
    low: float  # 95 %, Wilson
    high: float
    loss: float


def test_once(network: nn.Module, source: Source, openings: Path, why: str) -> Tested:
    """Test a network, once it is written down that the test split was opened.

    Args:
        network: trained, and not chosen by what is found here.
        source: whose test split is opened.
        openings: the log of openings.
        why: it was opened.
    """
    recognizer = TorchRecognizer(network, source.class_names)
    found = test(recognizer, source.test, openings=openings, why=why)
    return Tested.model_validate(found.summary())
