"""The whole study of one trained network.

The test split stays closed: everything is fitted on training and judged on validation pictures.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inkdigit.data.source import Source, open_source
from inkdigit.errors import DataError, unknown
from inkdigit.evaluation import run_record
from inkdigit.models.spec import ModelSpec
from inkdigit.models.summary import Layer, summarize
from inkdigit.studies.layers.dense import Shared, dense_matrix, disagreement, shared_weights
from inkdigit.studies.layers.fields import Field, receptive_fields
from inkdigit.studies.layers.filters import Orientation, orientations
from inkdigit.studies.layers.probes import Probe, probe
from inkdigit.studies.layers.stages import (
    Stage,
    first_convolution,
    last_features,
    look,
    one_alone,
)
from inkdigit.studies.layers.tsne import Map, lay_out
from inkdigit.studies.steps import first_pictures
from inkdigit.training.run_folder.checkpoint import best_network
from inkdigit.training.run_folder.resumption import require_same_data
from inkdigit.types import Split

_FIELD_PICTURES = 32  # over which a place's gradient is averaged


@dataclass(frozen=True)
class Sizes:
    """How many pictures each part takes, at most."""

    learned: int = 3000  # by linear probes
    asked: int = 2000
    mapped: int = 1000


QUICK = Sizes(learned=600, asked=500, mapped=300)


@dataclass(frozen=True)
class Sample:
    """A picture and what every stage gives for it."""

    label: str
    picture: NDArray[np.uint8]  # (side, side, channels)
    stages: tuple[Stage, ...]  # of one picture each


@dataclass(frozen=True)
class DenseFirst:
    """The first convolution as a matrix."""

    matrix: NDArray[np.float32]  # (inputs, outputs)
    zeros: float  # share of its entries
    difference: float  # the largest, between its answers and the convolution's
    pictures: int  # on which that was measured


@dataclass(frozen=True)
class Study:
    """Everything that was found out about one network."""

    run: Path
    network: str
    source: Source
    layers: tuple[Layer, ...]
    filters: NDArray[np.float32]  # (filters, channels, height, width) of the first convolution
    orientations: tuple[Orientation, ...]
    samples: tuple[Sample, ...]
    fields: tuple[Field, ...]
    probes: tuple[Probe, ...]
    learned: int  # pictures that the probes learned from
    shared: tuple[Shared, ...]
    dense: DenseFirst | None  # None where the matrix would be too large
    map: Map

    def to_record(self) -> dict[str, Any]:
        """Give the figures, as JSON can hold them."""
        return {
            "run": str(self.run),
            "network": self.network,
            "probes": [asdict(each) for each in self.probes],
            "fields": [
                {"stage": each.stage, "side": each.side, "listened": each.listened}
                for each in self.fields
            ],
            "filters": [asdict(each) for each in self.orientations],
            "shared": [
                asdict(each) | {"dense": each.dense, "saved": each.saved} for each in self.shared
            ],
            "layers": [asdict(each) for each in self.layers],
            "map": {"pictures": len(self.map.truth), "wrong": self.map.wrong},
        }


def study(run: Path, classes: tuple[str, ...], sizes: Sizes) -> Study:
    """Look into the network of a run's best epoch, on the CPU; of a committee, into one member.

    Args:
        run: its folder.
        classes: one picture of each is followed through the layers; none: of three classes.
        sizes: how many pictures each part takes.

    Raises:
        RunError: there is no run.
        DataError: the pictures changed, or a class is not among the run's.
        CheckpointError: there are no sound weights.
    """
    config = run_record.read_config(run)
    source = open_source(config.data)
    require_same_data(run, source)
    whole, spec = best_network(run)
    network = one_alone(whole)
    chosen = _places_of(source.validation, classes)
    device = torch.device("cpu")
    learned = first_pictures(source.train, sizes.learned, device)
    asked = first_pictures(source.validation, sizes.asked, device)
    mapped, truth = asked[0][: sizes.mapped], asked[1][: sizes.mapped].numpy()
    with torch.inference_mode():
        predicted = network(mapped)[:, : len(source.class_names)].argmax(dim=1).numpy()
    convolution = first_convolution(network)
    weights = convolution.weight.detach().numpy()
    return Study(
        run=run,
        network=config.model.name,
        source=source,
        layers=summarize(network, spec),
        filters=weights,
        orientations=orientations(weights),
        samples=tuple(_follow(network, source.validation, place) for place in chosen),
        fields=receptive_fields(network, asked[0][:_FIELD_PICTURES]),
        probes=probe(network, learned, asked),
        learned=len(learned[0]),
        shared=shared_weights(network, spec),
        dense=_dense(network, convolution, spec, mapped),
        map=lay_out(last_features(network, mapped).numpy(), truth, predicted, source.class_names),
    )


def _places_of(split: Split, classes: tuple[str, ...]) -> list[int]:
    """Find the first validation picture of each class: its position in the split."""
    names = split.class_names
    wanted = classes or tuple(names[k] for k in _spread(len(names)))
    labels = split.labels[split.indices]
    for name in wanted:
        if name not in names:
            raise DataError(f"{unknown('class', name, names)} Name one of them with --class.")
    return [int(np.flatnonzero(labels == names.index(name))[0]) for name in wanted]


def _spread(classes: int) -> list[int]:
    """Choose three classes; of the ten digits 3, 5 and 8, whose strokes differ most."""
    return [3, 5, 8] if classes == 10 else list(range(min(3, classes)))


def _follow(network: nn.Module, split: Split, place: int) -> Sample:
    picture = split.images[split.indices[place]].copy()  # a pack is read-only
    pixels = torch.from_numpy(picture[None]).permute(0, 3, 1, 2).contiguous()
    with torch.inference_mode():
        stages = look(network, pixels)
    return Sample(split.class_names[split.labels[split.indices[place]]], picture, stages)


def _dense(
    network: nn.Module, convolution: nn.Conv2d, spec: ModelSpec, pixels: Tensor
) -> DenseFirst | None:
    """Write the first convolution out, and compare the two on what really comes to it."""
    matrix = dense_matrix(convolution, spec.image_size)
    if matrix is None:
        return None
    kept: list[Tensor] = []
    handle = convolution.register_forward_pre_hook(lambda _part, given: kept.append(given[0]))
    try:
        with torch.inference_mode():
            network(pixels[:100])
    finally:
        handle.remove()
    difference = disagreement(convolution, matrix, kept[0])
    return DenseFirst(matrix, float((matrix == 0).mean()), difference, len(kept[0]))
