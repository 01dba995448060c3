"""Linear probes: how well a plain linear classifier does with what a stage gives.

Source: Alain and Bengio 2016, *Understanding intermediate layers using linear classifier probes*.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from inkdigit.evaluation.metrics import wilson_interval
from inkdigit.studies.layers.stages import Stage, look

_PLACES = 4  # a side: maps are averaged to so many, so that every stage has as many places
_BLOCK = 500  # pictures asked at once
_STRENGTH = 0.01  # inverse, of the regularization: features are many, pictures few
_ROUNDS = 200

Pictures = tuple[Tensor, Tensor]  # raw pixels and labels


@dataclass(frozen=True)
class Probe:
    """What a linear classifier makes of one stage."""

    stage: str  # "pixels" for the picture itself
    features: int
    wrong: int
    total: int
    accuracy: float  # on validation pictures
    low: float  # 95 %, Wilson
    high: float


def probe(network: nn.Module, learned: Pictures, asked: Pictures) -> tuple[Probe, ...]:
    """Fit a linear classifier to what each stage gives, and to the pixels.

    Args:
        network: trained; it is set to evaluation.
        learned: pictures that the classifiers learn from.
        asked: others that they are judged by.
    """
    known, new = _features(network, learned[0]), _features(network, asked[0])
    return tuple(
        _fit(stage, known[stage], learned[1].cpu().numpy(), new[stage], asked[1].cpu().numpy())
        for stage in known
    )


def _fit(
    stage: str,
    known: NDArray[np.float32],
    labels: NDArray[np.int64],
    new: NDArray[np.float32],
    truth: NDArray[np.int64],
) -> Probe:
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS, random_state=0)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits do not matter here
        classifier.fit(known, labels)
    right, total = int((classifier.predict(new) == truth).sum()), len(truth)
    low, high = wilson_interval(right, total)
    return Probe(stage, known.shape[1], total - right, total, right / total, low, high)


def _features(network: nn.Module, pixels: Tensor) -> dict[str, NDArray[np.float32]]:
    """Give (N, features) of the pixels and of every stage."""
    network.eval()
    found: dict[str, list[Tensor]] = {}
    with torch.inference_mode():
        for part in torch.split(pixels, _BLOCK):
            whole = Stage("pixels", part.float().flatten(1))
            for stage in (whole, *look(network, part)):
                found.setdefault(stage.name, []).append(_pooled(stage))
    return {name: torch.cat(parts).float().cpu().numpy() for name, parts in found.items()}


def _pooled(stage: Stage) -> Tensor:
    if not stage.has_maps:
        return stage.output
    side = min(_PLACES, stage.output.shape[2])
    return adaptive_avg_pool2d(stage.output, side).flatten(1)
