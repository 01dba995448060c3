"""A run that is asked about every bent picture teaches what it says of what people wrote."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from inkdigit.config import RunConfig, validate
from inkdigit.data.source import open_source
from inkdigit.errors import CheckpointError, ConfigError
from inkdigit.training.device import choose_machine
from inkdigit.training.loop import StepReport
from inkdigit.training.run_folder.checkpoint import CHECKPOINTS, card_of, save_best
from inkdigit.training.setup import set_up
from inkdigit.training.teacher_network import TeacherNetwork, open_teacher
from inkdigit.training.to_the_end import Report, train_to_the_end
from tests.training.conftest import config_for


class ByInk(nn.Module):
    """Says class 0 of pictures with little ink, and class 2 of those with much."""

    def forward(self, pixels: Tensor) -> Tensor:
        ink = pixels.float().mean(dim=(1, 2, 3)) / 255
        return torch.stack((1 - ink, torch.full_like(ink, -9), ink), dim=1)


def trained(config: RunConfig, folder: Path) -> Path:
    """Train a run of which there is nothing but its best network."""
    source = open_source(config.data)
    learner, _ = train_to_the_end(config, source, choose_machine(config.training))
    save_best(folder / CHECKPOINTS, learner.network, card_of(learner, source))
    return folder


def last_layer(network: nn.Module) -> nn.Module:
    return network.get_submodule("fc")


def test_a_teacher_has_its_share_and_the_label_the_rest() -> None:
    teacher = TeacherNetwork(ByInk(), 3, share=0.25, taught=10)
    pixels = torch.tensor([0.0, 255.0]).view(2, 1, 1, 1).expand(2, 1, 4, 4)
    shares = teacher(pixels, torch.tensor([1, 2]), torch.tensor([3, 9]))
    said = torch.tensor([[1.0, -9.0, 0.0], [0.0, -9.0, 1.0]]).softmax(dim=1)
    labels = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(shares, 0.25 * said + 0.75 * labels)


def test_drawn_pictures_keep_their_labels_and_not_digits_have_none() -> None:
    teacher = TeacherNetwork(ByInk(), 3, share=1.0, taught=1)
    shares = teacher(torch.zeros(3, 1, 4, 4), torch.tensor([1, 1, 3]), torch.tensor([0, 1, 2]))
    assert shares[0].argmax() == 0
    assert shares[1].tolist() == [0, 1, 0]
    assert shares[2].tolist() == [0, 0, 0]


def test_what_comes_behind_the_classes_is_not_looked_at() -> None:
    class WithEvidence(ByInk):
        def forward(self, pixels: Tensor) -> Tensor:
            return torch.cat((super().forward(pixels), torch.full((len(pixels), 1), 99.0)), dim=1)

    asked = (torch.rand(5, 1, 4, 4) * 255, torch.zeros(5, dtype=torch.int64), torch.arange(5))
    plain, more = (
        TeacherNetwork(each, 3, share=1.0, taught=5) for each in (ByInk(), WithEvidence())
    )
    torch.testing.assert_close(plain(*asked), more(*asked))


def test_it_is_asked_about_pictures_as_they_are_bent_and_before_they_are_disguised(
    pictures: Path, tmp_path: Path
) -> None:
    """Whatever pen and paper a picture gets, the answer is that to the bent one."""
    run = trained(config_for(pictures), tmp_path / "run")
    told = {"teacher": str(run), "teacher_share": 1.0}
    bending = {"shift": 0.1, "rotation_deg": 20.0}
    seen = []
    for looks in ({}, {"appearance": 1.0, "erasing": 1.0}):
        config = config_for(pictures, training=told, augmentation=bending | looks)
        source, machine = open_source(config.data), choose_machine(config.training)
        batches = set_up(config, source, machine, init_from=None).batches
        seen.append(list(batches.epoch(1)))
    teacher = open_teacher(run, source, machine, share=1.0, taught=len(source.train))
    for (bent, shares), (disguised, same) in zip(*seen, strict=True):
        assert not torch.equal(bent, disguised)
        assert torch.equal(shares, same)
        labels = torch.zeros(len(bent), dtype=torch.int64)
        assert torch.equal(shares, teacher(bent, labels, labels))


def test_a_run_learns_what_a_teacher_says_against_the_labels(
    pictures: Path, tmp_path: Path
) -> None:
    """A teacher that learned to take each class for the next is believed, if it has all the say."""
    plain = config_for(pictures, training={"epochs": 8})
    source, machine = open_source(plain.data), choose_machine(plain.training)
    learner, right = train_to_the_end(plain, source, machine)
    with torch.no_grad():
        for part in last_layer(learner.network).parameters():
            part.copy_(part.roll(1, 0))
    save_best(tmp_path / CHECKPOINTS, learner.network, card_of(learner, source))
    told = {"epochs": 8, "teacher": str(tmp_path), "teacher_share": 1.0}
    _, taught = train_to_the_end(config_for(pictures, training=told), source, machine)
    assert right.accuracy > 0.9
    assert taught.accuracy < 0.1


def test_a_taught_training_that_was_killed_goes_on_to_the_same_bits(
    pictures: Path, tmp_path: Path
) -> None:
    run = trained(config_for(pictures), tmp_path / "run")
    told = {"teacher": str(run), "checkpoint_every_s": 0.0}
    config = config_for(pictures, training=told)
    source, machine = open_source(config.data), choose_machine(config.training)

    def die(report: Report) -> None:
        if isinstance(report, StepReport) and report.step == 8:
            raise KeyboardInterrupt

    whole, _ = train_to_the_end(config, source, machine)
    with pytest.raises(KeyboardInterrupt):
        train_to_the_end(config, source, machine, checkpoints=tmp_path / "kept", watch=die)
    again, _ = train_to_the_end(config, source, machine, checkpoints=tmp_path / "kept")
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name


def test_drawn_digits_are_certain_in_a_run_too(tmp_path: Path) -> None:
    settings = {"training": {"device": "cpu", "epochs": 1, "batch_size": 512}}
    run = trained(validate(settings), tmp_path / "run")
    settings["training"] |= {"teacher": str(run), "teacher_share": 0.5}
    config = validate(settings | {"data": {"not_digits": 20, "other_hands": 10}})
    source, machine = open_source(config.data), choose_machine(config.training)
    setup = set_up(config, source, machine, init_from=None)
    shares = torch.cat([shares for _, shares in setup.batches.epoch(1)])
    assert len(shares) == len(source.train) + 30
    assert int((shares.sum(dim=1) == 0).sum()) == 20
    assert int((shares == 1).any(dim=1).sum()) == 10
    assert one_hot(shares.argmax(dim=1), 10).sum() == len(shares)


def test_a_teacher_of_other_classes_or_shapes_is_refused(pictures: Path, tmp_path: Path) -> None:
    run = trained(config_for(pictures), tmp_path / "run")
    digits = validate({"training": {"teacher": str(run), "device": "cpu"}})
    with pytest.raises(ConfigError, match=r"knows the classes bar, dash, slash at 20×20 and grey"):
        set_up(digits, open_source(digits.data), choose_machine(digits.training), init_from=None)
    larger = config_for(
        pictures,
        data={"image_size": 32},
        training={"teacher": str(run)},
    )
    with pytest.raises(ConfigError, match=r"expected the classes bar, dash, slash at 32×32"):
        set_up(larger, open_source(larger.data), choose_machine(larger.training), init_from=None)


def test_a_folder_that_is_no_run_is_refused(pictures: Path, tmp_path: Path) -> None:
    config = config_for(pictures, training={"teacher": str(tmp_path)})
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        set_up(config, open_source(config.data), choose_machine(config.training), init_from=None)
