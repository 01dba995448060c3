"""Pictures that cannot be right whatever they show: blank, cut off, of the other polarity, odd."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError
from inkdigit.pictures.channels import with_channels
from inkdigit.pictures.decode import decode
from inkdigit.studies.data_check.finding import Finding, Material, Suspect, counted

_LEAST_CONTRAST = 32  # grey levels between the darkest and the brightest pixel
_BRIGHT = 127  # the border's median on light paper
_INK = 128  # grey level of a stroke
_CUT = 4  # pixels of ink side by side on the border
_CLEAN = 0.95  # share of pictures with clean borders, for the others to be odd
_ODD = 8.0  # robust standard deviations from the class's median
_NAMED = 100  # unreadable files whose fault is looked up
_BLOCK = 1024

Values = NDArray[np.float64]


def find_odd_pictures(material: Material) -> list[Finding]:
    """Find unreadable, blank, inverted and cut-off pictures, and outliers of size and light."""
    if not len(material.labels):
        return []
    looks = _Looks(material)
    kept = np.ones(len(material.labels), bool)
    kept[material.excluded] = False
    blank = kept & (looks.contrast < _LEAST_CONTRAST)
    turned = kept & ~blank & (looks.border > _BRIGHT)
    usual = kept & ~blank & ~turned
    return [
        *_unreadable(material),
        *_blank(np.flatnonzero(blank)),
        *_polarity(material, np.flatnonzero(turned), int(usual.sum())),
        *_cut_off(usual, looks),
        *_outliers(material, usual, looks),
    ]


class _Looks:
    """A few numbers about every picture, read block by block: each is (N,)."""

    def __init__(self, material: Material) -> None:
        count = len(material.labels)
        self.contrast, self.border, self.run = (np.empty(count) for _ in range(3))
        self.size, self.amount, self.light, self.off = (np.empty(count) for _ in range(4))
        for start in range(0, count, _BLOCK):
            self._look(material, slice(start, min(start + _BLOCK, count)))

    def _look(self, material: Material, rows: slice) -> None:
        grey = np.stack([with_channels(picture, 1)[..., 0] for picture in material.images[rows]])
        flat = grey.reshape(len(grey), -1)
        edge = np.concatenate((grey[:, 0], grey[:, :, -1], grey[:, -1, ::-1], grey[:, ::-1, 0]), 1)
        self.contrast[rows] = flat.max(axis=1).astype(int) - flat.min(axis=1)
        self.border[rows] = np.median(edge, axis=1)
        self.run[rows] = _longest_runs(edge >= _INK)
        self.amount[rows] = flat.mean(axis=1)
        self.light[rows] = flat.max(axis=1)
        self.size[rows], self.off[rows] = _box_and_place(grey)


def _longest_runs(mask: NDArray[np.bool_]) -> Values:
    """Give (N,) the longest run of True in each row."""
    longest = run = np.zeros(len(mask), np.int64)
    for column in mask.T:
        run = (run + 1) * column
        longest = np.maximum(longest, run)
    return longest.astype(np.float64)


def _box_and_place(grey: NDArray[np.uint8]) -> tuple[Values, Values]:
    """Give (N,) the longer side of the ink's box, and how far its centre is from the middle."""
    _, height, width = grey.shape
    lit = grey >= _INK
    tall = _extent(np.asarray(lit.any(axis=2)))
    wide = _extent(np.asarray(lit.any(axis=1)))
    mass = np.maximum(grey.sum(axis=(1, 2), dtype=np.float64), 1)
    y = grey.sum(axis=2) @ np.arange(height) / mass - height / 2
    x = grey.sum(axis=1) @ np.arange(width) / mass - width / 2
    return np.maximum(tall, wide), np.hypot(y, x)


def _extent(lines: NDArray[np.bool_]) -> Values:
    """Give (N,) how far it is from the first True to the last in each row."""
    length = lines.shape[1]
    found = length - lines.argmax(axis=1) - lines[:, ::-1].argmax(axis=1)
    return np.where(lines.any(axis=1), found, 0).astype(np.float64)


def _unreadable(material: Material) -> Iterator[Finding]:
    bad = material.gathered.bad_pictures
    if bad:
        root = Path(material.source.name).expanduser()
        known = tuple((name, _fault(root / name)) for name in bad[:_NAMED])
        yield Finding(
            "unreadable files",
            "problem",
            f"Truncated, damaged, or no pictures: {counted(len(bad), 'file')}.",
            "Training leaves them out, and refuses a folder with more than 0.1 % of them. Bring "
            "whole files, or remove them.",
            files=known + tuple((name, "") for name in bad[_NAMED:]),
        )


def _fault(file: Path) -> str:
    try:
        decode(file)
    except DataError as error:
        return str(error).removeprefix(f"{file}: ")
    return "it can be read now"


def _blank(rows: NDArray[np.int64]) -> Iterator[Finding]:
    if len(rows):
        yield Finding(
            "blank pictures",
            "problem",
            f"Without contrast, showing nothing: {counted(len(rows), 'picture')}.",
            "They are in the list to exclude.",
            tuple(Suspect(row, "blank", exclude=True) for row in rows.tolist()),
        )


def _polarity(material: Material, turned: NDArray[np.int64], usual: int) -> Iterator[Finding]:
    if not len(turned) or material.source.preparation.channels == 3:
        return  # of coloured pictures, the border says nothing
    few = len(turned) <= usual
    yield Finding(
        "polarity",
        "problem",
        f"Dark on light{', where the others are light on dark' if few else ''}: "
        f"{len(turned):,} of {counted(len(turned) + usual, 'picture')}.",
        "With -s data.frame=digit each picture's polarity is found by itself. Or turn these files "
        "around."
        if few
        else "Turn the whole source around with -s data.invert=yes.",
        tuple(Suspect(row, "dark on light") for row in turned.tolist()),
    )


def _cut_off(usual: NDArray[np.bool_], looks: _Looks) -> Iterator[Finding]:
    cut = np.flatnonzero(usual & (looks.run >= _CUT))
    if 0 < len(cut) <= (1 - _CLEAN) * usual.sum():
        order = cut[np.argsort(-looks.run[cut], kind="stable")]
        yield Finding(
            "cut off",
            "notice",
            "Ink along the border, where nearly all others have none: "
            f"{counted(len(cut), 'picture')}. Something may be cut off.",
            "Look whether the whole sign is there.",
            tuple(
                Suspect(row, f"{looks.run[row]:.0f} pixels of ink on the border")
                for row in order.tolist()
            ),
        )


def _outliers(material: Material, usual: NDArray[np.bool_], looks: _Looks) -> Iterator[Finding]:
    """Compare each picture with its class; the last value is the least that counts as spread."""
    for check, what, values, least in (
        ("outliers of size", "pixels long", looks.size, 1.0),
        ("outliers of ink", "of 255 in the mean", looks.amount, 2.0),
        ("outliers of brightness", "of 255 at the brightest", looks.light, 4.0),
        ("outliers of place", "pixels off the middle", looks.off, 0.5),
    ):
        strength = np.zeros(len(values))
        for label in range(len(material.class_names)):
            mine = np.flatnonzero(usual & (material.labels == label))
            if len(mine):
                middle = np.median(values[mine])
                spread = max(1.4826 * float(np.median(np.abs(values[mine] - middle))), least)
                strength[mine] = np.abs(values[mine] - middle) / spread
        odd = np.flatnonzero(strength > _ODD)
        if len(odd):
            order = odd[np.argsort(-strength[odd], kind="stable")]
            yield Finding(
                check,
                "notice",
                f"Far from the median of their class: {counted(len(odd), 'picture')}.",
                "Look whether they are what their class says.",
                tuple(Suspect(row, f"{values[row]:.0f} {what}") for row in order.tolist()),
            )
