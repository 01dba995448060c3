"""Where one number may stand on a sheet."""

from dataclasses import dataclass

from inkdigit.types import Box


@dataclass(frozen=True)
class Region:
    """Where one number, or a part of a line that hangs together, may stand."""

    box: Box  # in pixels of the sheet, tight around its ink
    slope: float  # of the line that it is in: how far it falls a pixel to the right
    is_large: bool = False  # far larger than most of what is on the sheet
