"""What is said of layers is right for networks of which it is known."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from inkdigit.errors import DataError
from inkdigit.models.catalogue import MODELS, find
from inkdigit.models.spec import ModelSpec
from inkdigit.studies.layers.dense import dense_matrix, disagreement, shared_weights
from inkdigit.studies.layers.fields import receptive_fields
from inkdigit.studies.layers.filters import orientations
from inkdigit.studies.layers.findings import judge
from inkdigit.studies.layers.probes import probe
from inkdigit.studies.layers.report import write_report
from inkdigit.studies.layers.stages import last_features, look, one_alone
from inkdigit.studies.layers.study import Sizes, study
from inkdigit.training.run import run
from inkdigit.types import Images, Labels
from tests.evaluation.html_check import read_offline_page
from tests.training.conftest import CLASSES, config_for

SPEC = ModelSpec(28, 1, 10, mean=(33.0,), std=(78.0,))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return one_alone(find(name).build(SPEC).eval())


def some_digits(digits: tuple[Images, Labels], step: int) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = digits[0][::step], digits[1][::step]
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_of_the_catalogue_has_stages_with_maps(
    name: str, digits: tuple[Images, Labels]
) -> None:
    network = build(name)
    pixels, _ = some_digits(digits, 2500)
    stages = look(network, pixels)
    assert stages[0].name == "conv1"
    assert all(stage.output.shape[0] == 2 for stage in stages)
    sides = [stage.output.shape[2] for stage in stages if stage.has_maps]
    assert len(sides) >= 2
    assert sides == sorted(sides, reverse=True)
    assert last_features(network, pixels).shape == (2, network.fc.in_features)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "sides"),
    [  # by hand: a kernel adds (its side - 1) times the strides before it
        ("two-layer-cnn", [6, 12]),  # 5, pooled: 6; 3 at stride 2: 10, pooled: 12
        ("fast-cnn", [5, 11, 23, 28]),  # 5; 3 at 2: 9, pooled 11; 3 at 4: 19, pooled 23; 3 at 8
    ],
)
def test_receptive_fields_are_those_that_follow_from_the_kernels(
    name: str, sides: list[int], digits: tuple[Images, Labels]
) -> None:
    fields = receptive_fields(build(name), some_digits(digits, 1250)[0])
    assert [field.side for field in fields] == sides
    assert all(0 < field.listened < 1 for field in fields)


def test_a_convolution_and_its_matrix_give_the_same() -> None:
    convolution = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    matrix = dense_matrix(convolution, 7)
    assert matrix is not None
    assert matrix.shape == (2 * 7 * 7, 3 * 4 * 4)
    assert disagreement(convolution, matrix, torch.randn(5, 2, 7, 7)) < 1e-5


def test_a_matrix_that_is_too_large_is_not_written_out() -> None:
    assert dense_matrix(nn.Conv2d(3, 64, 3, padding=1), 64) is None


def test_what_sharing_saves_is_counted_against_a_dense_layer_with_a_bias() -> None:
    first = shared_weights(build("two-layer-cnn"), SPEC)[0]
    assert (first.inputs, first.outputs) == (28 * 28, 32 * 24 * 24)
    assert first.weights == 32 * 25 + 32
    assert first.dense == 28 * 28 * 32 * 24 * 24 + 32 * 24 * 24


def test_an_edge_is_known_by_its_direction_and_a_blob_is_none() -> None:
    upright = np.tile([-1.0, 0.0, 1.0], (3, 1))
    blob = np.ones((3, 3))
    found = orientations(np.stack([upright, upright.T, blob])[:, None].astype(np.float32))
    assert [each.is_edge for each in found] == [True, True, False]
    assert found[0].direction_deg == pytest.approx(90, abs=1)
    assert min(found[1].direction_deg, 180 - found[1].direction_deg) < 1


def test_a_probe_counts_what_a_linear_classifier_gets_wrong(digits: tuple[Images, Labels]) -> None:
    pixels, labels = some_digits(digits, 10)
    found = probe(build("fast-cnn"), (pixels[::2], labels[::2]), (pixels[1::2], labels[1::2]))
    assert [each.stage for each in found] == ["pixels", "conv1", "conv2", "conv3", "conv4"]
    assert found[0].features == 784
    assert all(each.total == 250 and each.accuracy == 1 - each.wrong / 250 for each in found)
    assert found[0].accuracy > 0.6


def test_a_runs_page_is_complete_and_the_test_split_stays_closed(
    pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run(config_for(pictures, training={"epochs": 1}), folder)
    before = (folder / "test_openings.jsonl").read_bytes()
    found = study(folder, (), Sizes(learned=40, asked=12, mapped=12))
    page = read_offline_page(write_report(found).read_text("utf-8"))
    assert (folder / "test_openings.jsonl").read_bytes() == before
    assert "What the layers of fast-cnn see" in page.words
    for name in CLASSES:
        assert f"A {name} on its way through" in page.words
    assert len(judge(found)) == 5
    with pytest.raises(DataError, match="bar"):
        study(folder, ("bra",), Sizes(learned=40, asked=12, mapped=12))
