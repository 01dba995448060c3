"""Composed lines as strips with their texts: what a line network learns from, in batches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from inkdigit.data.composing.line import compose_line, compose_without_number
from inkdigit.data.composing.texts import OTHER, draw_two_numbers
from inkdigit.data.handwriting.pen import Digits, Pen
from inkdigit.durable import write_bytes
from inkdigit.pictures.line_ink import line_ink
from inkdigit.pictures.strip import HEIGHT, strip
from inkdigit.processes import keep_inherited
from inkdigit.types import Box

_CHUNK = 500  # lines that one draw of chance composes
_WITHOUT_NUMBER = 0.1  # of all lines
_WITH_TWO = 0.06  # and with two numbers
_ROUGH = 0.5  # of those with a number: usual ones teach no faint and no broken strokes
_WIDEST = 460  # columns; wider strips cost more than they teach
_MULTIPLE = 8  # columns that a batch's width is a multiple of
_SORTED = 8  # batches that are cut out of strips of all widths together


@dataclass(frozen=True)
class Strip:
    """A strip and what stands in it."""

    pixels: NDArray[np.uint8]  # (32, width), 0 paper to 255 full ink
    text: str  # digits, separators and OTHER, which never stands twice in a row


@dataclass(frozen=True)
class StripBatch:
    """Strips of similar widths, filled up with paper."""

    pixels: Tensor  # (N, 1, 32, width) uint8
    widths: Tensor  # (N,) columns of each
    texts: tuple[str, ...] = field(repr=False)


def compose_strips(
    digits: Digits,
    count: int,
    seed: int,
    *,
    workers: int = 0,
    kept: Path | None = None,
) -> list[Strip]:
    """Compose lines and make them strips as a page's lines are made strips.

    Args:
        digits: to write with.
        count: strips, rounded up to a multiple of 500.
        seed: the same one composes the same strips, however many workers there are.
        workers: processes beside this one.
        kept: a folder for these strips alone, where they are kept 500 by 500, and read again.
    """
    chunks = _Chunks(digits, -(-count // _CHUNK), seed, kept)
    loader = DataLoader(chunks, batch_size=None, num_workers=workers, worker_init_fn=keep_inherited)
    return [each for chunk in loader for each in chunk]


def batches(
    strips: list[Strip], size: int, draws: np.random.Generator | None = None
) -> Iterator[StripBatch]:
    """Go through all strips once, in batches of similar widths.

    Args:
        strips: at least one.
        size: strips in a batch, at most.
        draws: mix strips and batches; None keeps them in order of their widths.
    """
    order = np.arange(len(strips)) if draws is None else draws.permutation(len(strips))
    group = len(strips) if draws is None else size * _SORTED
    rows = []
    for start in range(0, len(order), group):
        part = sorted(order[start : start + group].tolist(), key=lambda k: _width(strips[k]))
        rows += [part[first : first + size] for first in range(0, len(part), size)]
    if draws is not None:
        draws.shuffle(rows)
    for row in rows:
        yield _batch([strips[k] for k in row])


def _width(each: Strip) -> int:
    return int(each.pixels.shape[1])


def _batch(strips: list[Strip]) -> StripBatch:
    widest = -(-max(map(_width, strips)) // _MULTIPLE) * _MULTIPLE
    pixels = np.zeros((len(strips), 1, HEIGHT, widest), np.uint8)
    for row, each in enumerate(strips):
        pixels[row, 0, :, : _width(each)] = each.pixels
    widths = torch.tensor([_width(each) for each in strips])
    return StripBatch(torch.from_numpy(pixels), widths, tuple(each.text for each in strips))


class _Chunks(Dataset[list[Strip]]):
    """Chunk k is a function of the digits, the seed and k alone."""

    def __init__(self, digits: Digits, count: int, seed: int, kept: Path | None) -> None:
        self._pen = Pen(digits)
        self._kept = kept
        self._count = count
        self._seed = seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, chunk: int) -> list[Strip]:
        if self._kept is None:
            return self._compose(chunk)
        file = self._kept / f"{chunk:05}.npz"
        if file.is_file():
            return _read(file)
        strips = self._compose(chunk)
        _keep(strips, file)
        return strips

    def _compose(self, chunk: int) -> list[Strip]:
        draws = np.random.default_rng((self._seed, chunk))
        strips: list[Strip] = []
        while len(strips) < _CHUNK:
            each = _draw_strip(draws, self._pen)
            if _width(each) <= _WIDEST:
                strips.append(each)
        return strips


def _keep(strips: list[Strip], file: Path) -> None:
    buffer = BytesIO()
    np.savez(
        buffer,
        pixels=np.concatenate([each.pixels for each in strips], axis=1),
        widths=np.array([_width(each) for each in strips]),
        texts=np.array([each.text for each in strips]),
    )
    write_bytes(file, buffer.getvalue())


def _read(file: Path) -> list[Strip]:
    with np.load(file, allow_pickle=False) as held:
        parts = np.split(held["pixels"], np.cumsum(held["widths"])[:-1], axis=1)
        return [
            Strip(np.ascontiguousarray(pixels), str(text))
            for pixels, text in zip(parts, held["texts"], strict=True)
        ]


def _draw_strip(draws: np.random.Generator, pen: Pen) -> Strip:
    kind = draws.random()
    if kind < _WITHOUT_NUMBER:
        line = compose_without_number(draws, pen)
    else:
        two = kind < _WITHOUT_NUMBER + _WITH_TWO
        text = draw_two_numbers(draws) if two else None
        line = compose_line(draws, pen, text, rough=bool(draws.random() < _ROUGH))
    slope = line.climb + draws.normal(0, 0.01)
    # how much of the paper's texture is left varies, for no page is cleaned so evenly
    ink = line_ink(line.picture, draws.uniform(-0.5, 1.5))
    pixels = strip(ink, _roughly(draws, line.box), slope)
    return Strip(pixels, re.sub(rf"\{OTHER}+", OTHER, line.text))


def _roughly(draws: np.random.Generator, box: Box) -> Box:
    """Find a line's box about as well as it will be found on a page."""
    height = box.bottom - box.top
    off = draws.normal(0, 0.05, 4) * height
    if draws.random() < 0.1:
        off[draws.integers(4)] += draws.choice((-1, 1)) * height * draws.uniform(0, 0.35)
    if draws.random() < 0.5:
        off[:2] = -np.abs(off[:2])
    left, top, right, bottom = (round(side) for side in box + off)
    return Box(left, top, max(right, left + 4), max(bottom, top + 6))
