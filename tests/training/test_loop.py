"""What the loop promises: the same seed gives the same weights, and reports tell what happened."""

from contextlib import closing
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from inkdigit.data.batches import Batches
from inkdigit.errors import DivergedError
from inkdigit.models.catalogue import find
from inkdigit.models.spec import ModelSpec
from inkdigit.training.loop import EpochReport, Learner, Score, StepReport, train
from inkdigit.training.recognizer import TorchRecognizer, score
from inkdigit.types import Split
from tests.training.conftest import CLASSES, quick_config, strokes_split

CPU = torch.device("cpu")
BENT = {"shift": 0.1, "rotation_deg": 10, "elastic_px": 0.5, "stroke": 0.3, "erasing": 0.2}


def no_score(_network: nn.Module) -> Score:
    return Score(accuracy=0.0, loss=0.0, objective=0.0, wrong=1, total=1)


def learn(
    split: Split, spec: ModelSpec, **sections: dict[str, Any]
) -> tuple[Learner, list[StepReport | EpochReport]]:
    config = quick_config(**sections)
    torch.manual_seed(config.training.seed)
    learner = Learner(find("fast-cnn").build(spec), config)
    batches = Batches(split, config.training, config.augmentation, device=CPU)
    return learner, list(train(learner, batches, no_score))


def weights(learner: Learner) -> Tensor:
    return torch.cat([each.flatten() for each in learner.network.state_dict().values()])


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon"])
def test_the_same_seed_gives_the_same_weights_to_the_bit(
    split: Split, spec: ModelSpec, optimizer: str
) -> None:
    sections: dict[str, dict[str, Any]] = {
        "augmentation": BENT,
        "averaging": {"decay": 0.9},
        "optimizer": {"name": optimizer, "learning_rate": 0.01},
    }
    first, _ = learn(split, spec, **sections)
    torch.manual_seed(12345)  # whatever the caller drew in between does not matter
    second, _ = learn(split, spec, **sections)
    assert torch.equal(weights(first), weights(second))


def test_another_seed_gives_other_weights(split: Split, spec: ModelSpec) -> None:
    first, _ = learn(split, spec, training={"seed": 0})
    second, _ = learn(split, spec, training={"seed": 1})
    assert not torch.equal(weights(first), weights(second))


def test_what_a_network_draws_itself_is_a_function_of_the_seed(split: Split) -> None:
    class Drawing(nn.Module):
        """Logits from pixels through dropout."""

        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.fc = nn.Linear(400, 3)

        def forward(self, pixels: Tensor) -> Tensor:
            hidden = torch.dropout(pixels.flatten(1) / 255, 0.5, self.training)
            logits: Tensor = self.fc(hidden)
            return logits

    def trained(disturb: int) -> Tensor:
        config = quick_config()
        learner = Learner(Drawing(), config)
        batches = Batches(split, config.training, config.augmentation, device=CPU)
        for _ in train(learner, batches, no_score):
            torch.rand(disturb)
        return learner.model.get_parameter("fc.weight")

    assert torch.equal(trained(disturb=1), trained(disturb=7))


def test_the_loss_of_a_committee_is_the_mean_of_its_members_losses(
    split: Split, spec: ModelSpec
) -> None:
    config = quick_config()
    committee = find("strong-cnn-x3").build(spec)
    images, labels = (torch.from_numpy(part[:8].copy()) for part in split.read())
    pixels = images.permute(0, 3, 1, 2)
    members = list(committee.get_submodule("members").children())
    with torch.no_grad():  # batch norm of a training network: each call sees this batch alone
        alone = [float(cross_entropy(member(pixels), labels)) for member in members]
    loss, right, _ = Learner(committee, config).learn(pixels, labels, rate=0.0)
    assert loss == pytest.approx(sum(alone) / 3, rel=1e-4)
    assert 0 <= right <= 8


def test_reports_count_steps_over_the_run_and_pictures_over_the_epoch(
    split: Split, spec: ModelSpec
) -> None:
    _, reports = learn(split, spec)
    steps = [report for report in reports if isinstance(report, StepReport)]
    epochs = [report for report in reports if isinstance(report, EpochReport)]
    assert [step.step for step in steps] == list(range(1, 13))
    assert [epoch.iterations for epoch in epochs] == [6, 12]
    assert [epoch.images for epoch in epochs] == [len(split)] * 2
    first = steps[:6]
    expected = sum(step.loss * step.images for step in first) / len(split)
    assert epochs[0].training_loss == pytest.approx(expected)
    assert epochs[0].training_accuracy == sum(step.right for step in first) / len(split)
    assert epochs[0].training_s >= sum(step.seconds for step in first)


def test_the_loop_learns_to_tell_strokes_apart(split: Split, spec: ModelSpec) -> None:
    learner, _ = learn(
        split, spec, training={"epochs": 8}, averaging={"decay": 0.9}, augmentation=BENT
    )
    recognizer = TorchRecognizer(learner.network, CLASSES)
    assert score(recognizer, strokes_split(60, seed=99)).accuracy > 0.9


def test_one_step_is_what_the_formula_says(split: Split, spec: ModelSpec) -> None:
    config = quick_config(optimizer={"momentum": 0, "weight_decay": 0})
    learner = Learner(find("two-layer-cnn").build(spec), config)
    images = torch.from_numpy(split.images[:8]).permute(0, 3, 1, 2)
    labels = torch.from_numpy(split.labels[:8])
    before = learner.model.get_parameter("fc.bias").detach().clone()
    loss, _, norm = learner.learn(images, labels, rate=0.5)
    gradient = learner.model.get_parameter("fc.bias").grad
    assert gradient is not None
    torch.testing.assert_close(
        learner.model.get_parameter("fc.bias").detach(), before - 0.5 * gradient
    )
    squares = sum(
        float((each.grad**2).sum()) for each in learner.model.parameters() if each.grad is not None
    )
    assert norm == pytest.approx(squares**0.5, rel=1e-4)
    assert loss == pytest.approx(np.log(3), abs=0.5)


def test_class_weights_make_a_rare_class_count_more(split: Split, spec: ModelSpec) -> None:
    images = torch.from_numpy(split.images[:6]).permute(0, 3, 1, 2)
    labels = torch.from_numpy(split.labels[:6])
    network = find("two-layer-cnn").build(spec)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    losses = []
    for class_weights in (None, torch.tensor([1.0, 0.0, 0.0])):
        network.load_state_dict(state)
        learner = Learner(network, quick_config(), class_weights=class_weights)
        losses.append(learner.learn(images, labels, rate=0.0)[0])
    network.load_state_dict(state)
    only_bars = labels == 0
    with torch.no_grad():
        expected = nn.functional.cross_entropy(network(images[only_bars]), labels[only_bars])
    assert losses[1] == pytest.approx(float(expected), rel=1e-4)
    assert losses[0] != pytest.approx(losses[1], rel=1e-4)


def test_mixed_precision_takes_the_same_path_and_stays_close(split: Split, spec: ModelSpec) -> None:
    images = torch.from_numpy(split.images[:32]).permute(0, 3, 1, 2)
    labels = torch.from_numpy(split.labels[:32])
    losses = []
    for autocast in (None, torch.bfloat16):
        torch.manual_seed(0)
        learner = Learner(find("fast-cnn").build(spec), quick_config(), autocast=autocast)
        losses.append(learner.learn(images, labels, rate=0.1)[0])
    assert losses[0] == pytest.approx(losses[1], rel=0.05)
    assert losses[0] != losses[1]


def test_a_gradient_longer_than_the_limit_is_shortened_to_it(split: Split, spec: ModelSpec) -> None:
    learner = Learner(find("fast-cnn").build(spec), quick_config(optimizer={"clip_norm": 0.01}))
    images = torch.from_numpy(split.images[:16]).permute(0, 3, 1, 2)
    _, _, norm = learner.learn(images, torch.from_numpy(split.labels[:16]), rate=0.1)
    squares = sum(
        float((each.grad**2).sum()) for each in learner.model.parameters() if each.grad is not None
    )
    assert norm > 0.01
    assert squares**0.5 == pytest.approx(0.01, rel=1e-3)


def test_a_loss_that_is_no_number_stops_with_epoch_and_step(spec: ModelSpec) -> None:
    with pytest.raises(DivergedError, match=r"epoch \d+, step \d+.*learning_rate"):
        learn(
            strokes_split(), spec, optimizer={"learning_rate": 1e30}, schedule={"name": "constant"}
        )


def test_a_validation_loss_that_is_no_number_stops_too(split: Split, spec: ModelSpec) -> None:
    config = quick_config()
    learner = Learner(find("fast-cnn").build(spec), config)
    batches = Batches(split, config.training, config.augmentation, device=CPU)

    def broken(_network: nn.Module) -> Score:
        return Score(accuracy=0.0, loss=float("nan"), objective=0.0, wrong=1, total=1)

    with pytest.raises(DivergedError, match="validation loss is nan in epoch 1, step 6"):
        list(train(learner, batches, broken))


def test_leaving_the_loop_early_keeps_the_learner_usable(split: Split, spec: ModelSpec) -> None:
    config = quick_config()
    learner = Learner(find("fast-cnn").build(spec), config)
    batches = Batches(split, config.training, config.augmentation, device=CPU)
    with closing(train(learner, batches, no_score)) as reports:
        next(reports)
    assert learner.step == 1
    assert torch.isfinite(weights(learner)).all()


def test_the_average_is_what_is_judged_and_it_differs_from_the_last_weights(
    split: Split, spec: ModelSpec
) -> None:
    learner, _ = learn(split, spec, averaging={"decay": 0.9})
    assert learner.network is not learner.model
    assert not torch.equal(
        learner.network.get_parameter("fc.weight"), learner.model.get_parameter("fc.weight")
    )
    plain, _ = learn(split, spec)
    assert plain.network is plain.model
    assert torch.equal(
        plain.model.get_parameter("fc.weight"), learner.model.get_parameter("fc.weight")
    )
