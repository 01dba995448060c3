"""A tiny world to train in: three classes of drawn strokes on 20×20 pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import RunConfig, validate
from inkdigit.models.spec import ModelSpec
from inkdigit.types import Images, Labels, Split

CLASSES = ("bar", "dash", "slash")


def draw_strokes(count: int, seed: int) -> tuple[Images, Labels]:
    """Draw a vertical, a horizontal or a slanted stroke at a random place, on light noise."""
    draws = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    images = draws.integers(0, 40, (count, 20, 20, 1)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        x, y = draws.integers(3, 9, 2)
        for i in range(9):
            column, row = ((x, y + i), (x + i, y), (x + i, y + 8 - i))[label]
            image[row : row + 2, column : column + 2] = draws.integers(180, 256)
    return images, labels.astype(np.int64)


def strokes_split(count: int = 96, seed: int = 0) -> Split:
    images, labels = draw_strokes(count, seed)
    return Split("train", CLASSES, images, labels, np.arange(count), sha256="0" * 64)


@pytest.fixture
def split() -> Split:
    return strokes_split()


@pytest.fixture
def spec() -> ModelSpec:
    return ModelSpec(20, 1, len(CLASSES), mean=(40.0,), std=(60.0,))


def quick_config(**sections: dict[str, Any]) -> RunConfig:
    """Two epochs of steps of 16; further settings by section."""
    settings: dict[str, dict[str, Any]] = {
        "training": {"epochs": 2, "batch_size": 16, "threads": 1, "device": "cpu"}
    }
    for section, values in sections.items():
        settings[section] = settings.get(section, {}) | values
    return validate(settings)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 120 strokes as a folder of PNGs, a sub-folder for each class."""
    folder = tmp_path_factory.mktemp("strokes")
    images, labels = draw_strokes(120, seed=5)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / CLASSES[label] / f"{number}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(image[:, :, 0]).save(place)
    return folder


def config_for(pictures: Path, **sections: dict[str, Any]) -> RunConfig:
    """Three short epochs on a folder, averaged and augmented; further settings by section."""
    settings: dict[str, dict[str, Any]] = {
        "data": {"source": str(pictures)},
        "training": {"epochs": 3},
        "averaging": {"decay": 0.8},
        "augmentation": {"shift": 0.05},
    }
    for section, values in sections.items():
        settings[section] = settings.get(section, {}) | values
    return quick_config(**settings)
