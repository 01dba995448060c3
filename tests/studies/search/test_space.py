"""A search space is held to the configuration, and its points are functions of their numbers."""

import pytest

from inkdigit.config import RunConfig, load
from inkdigit.errors import ConfigError
from inkdigit.studies.search.space import Choices, Range, Space
from inkdigit.studies.search.space_file import load_space, parse_space, require_grid, spaces

TEXT = """
[optimizer]
learning_rate = { low = 0.01, high = 1, log = true, points = 3 }
name = ["sgd", "adamw"]
weight_decay = 0
[training]
batch_size = { low = 16, high = 64, step = 16 }
"""


@pytest.fixture
def space() -> Space:
    return parse_space(TEXT, "mine.toml")


def test_values_have_the_kind_that_the_configuration_gives_them(space: Space) -> None:
    assert space.varied["optimizer.learning_rate"] == Range(0.01, 1.0, False, log=True, points=3)
    assert space.varied["optimizer.name"] == Choices(("sgd", "adamw"))
    assert space.varied["training.batch_size"] == Range(16, 64, True, step=16)
    assert repr(space.fixed["optimizer.weight_decay"]) == "0.0"


def test_a_point_depends_on_seed_and_number_alone(space: Space) -> None:
    points = [space.random_point(5, number) for number in range(20)]
    assert points == [space.random_point(5, number) for number in range(20)]
    assert len({str(point) for point in points}) == 20
    assert space.random_point(6, 0) != points[0]


def test_random_values_keep_to_their_range(space: Space) -> None:
    found = [space.random_point(0, number) for number in range(300)]
    rates = [float(point["optimizer.learning_rate"]) for point in found]
    assert 0.01 <= min(rates) < 0.02
    assert 0.5 < max(rates) <= 1
    assert 0.35 < sum(rate < 0.1 for rate in rates) / 300 < 0.65  # half, on a logarithmic scale
    assert {point["training.batch_size"] for point in found} == {16, 32, 48, 64}


def test_a_grid_has_every_point_once(space: Space) -> None:
    require_grid(space)
    assert space.grid_size() == 3 * 2 * 4
    points = {str(space.grid_point(1, number)) for number in range(24)}
    assert len(points) == 24
    first = [space.grid_point(1, number) for number in range(6)]
    assert len({str(point["training.batch_size"]) for point in first}) > 1  # spread over all
    assert {
        point["optimizer.learning_rate"]
        for point in (space.grid_point(1, number) for number in range(24))
    } == {0.01, 0.1, 1.0}


def test_a_point_is_applied_to_a_configuration(space: Space) -> None:
    config = space.applied(load(preset="small"), space.random_point(0, 0))
    assert config.optimizer.weight_decay == 0
    assert config.training.epochs == 75
    assert config.optimizer.learning_rate == space.random_point(0, 0)["optimizer.learning_rate"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[optimiser]\nx = [1]", r"unknown section 'optimiser'\. Did you mean 'optimizer'"),
        ("[optimizer]\nlearning_rte = [1]", r"Did you mean 'optimizer\.learning_rate'"),
        ("[optimizer]\nlearning_rate = [0.1, -1]", r"learning_rate = -1: .*greater than 0"),
        ("[optimizer]\nlearning_rate = { low = 1, high = 2, lg = true }", r"Did you mean 'log'"),
        ("[optimizer]\nlearning_rate = { low = 2, high = 1 }", "expected low < high"),
        ("[optimizer]\nlearning_rate = []", "at least one"),
        ("[model]\nname = ['fast-cnm']", "Did you mean 'fast-cnn'"),
        ("[training]\nepochs = { low = 1.5, high = 3 }", "valid integer"),
        ("[training]\nepochs = [3, 3]", "different values"),
        ("[training]\nepochs = 3", "nothing varies"),
        ("[schedule]\nname = { low = 1, high = 2 }", "schedule.name"),
        ("[data]\nsplit_seed = [0, 1]", "decides which pictures are judged"),
        ("[training]\nseed = [0, 1]", "Set it for the whole search"),
        ("learning_rate = [1]", "unknown section 'learning_rate'"),
        ("[optimizer\n", "no valid TOML"),
    ],
)
def test_a_mistake_is_told_before_anything_is_trained(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_space(text, "mine.toml")


def test_a_grid_wants_steps() -> None:
    endless = parse_space("[optimizer]\nlearning_rate = { low = 0.1, high = 1 }", "mine.toml")
    with pytest.raises(ConfigError, match="expected `step` or `points`"):
        require_grid(endless)


@pytest.mark.parametrize("name", spaces())
def test_the_spaces_that_come_along_fit_the_configuration(name: str) -> None:
    space = load_space(name)
    assert spaces()[name].endswith(".")
    for number in range(5):
        assert isinstance(space.applied(load(), space.random_point(0, number)), RunConfig)


def test_an_unknown_space_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown search space 'optimiser'.*'optimizer'"):
        load_space("optimiser")
    with pytest.raises(ConfigError, match=r"none\.toml: no such file.*--list"):
        load_space("none.toml")
