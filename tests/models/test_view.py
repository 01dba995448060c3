"""What a view takes out of a digit: its place, its slant, and, if that is wanted, its size."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from inkdigit.models.view import View

SIDE = 28


def blobs() -> Tensor:
    """(4, 1, 28, 28) Soft ellipses of several sizes in the middle."""
    y, x = torch.meshgrid(*(torch.arange(SIDE) - (SIDE - 1) / 2,) * 2, indexing="ij")
    sizes = torch.tensor([(3.4, 5.0), (4.0, 5.5), (3.6, 4.5), (4.5, 4.5)])[:, :, None, None]
    return 200 * torch.exp(-((x / sizes[:, 0]) ** 2) - (y / sizes[:, 1]) ** 2)[:, None]


def moved(pixels: Tensor, matrix: list[list[float]]) -> Tensor:
    theta = torch.tensor(matrix).expand(len(pixels), 2, 3)
    return grid_sample(pixels, affine_grid(theta, list(pixels.shape), False), align_corners=False)


def spreads(pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Deviation to the side, deviation up, and how the one goes with the other."""
    at = torch.arange(SIDE) - (SIDE - 1) / 2
    ink = pixels[:, 0] / pixels.sum(dim=(1, 2, 3))[:, None, None]
    x = at - (ink.sum(dim=1) @ at)[:, None]
    y = at - (ink.sum(dim=2) @ at)[:, None]
    wide, tall = (ink.sum(dim=1) * x * x).sum(dim=1), (ink.sum(dim=2) * y * y).sum(dim=1)
    return wide.sqrt(), tall.sqrt(), (ink * x[:, None] * y[..., None]).sum(dim=(1, 2))


@pytest.mark.parametrize("sizes", [False, True])
@pytest.mark.parametrize(
    "matrix",
    [
        [[1.0, 0.0, 0.2], [0.0, 1.0, -0.15]],  # beside the middle
        [[1.0, 0.3, 0.0], [0.0, 1.0, 0.0]],  # slanted
    ],
)
def test_place_and_slant_are_not_seen(matrix: list[list[float]], sizes: bool) -> None:
    view, drawn = View(SIDE, sizes=sizes), blobs()
    assert (view(moved(drawn, matrix)) - view(drawn)).abs().max() < 12  # of 200


def test_what_is_seen_is_upright() -> None:
    slanted = moved(blobs(), [[1.0, -0.3, 0.0], [0.0, 1.0, 0.0]])
    assert spreads(slanted)[2].abs().min() > 2
    assert spreads(View(SIDE)(slanted))[2].abs().max() < 0.2


def test_sizes_become_alike_only_if_that_is_wanted() -> None:
    before, same = spreads(blobs())[:2], spreads(View(SIDE)(blobs()))[:2]
    after = spreads(View(SIDE, sizes=True)(blobs()))[:2]
    for was, stays, becomes in zip(before, same, after, strict=True):
        torch.testing.assert_close(stays, was, atol=0.1, rtol=0)
        assert becomes.std() < was.std() / 3


def test_a_digit_is_made_at_most_two_thirds_larger_in_each_direction() -> None:
    dot = torch.zeros(1, 1, SIDE, SIDE)
    dot[..., 13:15, 13:15] = 255
    seen = View(SIDE, sizes=True)(dot)
    assert seen.sum() < dot.sum() / 0.6**2 * 1.2


@pytest.mark.parametrize("level", [0, 90, 255])
def test_empty_pictures_stay_empty(level: int) -> None:
    empty = torch.full((2, 3, SIDE, SIDE), level, dtype=torch.uint8)
    torch.testing.assert_close(View(SIDE, sizes=True)(empty), empty.float())
