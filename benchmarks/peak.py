"""Which share of what the processor can do a step of training reaches: `python -m benchmarks.peak`.

    python -m benchmarks.peak [PRESET]...

The peak is what a product of large matrices reaches, in the precision of the preset. A step is
counted as its multiplications and additions alone: three times those of the forward pass. The rest
(batch norm, pooling, moving activations, the optimizer, bending) takes time and counts nothing.
Peak and steps are measured in turns. Nothing else may run meanwhile.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import count
from time import perf_counter

import torch

from benchmarks.results import append, commit, every, spread
from inkdigit.config import load
from inkdigit.data.source import open_source
from inkdigit.models.summary import summarize
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.setup import Setup, set_up

PRESETS = ("sprint", "fast", "strong", "paper-resnet18")
TURNS = 5
_SECONDS = 3.0  # of each turn, at least
_SIDE = 2048  # of the matrices
_BACK_AND_FORTH = 3  # products for each of the forward pass: it, and one for each gradient
_GIGA = 1e9


def measure(presets: Sequence[str]) -> None:
    """Measure the presets and write the table."""
    measured = commit()
    rows = [_row(preset) for preset in presets]
    append(
        "Share of the peak that a step of training reaches",
        [
            f"$ python -m benchmarks.peak {' '.join(presets)}",
            "",
            (
                "| preset | precision | millions of multiplications a digit, forward | digits a "
                "second, bent and learned | GFLOP/s | of a product of matrices, GFLOP/s | share in "
                "%, each turn |"
            ),
            "|---|---|---|---|---|---|---|",
            *rows,
        ],
        measured=measured,
    )


def _row(preset: str) -> str:
    config = load(preset=preset, overrides=('data.source="mnist"',))
    source = open_source(config.data)
    machine = choose_machine(config.training)
    setup = set_up(config, source, machine, init_from=None)
    forward = sum(layer.operations for layer in summarize(setup.learner.model, setup.spec))
    steps = _steps(setup)
    next(steps)  # the first one allocates
    rates, peaks = [], []
    for _ in range(TURNS):
        peaks.append(_peak(machine))
        rates.append(_rate(steps))
    reached = [2 * _BACK_AND_FORTH * forward * rate / _GIGA for rate in rates]
    shares = [100 * ours / peak for ours, peak in zip(reached, peaks, strict=True)]
    precision = str(machine.autocast or torch.float32).removeprefix("torch.")
    return (
        f"| `{preset}` | {precision} | {forward / 1e6:.2f} | {spread(rates, 0)} | "
        f"{spread(reached, 0)} | {spread(peaks, 0)} | {every(shares, 0)} |"
    )


def _steps(setup: Setup) -> Iterator[int]:
    """Take one step after another, and give its pictures."""
    rate = setup.learner.config.optimizer.learning_rate / 10
    setup.learner.model.train()
    for epoch in count(1):
        for images, labels in setup.batches.epoch(epoch):
            setup.learner.learn(images, labels, rate)
            yield len(labels)


def _rate(steps: Iterator[int]) -> float:
    """Count digits a second."""
    digits, started = 0, perf_counter()
    while perf_counter() - started < _SECONDS:
        digits += next(steps)
    return digits / (perf_counter() - started)


def _peak(machine: Machine) -> float:
    """Multiply matrices; give GFLOP/s."""
    kind = machine.autocast or torch.float32
    left, right = (torch.randn(_SIDE, _SIDE, dtype=kind, device=machine.device) for _ in range(2))
    torch.matmul(left, right)
    products, started = 0, perf_counter()
    while perf_counter() - started < _SECONDS / 2:
        torch.matmul(left, right)
        products += 1
    return products * 2 * _SIDE**3 / (perf_counter() - started) / _GIGA


if __name__ == "__main__":
    measure(sys.argv[1:] or PRESETS)
