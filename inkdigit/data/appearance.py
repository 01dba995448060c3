"""Changing how training pictures look: pen, lens, light and grain, as cameras and scanners do.

Bending (`data.augment`) moves ink; here places stay and brightness changes. A picture that is
chosen is changed in one way or two, by draws of its own, in the order in which a real one is: by
the pen, by things on the paper, the lens, the light, the sensor. More ways at once leave pictures
that nobody reads, and a network that takes them for digits rejects less of what is none (LOG.md,
2026-11-25).

Source: the idea of mixing many simple changes after Hendrycks et al. 2020, *AugMix*; the changes
and their strengths are our own.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Generator, Tensor
from torch.nn.functional import conv2d, grid_sample, interpolate, max_pool2d

_LENS = 11  # pixels a side of the widest blur
_TWO = 0.5  # of those that are changed, that are changed in two ways
_COARSE, _FINE = 3, 9  # knots a side of light and of blots

Change = Callable[[Tensor, Generator], Tensor]  # (n, channels, side, side) shares of full ink


def change_appearance(pictures: Tensor, share: float, generator: Generator) -> Tensor:
    """Change the look of some pictures of a batch.

    Args:
        pictures: (N, channels, side, side) float in 0 to 255, on any device; 0 is paper.
        share: of the pictures, that are changed.
        generator: a CPU generator; the same one gives the same pictures.

    Returns:
        The same shape and device, in 0 to 255.
    """
    ways = _choose(len(pictures), share, generator)
    changed = pictures / 255
    for struck, (_, change) in zip(ways, _STAGES, strict=True):
        rows = torch.nonzero(struck).squeeze(1)
        if len(rows):
            rows = rows.to(pictures.device)
            changed = changed.index_copy(0, rows, change(changed[rows], generator))
    return changed.clamp(0, 1) * 255


def _choose(count: int, share: float, draws: Generator) -> Tensor:
    """Draw which pictures are changed how: (stages, count) of bool, one or two for each chosen."""
    weights = torch.tensor([float(weight) for weight, _ in _STAGES]).expand(count, -1)
    both = torch.multinomial(weights, 2, generator=draws)  # (count, 2), never the same one
    ways = torch.zeros(len(_STAGES), count, dtype=torch.bool)
    chosen = torch.rand(count, generator=draws)
    for place, limit in enumerate((share, share * _TWO)):
        rows = torch.nonzero(chosen < limit).squeeze(1)
        ways[both[rows, place], rows] = True
    return ways


def _hollow(inks: Tensor, draws: Generator) -> Tensor:
    """Leave little but the edges of strokes, as an outlining pen or a dry one does."""
    thick, thin = max_pool2d(inks, 3, 1, 1), -max_pool2d(-inks, 3, 1, 1)
    outline = thick - torch.lerp(thin, inks, _between(0, 1, inks, draws))
    outline = (outline * _between(1, 2, inks, draws)).clamp(max=1)
    return torch.lerp(inks, outline, _between(0.5, 1.0, inks, draws))


def _crossed(inks: Tensor, draws: Generator) -> Tensor:
    """Draw a line across: straight or wavy, whole or dashed, as rules and slips of a pen are."""
    x, y = _places(inks)
    angle, offset = _between(0, math.pi, inks, draws), _between(-0.7, 0.7, inks, draws)
    along = x * torch.cos(angle) + y * torch.sin(angle)
    across = y * torch.cos(angle) - x * torch.sin(angle) - offset
    start = _between(0, 1, inks, draws)
    wave = ((along * _between(0.5, 2.0, inks, draws) + start) % 1 - 0.5).abs() * 2 - 0.5
    height = _between(-0.5, 0.6, inks, draws).clamp(min=0)  # often straight
    dashes = (along * _between(2.0, 8.0, inks, draws) + start) % 1 > 0.4
    whole = _between(0, 1, inks, draws) < 0.6
    half_width = _between(0.4, 1.0, inks, draws)  # pixels
    distance = (across - height * wave).abs() * (inks.shape[-1] / 2)
    line = (half_width + 0.5 - distance).clamp(0, 1) * (dashes | whole)
    return torch.maximum(inks, line * _between(0.4, 1.0, inks, draws))


def _blotted(inks: Tensor, draws: Generator) -> Tensor:
    """Let blots of one brightness lie on ink and paper."""
    covered = _field(_FINE, inks, draws) > _between(0.6, 0.85, inks, draws)
    return torch.where(covered, _between(0, 1, inks, draws), inks)


def _blurred(inks: Tensor, draws: Generator) -> Tensor:
    """Blur by a Gaussian that may be long in one direction, as of a hand that moves."""
    reach = _LENS // 2
    steps = torch.arange(-reach, reach + 1, device=inks.device, dtype=inks.dtype)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    angle = _between(0, math.pi, inks, draws)
    long, short = _between(0.5, 4.0, inks, draws), _between(0.3, 1.0, inks, draws)
    along = (x * torch.cos(angle) + y * torch.sin(angle)) / long
    across = (y * torch.cos(angle) - x * torch.sin(angle)) / short
    kernels = torch.exp(-(along**2 + across**2) / 2)
    kernels = kernels / kernels.sum(dim=(2, 3), keepdim=True)  # (n, 1, lens, lens)
    planes = inks.transpose(0, 1)  # (channels, n, side, side): a kernel for each picture
    return conv2d(planes, kernels, padding=reach, groups=len(inks)).transpose(0, 1).contiguous()


def _scattered(inks: Tensor, draws: Generator) -> Tensor:
    """Take every pixel from somewhere near, as rough glass and rough paper do."""
    x, y = _places(inks)
    pixel = 2 / inks.shape[-1]
    moved = _normal((len(inks), 2, *inks.shape[2:]), inks, draws)
    moved = moved * (_between(0.3, 1.0, inks, draws) * pixel)
    grid = torch.stack((x + moved[:, 0], y + moved[:, 1]), dim=3)
    return grid_sample(inks, grid, padding_mode="border", align_corners=False)


def _faded(inks: Tensor, draws: Generator) -> Tensor:
    """Let the paper be grey, or the ink faint."""
    paper = _between(0, 0.6, inks, draws)
    ink = paper + _between(0.25, 1.0, inks, draws)
    return paper + (ink - paper) * inks


def _lit_unevenly(inks: Tensor, draws: Generator) -> Tensor:
    """Mix with soft clouds of light, coarse and fine ones."""
    mix = _between(0, 1, inks, draws)
    clouds = _field(_COARSE, inks, draws) * mix + _field(_FINE, inks, draws) * (1 - mix)
    return torch.lerp(inks, clouds, _between(0.2, 0.75, inks, draws))


def _inverted_in_part(inks: Tensor, draws: Generator) -> Tensor:
    """Invert what lies behind a straight edge, as of a printed box."""
    x, y = _places(inks)
    angle = _between(0, 2 * math.pi, inks, draws)
    beyond = x * torch.cos(angle) + y * torch.sin(angle) > _between(-0.2, 1.0, inks, draws)
    return torch.where(beyond, 1 - inks, inks)


def _grainy(inks: Tensor, draws: Generator) -> Tensor:
    """Add noise everywhere, and more of it where there is ink."""
    everywhere = _between(-0.1, 0.3, inks, draws).clamp(min=0)
    with_ink = _between(-0.2, 0.7, inks, draws).clamp(min=0)
    deviation = everywhere + with_ink * inks.clamp(min=0).sqrt()
    return inks + deviation * _normal(tuple(inks.shape), inks, draws)


def _dusty(inks: Tensor, draws: Generator) -> Tensor:
    """Put pixels of any brightness here and there."""
    shape = tuple(inks.shape)
    struck = _uniform(shape, inks, draws) < _between(0.02, 0.25, inks, draws)
    return torch.where(struck, _uniform(shape, inks, draws), inks)


_STAGES: tuple[tuple[int, Change], ...] = (  # in their order, and how often each is drawn
    (2, _hollow),
    (3, _crossed),
    (2, _blotted),
    (3, _blurred),
    (2, _scattered),
    (3, _faded),
    (3, _lit_unevenly),
    (2, _inverted_in_part),
    (3, _grainy),
    (2, _dusty),
)


def _uniform(shape: tuple[int, ...], like: Tensor, draws: Generator) -> Tensor:
    return torch.rand(shape, generator=draws).to(like.device)


def _normal(shape: tuple[int, ...], like: Tensor, draws: Generator) -> Tensor:
    return torch.randn(shape, generator=draws).to(like.device)


def _between(low: float, high: float, inks: Tensor, draws: Generator) -> Tensor:
    """Draw a number for each picture: (n, 1, 1, 1)."""
    return low + (high - low) * _uniform((len(inks), 1, 1, 1), inks, draws)


def _field(knots: int, inks: Tensor, draws: Generator) -> Tensor:
    """Draw a smooth field for each picture, most of it in 0 to 1: (n, 1, side, side)."""
    values = _uniform((len(inks), knots * knots), inks, draws)
    side = inks.shape[-1]
    return (values @ _smooth(knots, side).to(inks.device)).view(-1, 1, side, side)


@lru_cache(maxsize=8)
def _smooth(knots: int, side: int) -> Tensor:
    """How each knot of a field weighs at every pixel, by bicubic interpolation: (knots², side²)."""
    single = torch.eye(knots**2).view(-1, 1, knots, knots)
    return interpolate(single, size=(side, side), mode="bicubic", align_corners=True).flatten(1)


def _places(inks: Tensor) -> tuple[Tensor, Tensor]:
    """Give x and y of every pixel's centre in -1 to 1: (side, side) each."""
    side = inks.shape[-1]
    centres = (torch.arange(side, device=inks.device) * 2 + 1) / side - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return x, y
