"""A digit as another eye sees it: upright, and of a usual size, whoever wrote it.

Members of a committee that all see the same err alike; those that see a digit differently err at
different digits (LOG.md, 2026-11-28).

Source: the moments of Hu 1962, *Visual pattern recognition by moment invariants*; a committee of
networks that see digits of several widths is from Cireşan, Meier and Schmidhuber 2012.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

_LEAST_SPREAD = 0.25  # pixels squared: what is written never shrinks to a point
_MOST_SLANT = 1.0  # columns by row
_USUAL = 0.129, 0.186  # of the side: deviation of ink from its middle, to the side and up, in MNIST
_LEAST, _MOST = 0.6, 1.5  # times the usual spread; beyond, digits are not brought all the way


class View(nn.Module):
    """Move ink to the middle and shear it upright; change its size, too, if that is wanted.

    What is brighter counts as ink, as in MNIST; the darkest pixel is the paper, and what comes in
    from outside of the picture is paper, too.

    Args:
        side: of the pictures, in pixels.
        sizes: stretch the digit, so that its ink is spread as far as usual in both directions.
    """

    at: Tensor

    def __init__(self, side: int, *, sizes: bool = False) -> None:
        super().__init__()
        self.register_buffer("at", torch.arange(side) - (side - 1) / 2, persistent=False)
        self._side = side
        self._sizes = sizes

    def forward(self, pixels: Tensor) -> Tensor:
        """Map (N, channels, side, side) raw pixels to the same, as float."""
        x = pixels.to(self.at.dtype)
        paper = x.amin(dim=(1, 2, 3), keepdim=True)
        ink = (x - paper).mean(dim=1)
        ink = ink / ink.sum(dim=(1, 2), keepdim=True).clamp(min=1)
        columns, rows = ink.sum(dim=1), ink.sum(dim=2)
        middle_x, middle_y = (columns * self.at).sum(dim=1), (rows * self.at).sum(dim=1)
        right, down = self.at - middle_x[:, None], self.at - middle_y[:, None]
        tall = (rows * down * down).sum(dim=1).clamp(min=_LEAST_SPREAD)
        aslant = (ink * down[:, :, None] * right[:, None, :]).sum(dim=(1, 2))
        shear = (aslant / tall).clamp(-_MOST_SLANT, _MOST_SLANT)
        to_right, to_foot = self.at.expand_as(right), self.at.expand_as(down)
        if self._sizes:
            wide = (columns * right * right).sum(dim=1) - shear * aslant
            to_right = to_right * self._scale(wide.clamp(min=_LEAST_SPREAD), _USUAL[0])
            to_foot = to_foot * self._scale(tall, _USUAL[1])
        from_y = (middle_y[:, None] + to_foot)[:, :, None].expand_as(ink)
        from_x = (
            middle_x[:, None, None] + to_right[:, None, :] + (shear[:, None] * to_foot)[..., None]
        )
        grid = torch.stack((from_x, from_y), dim=-1) * (2 / self._side)
        moved = grid_sample(x - paper, grid, padding_mode="zeros", align_corners=False)
        return moved + paper

    def _scale(self, variance: Tensor, usual: float) -> Tensor:
        scale = variance.sqrt() / (usual * self._side)
        return scale.clamp(_LEAST, _MOST)[:, None]
