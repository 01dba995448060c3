"""The average follows the weights, and batch norm is measured for it."""

import torch
from torch import nn

from inkdigit.training.steps.averaging import averaged, network_of, reestimate_batchnorm


def test_the_average_of_weights_that_stand_still_is_those_weights() -> None:
    model = nn.Linear(3, 2)
    average = averaged(model, 0.99)
    for _ in range(50):
        average.update_parameters(model)
    for ours, theirs in zip(network_of(average).parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_average_forgets_where_training_began() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = averaged(model, 0.999)
    torch.nn.init.constant_(model.weight, -1000.0)
    average.update_parameters(model)
    torch.nn.init.constant_(model.weight, 1.0)
    for _ in range(200):
        average.update_parameters(model)
    assert abs(network_of(average).get_parameter("weight").item() - 1) < 0.5


def test_the_average_lags_behind_weights_that_jump() -> None:
    model = nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(model.weight, 0.0)
    average = averaged(model, 0.9)
    for _ in range(200):
        average.update_parameters(model)
    torch.nn.init.constant_(model.weight, 1.0)
    average.update_parameters(model)
    torch.testing.assert_close(
        network_of(average).get_parameter("weight").detach(), torch.tensor([[0.1]])
    )


def test_batch_norm_takes_the_statistics_of_the_pictures_it_is_shown() -> None:
    network = nn.Sequential(nn.BatchNorm2d(1))
    pictures = torch.randn(400, 1, 4, 4, generator=torch.Generator().manual_seed(0)) * 5 + 7
    reestimate_batchnorm(network, torch.split(pictures, 100))
    assert not network.training
    torch.testing.assert_close(network[0].running_mean, pictures.mean().view(1))
    torch.testing.assert_close(network[0].running_var, pictures.var().view(1), rtol=0.02, atol=0.0)
