"""Bending training pictures, a whole batch at a time, on the device where the batch lies.

Shift, rotation, shear, scale and the elastic warp are one resampling of the batch, so a picture
is blurred once. Nothing is flipped: a mirrored digit is another sign, or none.
"""

import math
from functools import lru_cache

import torch
from torch import Generator, Tensor
from torch.nn.functional import grid_sample, interpolate, max_pool2d

from inkdigit.config import AugmentationConfig
from inkdigit.data.appearance import change_appearance

_WARP_KNOTS = 5  # a side; coarser warps are affine, finer ones tear 28 pixels apart
_ERASED_SIDE = (0.15, 0.4)  # shortest and longest side of the blanked rectangle, of the picture's


def augment(pixels: Tensor, config: AugmentationConfig, generator: Generator) -> Tensor:
    """Bend every picture of a batch in its own way, and change its look.

    Args:
        pixels: (N, channels, side, side) `uint8`, on any device; 0 is paper.
        config: the strengths.
        generator: a CPU generator; the same one gives the same pictures.

    Returns:
        The same shape and device, float32 in 0 to 255; `pixels` itself where nothing is on.

    Source: affine and elastic distortions after Simard, Steinkraus and Platt 2003; random erasing
        after Zhong et al. 2017.
    """
    return change_looks(bend(pixels, config, generator), config, generator)


def bend(pixels: Tensor, config: AugmentationConfig, generator: Generator) -> Tensor:
    """Do the first half of `augment`: move the ink, thicken and thin it."""
    pictures = pixels
    if _bends(config):
        pictures = _resample(pictures.float(), config, generator)
    if config.stroke:
        pictures = _change_strokes(pictures.float(), config.stroke, generator)
    return pictures


def change_looks(bent: Tensor, config: AugmentationConfig, generator: Generator) -> Tensor:
    """Do the other half, which hides and disguises the ink where it is."""
    pictures = bent
    if config.appearance:
        pictures = change_appearance(pictures.float(), config.appearance, generator)
    if config.erasing:
        pictures = _erase(pictures.float(), config.erasing, generator)
    return pictures


def _bends(config: AugmentationConfig) -> bool:
    return bool(
        config.shift or config.rotation_deg or config.shear_deg or config.scale or config.elastic_px
    )


def _uniform(shape: tuple[int, ...], limit: float, generator: Generator) -> Tensor:
    """Draw from -limit to limit."""
    return (torch.rand(shape, generator=generator) * 2 - 1) * limit


def _resample(pictures: Tensor, config: AugmentationConfig, generator: Generator) -> Tensor:
    """Resample where an affine map and a smooth warp lead; what lies outside is paper.

    Both are linear in what is drawn, so one product of matrices gives where to look for every
    pixel of the batch: a third of the time of a small product for each picture.
    """
    count, side = len(pictures), pictures.shape[-1]
    weights = _draw_affine(count, config, generator)  # (N, 2, 3)
    if config.elastic_px:
        knots = torch.randn(count, 2, _WARP_KNOTS**2, generator=generator)
        pixels_to_grid = 2 / side  # the grid spans -1 to 1
        weights = torch.cat((weights, knots * (config.elastic_px * pixels_to_grid)), dim=2)
    basis = _basis(side)[: weights.shape[2]]
    grid = (weights.flatten(0, 1) @ basis).view(count, 2, side, side).permute(0, 2, 3, 1)
    grid = grid.to(pictures.device)  # (N, side, side, 2), x before y
    return grid_sample(pictures, grid, padding_mode="zeros", align_corners=False)


def _draw_affine(count: int, config: AugmentationConfig, generator: Generator) -> Tensor:
    """Draw (N, 2, 3): a matrix and a shift that lead from output to input coordinates."""
    turn = _uniform((count,), math.radians(config.rotation_deg), generator)
    slant = torch.tan(_uniform((count,), math.radians(config.shear_deg), generator))
    size = 1 + _uniform((count, 2), config.scale, generator)
    shifts = _uniform((count, 2, 1), 2 * config.shift, generator)  # the grid spans -1 to 1
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = (cos, cos * slant - sin, sin, sin * slant + cos)  # rotation · shear
    matrices = torch.stack(rows, dim=1).view(count, 2, 2) / size.unsqueeze(2)
    return torch.cat((matrices, shifts), dim=2)


@lru_cache(maxsize=4)
def _basis(side: int) -> Tensor:
    """What weighs in where a pixel comes from, (3 + knots², side²).

    Its own place, x and y of its centre in -1 to 1; a one, for the shift; and what each knot of
    the warp does to it by bicubic interpolation.
    """
    centres = (torch.arange(side) * 2 + 1) / side - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    knots = torch.eye(_WARP_KNOTS**2).view(-1, 1, _WARP_KNOTS, _WARP_KNOTS)
    fields = interpolate(knots, size=(side, side), mode="bicubic", align_corners=True)
    places = torch.stack((x, y, torch.ones(side, side)))
    return torch.cat((places, fields.squeeze(1))).flatten(1)


def _change_strokes(pictures: Tensor, limit: float, generator: Generator) -> Tensor:
    """Thicken the first half of the batch and thin the rest, each by its own share of a pixel.

    The order within a batch is random, so halves are as good as a coin for every picture, and
    each picture is filtered once.
    """
    shares = torch.rand(len(pictures), 1, 1, 1, generator=generator) * limit
    shares = shares.to(pictures.device)
    half = len(pictures) // 2
    thick = max_pool2d(pictures[:half], 3, stride=1, padding=1)
    thin = -max_pool2d(-pictures[half:], 3, stride=1, padding=1)
    return torch.lerp(pictures, torch.cat((thick, thin)), shares)


def _erase(pictures: Tensor, probability: float, generator: Generator) -> Tensor:
    """Blank one rectangle in some pictures."""
    count, side = len(pictures), pictures.shape[-1]
    shortest, longest = (share * side for share in _ERASED_SIDE)
    sides = shortest + torch.rand(count, 2, generator=generator) * (longest - shortest)
    first = torch.rand(count, 2, generator=generator) * (side - sides)
    chosen = torch.rand(count, generator=generator) < probability
    places = torch.arange(side) + 0.5
    inside = (places >= first.unsqueeze(2)) & (
        places < (first + sides).unsqueeze(2)
    )  # (N, 2, side)
    erased = inside[:, 0].unsqueeze(2) & inside[:, 1].unsqueeze(1) & chosen.view(-1, 1, 1)
    return pictures.masked_fill(erased.unsqueeze(1).to(pictures.device), 0.0)
