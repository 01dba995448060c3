"""How a gradient becomes a step, and how long steps are over the course of a run."""

import math

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from inkdigit.config import OptimizerConfig, ScheduleConfig
from inkdigit.training.steps.muon import Muon


def make_optimizer(model: nn.Module, config: OptimizerConfig) -> Optimizer:
    """Build the optimizer; weight decay acts on matrices and filters, not on norms and biases.

    With muon it acts on matrices only: filters keep their norm.
    """
    parameters = list(model.parameters())
    filters = [parameter for parameter in parameters if parameter.ndim > 2]
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    others = [parameter for parameter in parameters if parameter.ndim < 2]
    if config.name == "muon":
        return Muon(
            [
                {"params": filters, "weight_decay": 0.0, "orthogonal": True},
                {"params": matrices, "weight_decay": config.weight_decay, "orthogonal": False},
                {"params": others, "weight_decay": 0.0, "orthogonal": False},
            ],
            lr=config.learning_rate,
            momentum=config.momentum,
        )
    groups = [
        {"params": filters + matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.name == "sgd":
        return SGD(
            groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0
        )
    betas = (config.momentum, config.second_beta)
    return AdamW(groups, lr=config.learning_rate, betas=betas)


def rate_at(progress: float, config: ScheduleConfig) -> float:
    """Tell the learning rate, as a fraction of the peak.

    Args:
        progress: how much of the whole run is done, from 0 to 1; the schedule stretches over it.
        config: which schedule.

    Source: one-cycle after Smith and Topin 2017; cosine after Loshchilov and Hutter 2016.
    """
    if config.warmup and progress < config.warmup:
        return progress / config.warmup
    if config.name == "constant":
        return 1.0
    fallen = (progress - config.warmup) / (1 - config.warmup) if config.warmup < 1 else 1.0
    if config.name == "one-cycle":
        return 1 - (1 - config.final) * fallen
    if config.name == "cosine":
        return config.final + (1 - config.final) * (1 + math.cos(math.pi * fallen)) / 2
    stage = min(int(fallen * (config.drops + 1)), config.drops)
    return config.drop_factor**stage


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every group of parameters the same learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def gradient_norm(model: nn.Module, limit: float) -> float:
    """Measure the norm of the whole gradient, and shorten the gradient to `limit` if it is longer.

    Args:
        model: after the backward pass.
        limit: largest norm; 0 sets no limit.

    Returns:
        The norm before shortening.
    """
    gradients = [each.grad for each in model.parameters() if each.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    if limit:
        torch.nn.utils.clip_grads_with_norm_(model.parameters(), limit, norm)
    return float(norm)
