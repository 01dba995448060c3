"""Sentences follow from the numbers, also where the numbers are not what the paper says."""

from typing import Any

import pytest

from inkdigit.studies.poster import Finding
from inkdigit.studies.residual.findings import judge
from inkdigit.studies.residual.results import Deletion
from tests.studies.residual.made import BLOWN_UP, everything, probe

VANISHING = {"probes": (probe(0.001), probe(0.001, 10))}
EXPLODING = {"probes": (probe(500.0), probe(500.0, 10))}


def found(part: str, **changed: dict[str, Any]) -> Finding:
    return next(each for each in judge(everything(**changed)) if part in each.claim)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "not shown"),
        ({"plain": VANISHING}, "holds"),
        ({"plain": EXPLODING}, "holds"),
        ({"plain": VANISHING, "residual_bare": EXPLODING}, "holds in part"),
        ({"residual": EXPLODING}, "does not hold"),
        ({"plain": EXPLODING, "residual": EXPLODING}, "does not hold"),
    ],
)
def test_the_shortcut_cures_gradients_only_where_plain_ones_are_ill_and_residual_ones_healthy(
    changed: dict[str, Any], verdict: str
) -> None:
    assert found("cure vanishing", **changed).verdict == verdict


def test_a_gradient_is_given_with_its_factor_its_range_and_its_state() -> None:
    words = found("cure vanishing", plain=VANISHING).sentences[0]
    assert "plain network of 56 layers is 0.001 times" in words
    assert "it vanishes" in words
    assert "The shortcut cures it." in words


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "holds"),
        ({"plain_batchnorm": EXPLODING}, "does not hold"),
        ({"plain_batchnorm": {"probes": (probe(500.0), probe(1.0, 10))}}, "holds in part"),
        ({"plain_bare": EXPLODING}, "holds"),
    ],
)
def test_he_et_al_are_judged_by_plain_networks_with_batch_norm_alone(
    changed: dict[str, Any], verdict: str
) -> None:
    assert found("He et al.", **changed).verdict == verdict


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "not shown"),
        ({"plain": {"training_loss": 2.0}}, "holds"),
        ({"plain": BLOWN_UP}, "holds"),
        ({"plain": {"training_loss": 2.0}, "residual": {"training_loss": 1.0}}, "does not hold"),
        ({"plain_bare": {"training_loss": 0.105}}, "not shown"),
    ],
)
def test_degradation_is_a_loss_that_every_seed_of_the_deepest_has_higher(
    changed: dict[str, Any], verdict: str
) -> None:
    assert found("degradation", **changed).verdict == verdict


def test_networks_that_blew_up_are_counted() -> None:
    finding = found("training succeeds", plain=BLOWN_UP)
    assert finding.verdict == "holds"
    assert finding.sentences[0].startswith("Of 12 plain networks 6 blew up")


def test_a_block_can_be_skipped_if_the_accuracy_stays_and_plain_networks_cannot_do_the_same() -> (
    None
):
    broken = {"deletion": Deletion(total=100, whole=0.99, without=(0.1, 0.2))}
    assert found("can be skipped").verdict == "holds in part"
    assert found("can be skipped", plain=broken).verdict == "holds"
    assert found("can be skipped", residual=broken).verdict == "does not hold"
    assert found("can be skipped", residual=BLOWN_UP).verdict == "not shown"


def test_neighbours_gradients_are_compared_with_plain_networks_of_the_same_depth() -> None:
    assert found("neighbouring", plain={"correlation": (0.2, 0.1)}).verdict == "holds"
    assert found("neighbouring", residual={"correlation": (0.2, 0.1)}).verdict == "does not hold"
    assert found("neighbouring", residual={"correlation": (None, None)}).verdict == "not shown"


def test_never_reaching_the_goal_is_later_than_any_step() -> None:
    finding = found("fewer steps", plain={"steps_to_goal": None})
    assert finding.verdict == "holds"
    assert "plain networks did not reach it with any of 3 seeds" in finding.sentences[0]


def test_the_papers_accuracy_holds_only_where_every_seed_at_every_depth_has_it() -> None:
    assert found("98 to 99").verdict == "holds"
    assert found("98 to 99", residual_batchnorm=BLOWN_UP).verdict == "holds in part"
