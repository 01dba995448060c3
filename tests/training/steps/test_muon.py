"""Orthogonal steps: every direction of a filter bank moves alike, and its norm stays."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from inkdigit.config import OptimizerConfig
from inkdigit.training.steps.muon import Muon, orthogonal
from inkdigit.training.steps.optimizer import make_optimizer


@given(rows=st.integers(2, 40), columns=st.integers(2, 40), seed=st.integers(0, 1000))
def test_singular_values_come_near_one(rows: int, columns: int, seed: int) -> None:
    draws = torch.Generator().manual_seed(seed)
    left = torch.linalg.qr(torch.randn(rows, rows, generator=draws)).Q
    right = torch.linalg.qr(torch.randn(columns, columns, generator=draws)).Q
    rank = min(rows, columns)
    values = torch.linspace(1.0, 0.3, rank)
    matrix = left[:, :rank] * values @ right[:rank]
    assert torch.linalg.svdvals(matrix).min() < 0.31
    found = torch.linalg.svdvals(orthogonal(matrix))
    assert found.min() > 0.3
    assert found.max() < 1.3


def test_a_tall_matrix_is_treated_as_its_transpose() -> None:
    matrix = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(orthogonal(matrix).T, orthogonal(matrix.T), atol=1e-6)


def test_nothing_stays_nothing() -> None:
    assert torch.equal(orthogonal(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_filters_keep_the_norm_that_a_step_gives_them() -> None:
    model, images = nn.Conv2d(2, 9, 3), torch.randn(4, 2, 8, 8)
    optimizer = make_optimizer(model, OptimizerConfig(name="muon", learning_rate=0.01))
    for _ in range(5):
        optimizer.zero_grad()
        model(images).square().mean().backward()
        optimizer.step()
    assert model.weight.norm().item() == pytest.approx(3.0, abs=0.2)  # √9, and one step of 0.01


def test_matrices_and_biases_move_as_with_nesterov_momentum() -> None:
    steps = {}
    for name in ("muon", "sgd"):
        model = nn.Linear(3, 2)
        nn.init.constant_(model.weight, 0.5)
        nn.init.zeros_(model.bias)
        config = OptimizerConfig.model_validate({"name": name, "momentum": 0.8})
        optimizer = make_optimizer(model, config)
        for scale in (1.0, 2.0, 3.0):
            optimizer.zero_grad()
            (model(torch.ones(1, 3)) * scale).sum().backward()
            optimizer.step()
        steps[name] = torch.cat([each.detach().flatten() for each in model.parameters()])
    assert torch.allclose(steps["muon"], steps["sgd"], atol=1e-6)


def test_a_parameter_without_a_gradient_stays() -> None:
    frozen = nn.Parameter(torch.ones(2, 2, 3, 3))
    group = {"params": [frozen], "weight_decay": 0.0, "orthogonal": True}
    Muon([group], lr=1.0, momentum=0.9).step()
    assert torch.equal(frozen, torch.ones(2, 2, 3, 3))
