"""What is said of pooling follows from the numbers."""

from typing import Any

import pytest

from inkdigit.studies.pooling.bends import SWEEPS
from inkdigit.studies.pooling.findings import judge
from inkdigit.studies.pooling.networks import REDUCTIONS
from inkdigit.studies.pooling.training import Swept, Trained
from inkdigit.studies.poster import Finding
from inkdigit.studies.tested import Tested


def swept(bent: float) -> tuple[Swept, ...]:
    """Answer every bent digit with this accuracy, and digits as they are rightly."""
    return tuple(
        Swept(
            name=sweep.name,
            settings=sweep.settings,
            accuracies=tuple(1.0 if s == sweep.neutral else bent for s in sweep.settings),
            neutral=sweep.neutral,
        )
        for sweep in SWEEPS
    )


def trained(**changed: dict[str, Any]) -> list[Trained]:
    """Make all networks alike, but for what is changed by the name of their reduction."""
    return [
        Trained(
            **{
                "reduction": reduction,
                "augmented": augmented,
                "seed": seed,
                "parameters": 1000,
                "operations": 100,
                "training_s": 1.0,
                "answer_ms": 0.1,
                "training_accuracy": 0.99,
                "test": Tested(accuracy=0.98, wrong=20, total=1000, low=0.97, high=0.99, loss=0.1),
                "sweeps": swept(0.9 if augmented else 0.5),
            }
            | changed.get(reduction, {})
        )
        for reduction in REDUCTIONS
        for augmented in (False, True)
        for seed in range(3)
    ]


def found(part: str, **changed: dict[str, Any]) -> Finding:
    return next(each for each in judge(trained(**changed)) if part in each.claim)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "not shown"),
        ({"strided": {"sweeps": swept(0.3)}}, "holds"),
        ({"strided": {"sweeps": swept(0.95)}}, "does not hold"),
        ({"max": {"sweeps": swept(0.95)}, "average": {"sweeps": swept(0.2)}}, "holds in part"),
        ({"none": {"sweeps": swept(0.1)}}, "not shown"),
    ],
)
def test_stability_is_judged_against_convolutions_with_the_same_weights(
    changed: dict[str, Any], verdict: str
) -> None:
    assert found("rotation", **changed).verdict == verdict


def test_stability_is_what_is_left_of_the_accuracy_on_digits_as_they_are() -> None:
    assert swept(0.25)[0].stability == 0.25
    half = Swept(name="shift", settings=(-1, 0, 1), accuracies=(0.2, 0.5, 0.3), neutral=0)
    assert half.stability == 0.5


def test_every_way_of_bending_has_a_finding_with_its_range() -> None:
    words = found("translation").sentences[0]
    assert "-6 to 6 pixels to the right" in words
    assert "60 to 140 per cent of the size" in found("change of size").sentences[0]


def test_pooling_saves_computation_in_part_where_striding_saves_more() -> None:
    assert found("saves computation").verdict == "does not hold"
    more = {"none": {"operations": 400}}
    assert found("saves computation", **more).verdict == "holds"
    finding = found("saves computation", **more, strided={"operations": 25})
    assert finding.verdict == "holds in part"
    assert "4.0 times fewer" in finding.sentences[0]
    assert "4.0 times as many as strided" in finding.sentences[0]


def test_overfitting_is_a_larger_gap_without_pooling() -> None:
    assert found("overfitting").verdict == "not shown"
    assert found("overfitting", none={"training_accuracy": 1.0}).verdict == "holds"
    worse = {"training_accuracy": 1.0}
    assert found("overfitting", max=worse, average=worse).verdict == "does not hold"


def test_augmentation_is_weighed_against_pooling() -> None:
    assert found("Augmentation").verdict == "holds"
    assert found("Augmentation", strided={"sweeps": swept(0.01)}).verdict == "does not hold"
