"""A truthful small run folder, built by hand: every figure in it follows from the answers in it."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, exp, pi
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigit.config import dump, load
from inkdigit.durable import append_line, write_json, write_text
from inkdigit.evaluation import metrics
from inkdigit.evaluation.test import test as run_test
from inkdigit.types import Images, Labels, Probabilities, Split, SplitName

DIGITS = tuple("0123456789")


class KnownAnswers:
    """A recognizer that gives prepared answers, picture after picture."""

    def __init__(self, class_names: tuple[str, ...], answers: Probabilities) -> None:
        self._class_names = class_names
        self._answers = answers
        self._asked = 0

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._class_names

    def probabilities(self, images: Images) -> Probabilities:
        self._asked += len(images)
        return self._answers[self._asked - len(images) : self._asked]


@dataclass(frozen=True)
class Recipe:
    """What a built run is like."""

    class_names: tuple[str, ...] = DIGITS
    epochs: int = 3
    steps: int = 8  # of an epoch
    size: int = 60  # pictures of the test split; validation has half
    wrong: int = 5
    seed: int = 0
    settings: tuple[str, ...] = ()
    split_seed: int = 0


def build_run(folder: Path, recipe: Recipe = Recipe()) -> Path:
    """Write the folder of a finished run."""
    folder.mkdir(parents=True)
    settings = (f"training.epochs={recipe.epochs}", *recipe.settings)
    config = load(overrides=settings)
    write_text(folder / "config.toml", dump(config))
    test_split = make_split("test", recipe.class_names, recipe.size, recipe.split_seed)
    validation = make_split("validation", recipe.class_names, recipe.size // 2, recipe.split_seed)
    write_json(folder / "environment.json", _ENVIRONMENT)
    _write_data(folder, recipe, validation, test_split)
    write_json(folder / "model.json", _NETWORK)
    answers = make_answers(validation.labels, recipe, wrong=max(0, recipe.wrong // 2))
    predicted = answers.argmax(axis=1)
    _write_curves(folder, recipe, predicted, validation.labels)
    write_json(
        folder / "validation.json",
        {
            "sha256": validation.sha256,
            "class_names": recipe.class_names,
            "labels": validation.labels.tolist(),
            "predicted": predicted.tolist(),
        },
    )
    recognizer = KnownAnswers(
        recipe.class_names, make_answers(test_split.labels, recipe, wrong=recipe.wrong)
    )
    tested = run_test(
        recognizer, test_split, openings=folder / "test_openings.jsonl", why="the run's end"
    )
    wrong = int((predicted != validation.labels).sum())
    write_json(
        folder / "result.json",
        {
            "run": str(folder),
            "model": str(folder / "model.onnx"),
            "epoch": recipe.epochs,
            "validation": {
                "accuracy": 1 - wrong / len(validation),
                "wrong": wrong,
                "total": len(validation),
                "loss": metrics.cross_entropy(answers, validation.labels),
                "objective": metrics.cross_entropy(answers, validation.labels),
            },
            "test": tested.to_record(),
            "seconds": {"training": 4.2 * recipe.epochs, "total": 4.9 * recipe.epochs + 3},
        },
    )
    _write_samples(folder / "augmented.png", test_split.images)
    return folder


def make_split(name: SplitName, class_names: tuple[str, ...], size: int, seed: int = 0) -> Split:
    """Draw pictures of noise with labels that cover every class in turn."""
    draw = np.random.default_rng([seed, size])
    images = draw.integers(0, 256, (size, 28, 28, 1), dtype=np.uint8)
    labels = np.arange(size, dtype=np.int64) % len(class_names)
    digest = hashlib.sha256(images.tobytes() + json.dumps(class_names).encode()).hexdigest()
    return Split(name, class_names, images, labels, np.arange(size), digest)


def make_answers(labels: Labels, recipe: Recipe, *, wrong: int) -> Probabilities:
    """Give probabilities that are right but for `wrong` pictures, drawn by the recipe's seed."""
    draw = np.random.default_rng([recipe.seed, len(labels)])
    classes = len(recipe.class_names)
    logits = draw.normal(0, 1, (len(labels), classes))
    predicted = labels.copy()
    missed = draw.choice(len(labels), wrong, replace=False)
    predicted[missed] = (labels[missed] + draw.integers(1, classes, wrong)) % classes
    logits[np.arange(len(labels)), predicted] = logits.max(axis=1) + draw.uniform(1, 7, len(labels))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    answers: Probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return answers


def _write_data(folder: Path, recipe: Recipe, validation: Split, test_split: Split) -> None:
    write_json(
        folder / "splits.json",
        {
            "source": "mnist-5k",
            "class_names": recipe.class_names,
            "preparation": {"image_size": 28, "channels": 1, "invert": False},
            "left_out": 0,
            "splits": {
                "train": {"size": recipe.steps * 128, "sha256": "a" * 64},
                "validation": {"size": len(validation), "sha256": validation.sha256},
                "test": {"size": len(test_split), "sha256": test_split.sha256},
            },
        },
    )


def _write_curves(folder: Path, recipe: Recipe, predicted: Labels, truth: Labels) -> None:
    """Let the loss fall with noise and a spike; the last epoch's validation is the true one."""
    draw = np.random.default_rng(recipe.seed)
    total, all_steps = len(truth), recipe.epochs * recipe.steps
    final_wrong = int((predicted != truth).sum())
    lines = []
    for epoch in range(1, recipe.epochs + 1):
        for step in range((epoch - 1) * recipe.steps + 1, epoch * recipe.steps + 1):
            done = step / all_steps
            loss = (2.3 * exp(-12 * done) + 0.03 * (1.2 - done)) * exp(draw.normal(0, 0.35))
            rate = 0.1 * min(done / 0.2, (1 + cos(pi * max(0, done - 0.2) / 0.8)) / 2)
            lines.append(
                {
                    "kind": "step",
                    "epoch": epoch,
                    "step": step,
                    "loss": loss * (5 if step == all_steps // 2 else 1),
                    "learning_rate": rate,
                    "gradient_norm": 0.6 * exp(-2 * done) * exp(draw.normal(0, 0.5)),
                }
            )
        left = exp(-9 * epoch / recipe.epochs)
        wrong = min(total, final_wrong + round(0.3 * total * (left - exp(-9))))
        lines.append(
            {
                "kind": "epoch",
                "epoch": epoch,
                "iterations": epoch * recipe.steps,
                "training_loss": 0.015 + 1.9 * left,
                "training_accuracy": 0.997 - 0.4 * left,
                "validation_loss": 0.04 + 1.2 * left,
                "validation_accuracy": 1 - wrong / total,
                "validation_wrong": wrong,
                "validation_total": total,
                "learning_rate": rate,
            }
        )
        append_line(
            folder / "timings.jsonl",
            {
                "epoch": epoch,
                "training_s": 4.2,
                "validation_s": 0.3,
                "images_per_s": 12_000 + 300 * draw.normal(),
            },
        )
    write_text(folder / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


def _write_samples(path: Path, images: Images) -> None:
    rows = [np.concatenate(images[k : k + 10, :, :, 0], axis=1) for k in (0, 10)]
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(rows)).save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())


def _layer(name: str, kind: str, output: Sequence[int], size: tuple[int, int]) -> dict[str, object]:
    parameters, operations = size
    return {
        "name": name,
        "kind": kind,
        "output": list(output),
        "parameters": parameters,
        "operations": operations,
    }


_NETWORK = {
    "name": "fast-cnn",
    "parameters": 416 + 32 + 16_458,
    "operations": 230_400 + 16_384,
    "layers": [
        _layer("conv1.convolution", "Conv2d", (16, 24, 24), (416, 230_400)),
        _layer("conv1.norm", "BatchNorm2d", (16, 24, 24), (32, 0)),
        _layer("pool", "MaxPool2d", (16, 12, 12), (0, 0)),
        _layer("fc", "Linear", (10,), (16_458, 16_384)),
    ],
}

_ENVIRONMENT = {
    "inkdigit": "0.1.0",
    "python": "3.12.4",
    "torch": "2.9.1+cpu",
    "torchvision": "0.24.1",
    "numpy": "2.3.0",
    "onnxruntime": "1.23.0",
    "platform": "Linux-6.1-x86_64",
    "processor": "AMD EPYC 9554, AVX512",
    "cores": 2,
    "threads": 2,
    "device": "cpu",
    "precision": "fp32",
    "command": ["inkdigit", "train", "--data", "my digits", "-s", "training.epochs=3"],
    "started": "2026-11-22T10:00:00+00:00",
}
