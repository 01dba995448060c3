"""What chooses the values of a trial: the plan, or what was learned from the trials before.

Each trial has a sampler of its own, seeded by its number, so that two workers never draw the
same and a search with one worker goes on as if it had not been interrupted.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from inkdigit.data.draws import Purpose, seed_for
from inkdigit.studies.search.space import Choices, Point, Range, Space, Value

SamplerName = Literal["grid", "random", "tpe"]
PrunerName = Literal["none", "median", "halving"]

_BEFORE_MEDIAN = 5  # trials that are never given up: there is no median yet
_SAMPLING = 2  # the step of `Purpose.TRIAL` that seeds a sampler


class PlannedSampler(BaseSampler):
    """Gives each trial the point that a plan has for its number.

    Args:
        point_of: the plan.
    """

    def __init__(self, point_of: Callable[[int], Point]) -> None:
        self._point_of = point_of

    def infer_relative_search_space(
        self,
        study: Study,  # noqa: ARG002  # Optuna calls them by these names
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """Leave every value to `sample_independent`."""
        return {}

    def sample_relative(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        search_space: Mapping[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Give nothing."""
        return {}

    def sample_independent(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Value:
        """Look a value up in the plan."""
        return self._point_of(trial.number)[param_name]


def sampler_for(name: SamplerName, space: Space, seed: int) -> Callable[[int], BaseSampler]:
    """Give what makes the sampler of a trial, by its number."""
    if name == "tpe":
        return lambda number: TPESampler(
            seed=seed_for(seed, Purpose.TRIAL, number, _SAMPLING) % 2**32
        )
    point = space.grid_point if name == "grid" else space.random_point
    return lambda _number: PlannedSampler(lambda number: point(seed, number))


def pruner_for(name: PrunerName, steps: int) -> BasePruner:
    """Make what gives up on a trial.

    Args:
        name: none; median: worse than half of the trials at the same step; halving: not among
            the best quarter at a step that grows fourfold.
        steps: reports of a whole trial.
    """
    if name == "median":
        return MedianPruner(n_startup_trials=_BEFORE_MEDIAN, n_warmup_steps=steps // 4)
    return SuccessiveHalvingPruner() if name == "halving" else NopPruner()


def suggest(trial: optuna.Trial, space: Space) -> Point:
    """Let a trial's sampler choose a value for every key; what was chosen before stays."""
    point: dict[str, Value] = {}
    for key, what in space.varied.items():
        distribution = distribution_of(what)
        if isinstance(distribution, CategoricalDistribution):
            found = trial.suggest_categorical(key, distribution.choices)
            assert found is not None  # noqa: S101  # no choice is
            point[key] = found
        elif isinstance(distribution, IntDistribution):
            point[key] = trial.suggest_int(
                key,
                distribution.low,
                distribution.high,
                step=distribution.step,
                log=distribution.log,
            )
        else:
            point[key] = trial.suggest_float(
                key,
                distribution.low,
                distribution.high,
                step=distribution.step,
                log=distribution.log,
            )
    return point


def distribution_of(
    what: Choices | Range,
) -> CategoricalDistribution | IntDistribution | FloatDistribution:
    """Say in Optuna's words over what a key varies."""
    if isinstance(what, Choices):
        return CategoricalDistribution(what.values)
    if what.whole:
        step = 1 if what.step is None else int(what.step)
        return IntDistribution(int(what.low), int(what.top), log=what.log, step=step)
    return FloatDistribution(what.low, what.top, log=what.log, step=what.step)
