"""How small a change, made on purpose against the network, leads it astray: FGSM and PGD.

Changes are bounded pixel by pixel (the ∞-norm), as a share of the range from paper to full ink.
Only validation pictures are attacked.

Source: Goodfellow, Shlens and Szegedy 2015, *Explaining and harnessing adversarial examples*
(FGSM); Madry et al. 2018, *Towards deep learning models resistant to adversarial attacks* (PGD).
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from inkdigit.evaluation.charts import Axes, Series, line_chart
from inkdigit.evaluation.robustness import Fared, fared
from inkdigit.studies.poster import Figure, Part, Poster, Table, write
from inkdigit.types import Indices, Split

STRENGTHS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)  # the last one is Madry et al.'s for MNIST
_STEPS = 20  # of PGD
_REACH = 2.5  # that its steps together go, in strengths: it can get from any side to any other
_FULL = 255.0
_BLOCK = 250
_SHOWN = 10
_ENLARGED = 2

Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Attacked:
    """How a network answers to pictures that were changed against it."""

    strength: float
    fgsm: Fared
    pgd: Fared


@dataclass(frozen=True)
class Adversarial:
    """The study's result."""

    clean: Fared
    attacked: tuple[Attacked, ...]  # by ascending strength
    seed: int

    def to_record(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


class Classes(nn.Module):
    """A network without its output of evidence, if it has one.

    Args:
        network: pixels to logits, and perhaps one more output.
        count: of the classes.
    """

    def __init__(self, network: nn.Module, count: int) -> None:
        super().__init__()
        self.network = network
        self.count = count

    def forward(self, pixels: Tensor) -> Tensor:
        """Give (n, classes) for (n, channels, side, side)."""
        logits: Tensor = self.network(pixels)
        return logits[:, : self.count]


def fgsm(network: nn.Module, pixels: Tensor, labels: Tensor, *, strength: float) -> Tensor:
    """Change every pixel by `strength` towards a larger loss, in one step.

    Args:
        network: pixels to logits of the classes alone; see `Classes`.
        pixels: (n, channels, side, side) from 0 to 255.
        labels: (n,).
        strength: in [0, 1], of the whole range.

    Returns:
        Pixels like those given, as floats that are not rounded.
    """
    return _inside(pixels + strength * _FULL * _uphill(network, pixels, labels))


def pgd(
    network: nn.Module,
    pixels: Tensor,
    labels: Tensor,
    *,
    strength: float,
    draws: torch.Generator,
    steps: int = _STEPS,
) -> Tensor:
    """Climb towards a larger loss in small steps, from a random start, never leaving the bound.

    Arguments as `fgsm`; `draws` are of the start.
    """
    bound = strength * _FULL
    start = (torch.rand(pixels.shape, generator=draws) * 2 - 1) * bound
    changed = _inside(pixels + start.to(pixels.device))
    for _ in range(steps):
        climbed = changed + _REACH * bound / steps * _uphill(network, changed, labels)
        changed = _inside(torch.clamp(climbed, pixels - bound, pixels + bound))
    return changed


def attack(
    network: nn.Module,
    split: Split,
    *,
    pictures: int,
    seed: int = 0,
    strengths: Sequence[float] = STRENGTHS,
    watch: Watch = lambda _done, _total: None,
) -> Adversarial:
    """Attack the first pictures of a split with both methods at every strength.

    Args:
        network: pixels to logits of the classes, in its evaluating mode, on the CPU.
        split: validation pictures.
        pictures: how many of them at most.
        seed: draws PGD's starts.
        strengths: ascending.
        watch: called with (pictures done, of how many).
    """
    rows = split.indices[:pictures]
    right = np.zeros((1 + 2 * len(strengths), len(rows)), bool)
    draws = torch.Generator().manual_seed(seed)
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        place = slice(start, start + len(part))
        pixels, labels = _tensors(split, part)
        right[0, place] = _right(network, pixels, labels)
        for number, strength in enumerate(strengths):
            one = fgsm(network, pixels, labels, strength=strength)
            many = pgd(network, pixels, labels, strength=strength, draws=draws)
            right[1 + 2 * number, place] = _right(network, one, labels)
            right[2 + 2 * number, place] = _right(network, many, labels)
        watch(place.stop, len(rows))
    every = [fared(int(row.sum()), len(rows)) for row in right]
    return Adversarial(
        clean=every[0],
        attacked=tuple(
            Attacked(strength, every[1 + 2 * number], every[2 + 2 * number])
            for number, strength in enumerate(strengths)
        ),
        seed=seed,
    )


def write_page(name: str, found: Adversarial, network: nn.Module, split: Split, path: Path) -> None:
    """Write what was found, with curves and some attacked pictures."""
    strengths = [0.0, *(100 * each.strength for each in found.attacked)]

    def curve(title: str, every: Sequence[Fared]) -> Series:
        return Series(title, strengths, [100 * each.accuracy for each in (found.clean, *every)])

    curves = [
        curve("FGSM", [each.fgsm for each in found.attacked]),
        curve("PGD", [each.pgd for each in found.attacked]),
    ]
    axes = Axes("Accuracy under attack", "largest change in % of full ink", "accuracy in %")
    rows = tuple(
        (f"{each.strength:g}", *_words(each.fgsm), *_words(each.pgd)) for each in found.attacked
    )
    head = ("strength", "FGSM", "95 % interval", "PGD", "95 % interval")
    poster = Poster(
        title=f"{name} under attack",
        about="Pictures are changed against the network, by no more than a strength at any pixel; "
        "1 is the range from paper to full ink. Whoever changes them knows the network's weights.",
        facts={
            "Validation pictures": f"{found.clean.total:,}",
            "As they are": f"{found.clean.accuracy:.2%}",
            "Steps of PGD": str(_STEPS),
            "Seed": str(found.seed),
        },
        findings=(),
        parts=(
            Part("Accuracy", charts=(line_chart(axes, curves),), table=Table(head, rows)),
            Part("What it was shown", figures=_figures(network, split, found)),
        ),
    )
    write(poster, path)


def _words(each: Fared) -> tuple[str, str]:
    return f"{each.accuracy:.2%}", f"{each.low:.2%} to {each.high:.2%}"


def _figures(network: nn.Module, split: Split, found: Adversarial) -> tuple[Figure, ...]:
    """Show one picture of each class as it is, and after PGD at every strength."""
    labels = split.labels[split.indices]
    firsts = [int(np.flatnonzero(labels == k)[0]) for k in np.unique(labels)[:_SHOWN]]
    pixels, truth = _tensors(split, split.indices[firsts])
    figures = [Figure("as they are", _strip(pixels), "")]
    for each in found.attacked:
        draws = torch.Generator().manual_seed(found.seed)
        changed = pgd(network, pixels, truth, strength=each.strength, draws=draws)
        with torch.inference_mode():
            answers = network(changed).argmax(dim=1).tolist()
        said = " ".join(split.class_names[k] for k in answers)
        figures.append(Figure(f"PGD, {each.strength:g}", _strip(changed), f"read as {said}"))
    return tuple(figures)


def _strip(pixels: Tensor) -> str:
    """Put (n, channels, side, side) side by side: base64 PNG."""
    grey = pixels.mean(dim=1).round().to(torch.uint8).numpy()
    row = np.concatenate(list(grey), axis=1)
    size = (row.shape[1] * _ENLARGED, row.shape[0] * _ENLARGED)
    content = io.BytesIO()
    Image.fromarray(row).resize(size, Image.Resampling.NEAREST).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode("ascii")


def _tensors(split: Split, rows: Indices) -> tuple[Tensor, Tensor]:
    pixels = torch.from_numpy(np.ascontiguousarray(split.images[rows])).permute(0, 3, 1, 2)
    return pixels.float().contiguous(), torch.from_numpy(split.labels[rows])


def _uphill(network: nn.Module, pixels: Tensor, labels: Tensor) -> Tensor:
    """Give the sign of the loss's gradient at every pixel."""
    pixels = pixels.detach().clone().requires_grad_()
    loss = cross_entropy(network(pixels), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, pixels)
    return gradient.sign()


def _inside(pixels: Tensor) -> Tensor:
    return pixels.clamp(0, _FULL).detach()


def _right(network: nn.Module, pixels: Tensor, labels: Tensor) -> NDArray[np.bool_]:
    with torch.inference_mode():
        answers = network(pixels).argmax(dim=1)
    right: NDArray[np.bool_] = (answers == labels).numpy()
    return right
