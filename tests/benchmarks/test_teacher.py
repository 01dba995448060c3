"""A kept member as a run that teaches."""

import os
from pathlib import Path

import pytest
import torch

from benchmarks.accuracy import kept_members, member_network
from benchmarks.teacher import as_run
from inkdigit.config import DataConfig
from inkdigit.data.source import open_source
from inkdigit.training.run_folder.checkpoint import best_network


@pytest.mark.shared_data
def test_a_member_teaches_the_same_digits_and_is_surer_of_them(tmp_path: Path) -> None:
    if "INKDIGIT_DATA" not in os.environ:
        pytest.skip("INKDIGIT_DATA is not set: the member is asked about digits of MNIST")
    source = open_source(DataConfig(source="mnist"))
    member = kept_members()[0]
    as_run(member, tmp_path / "run")
    teacher, spec = best_network(tmp_path / "run")
    assert (spec.image_size, spec.channels, spec.classes) == (28, 1, 10)
    images, labels = source.validation.read()
    pixels = torch.from_numpy(images[:200]).permute(0, 3, 1, 2)
    with torch.inference_mode():
        before = member_network(member, source)(pixels).softmax(dim=1)
        after = teacher(pixels).softmax(dim=1)
    assert torch.equal(before.argmax(dim=1), after.argmax(dim=1))
    assert (after.argmax(dim=1).numpy() == labels[:200]).mean() > 0.97
    assert before.amax(dim=1).median() < 0.95 < after.amax(dim=1).median()
