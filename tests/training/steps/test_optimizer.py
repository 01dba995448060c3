"""Schedules stretch over the whole run, and weight decay leaves norms and biases alone."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from inkdigit.config import OptimizerConfig, ScheduleConfig
from inkdigit.training.steps.optimizer import gradient_norm, make_optimizer, rate_at, set_rate

SCHEDULES = ("one-cycle", "cosine", "step", "constant")


@pytest.mark.parametrize("name", SCHEDULES)
@given(progress=st.floats(0, 1), warmup=st.floats(0, 1), final=st.floats(0, 1))
def test_the_rate_stays_between_nothing_and_the_peak(
    name: str, progress: float, warmup: float, final: float
) -> None:
    config = ScheduleConfig.model_validate({"name": name, "warmup": warmup, "final": final})
    assert 0 <= rate_at(progress, config) <= 1 + 1e-9


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_rises_in_a_line_to_the_peak_at_the_end_of_the_warm_up(name: str) -> None:
    config = ScheduleConfig.model_validate({"name": name, "warmup": 0.2})
    assert rate_at(0.1, config) == pytest.approx(0.5)
    assert rate_at(0.2, config) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["one-cycle", "cosine"])
@given(final=st.floats(0, 1))
def test_falling_schedules_end_at_their_final_share(name: str, final: float) -> None:
    config = ScheduleConfig.model_validate({"name": name, "final": final})
    assert rate_at(1.0, config) == pytest.approx(final)
    rates = [rate_at(0.2 + 0.08 * i, config) for i in range(11)]
    assert rates == sorted(rates, reverse=True)


def test_steps_drop_at_equal_stages() -> None:
    config = ScheduleConfig(name="step", warmup=0.0, drops=2, drop_factor=0.1)
    rates = [rate_at(progress, config) for progress in (0.0, 0.3, 0.4, 0.6, 0.7, 1.0)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_constant_rate_is_constant() -> None:
    config = ScheduleConfig(name="constant", warmup=0.0)
    assert {rate_at(i / 10, config) for i in range(11)} == {1.0}


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_weight_decay_acts_on_matrices_and_filters_only(name: str) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2))
    config = OptimizerConfig.model_validate({"name": name, "weight_decay": 0.1})
    decays = {
        id(parameter): group["weight_decay"]
        for group in make_optimizer(model, config).param_groups
        for parameter in group["params"]
    }
    assert len(decays) == len(list(model.parameters()))
    for parameter in model.parameters():
        assert decays[id(parameter)] == (0.1 if parameter.ndim > 1 else 0.0)


def test_set_rate_reaches_every_group() -> None:
    optimizer = make_optimizer(nn.Linear(2, 2), OptimizerConfig())
    set_rate(optimizer, 0.25)
    assert {group["lr"] for group in optimizer.param_groups} == {0.25}


def test_a_short_gradient_is_measured_and_left_alone() -> None:
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.grad = torch.tensor([[3.0, 4.0]])
    assert gradient_norm(layer, limit=0) == pytest.approx(5)
    assert gradient_norm(layer, limit=6) == pytest.approx(5)
    assert torch.equal(layer.weight.grad, torch.tensor([[3.0, 4.0]]))
