"""The device and the precision that a run gets, on machines that offer this or that."""

import pytest
import torch

from inkdigit.config import TrainingConfig
from inkdigit.errors import ConfigError
from inkdigit.training.device import autocast_dtype, choose_device, fix_arithmetic


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with nothing but a CPU; tests add what they need."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    return monkeypatch


def test_auto_takes_cuda_before_mps_before_the_cpu(offer: pytest.MonkeyPatch) -> None:
    assert choose_device(TrainingConfig()).type == "cpu"
    offer.setattr("torch.backends.mps.is_available", lambda: True)
    assert choose_device(TrainingConfig()).type == "mps"
    offer.setattr("torch.cuda.is_available", lambda: True)
    assert choose_device(TrainingConfig()).type == "cuda"
    assert choose_device(TrainingConfig(device="cpu")).type == "cpu"


@pytest.mark.usefixtures("offer")
def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"'mps'.*offer: cpu.*training\.device=auto"):
        choose_device(TrainingConfig(device="mps"))


def test_auto_precision_is_bf16_only_where_it_is_faster(offer: pytest.MonkeyPatch) -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    offer.setattr("inkdigit.training.device.bf16_is_faster", lambda: False)
    assert autocast_dtype(TrainingConfig(), cpu) is None
    assert autocast_dtype(TrainingConfig(precision="bf16"), cpu) is torch.bfloat16
    offer.setattr("inkdigit.training.device.bf16_is_faster", lambda: True)
    assert autocast_dtype(TrainingConfig(), cpu) is torch.bfloat16
    assert autocast_dtype(TrainingConfig(precision="fp32"), cpu) is None
    offer.setattr("torch.cuda.is_bf16_supported", lambda: True)
    assert autocast_dtype(TrainingConfig(), cuda) is torch.bfloat16
    assert autocast_dtype(TrainingConfig(precision="fp32"), cuda) is None
    offer.setattr("torch.cuda.is_bf16_supported", lambda: False)
    assert autocast_dtype(TrainingConfig(), cuda) is None


def test_the_number_of_threads_is_fixed_and_told() -> None:
    before = torch.get_num_threads()
    try:
        assert fix_arithmetic(TrainingConfig(threads=1)) == torch.get_num_threads() == 1
        assert fix_arithmetic(TrainingConfig()) == torch.get_num_threads() >= 1
    finally:
        torch.set_num_threads(before)
