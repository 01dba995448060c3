"""The charts of the study: plain and residual, with and without batch norm, bands over seeds."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean

from markupsafe import Markup

from inkdigit.evaluation.charts import Axes, Series, line_chart
from inkdigit.studies.residual.groups import Groups
from inkdigit.studies.residual.networks import KINDS
from inkdigit.studies.residual.results import Trained
from inkdigit.studies.spread import curve

SETTINGS = ((False, "without batch norm"), (True, "with batch norm"))

Values = Callable[[Trained], Sequence[float | None]]


def chart(
    groups: Groups, depth: int, axes: Axes, values: Values, *, x: Sequence[float] = ()
) -> Markup:
    """Draw the four networks of one depth: plain and residual, with and without batch norm."""
    series = [
        series_of(
            f"{kind}, {words}",
            [values(each) for each in groups.of(kind, batchnorm, depth)],
            logarithmic=axes.scale == "log",
            x=x,
        )
        for batchnorm, words in SETTINGS
        for kind in KINDS
    ]
    return line_chart(axes, series)


def by_depth(groups: Groups, axes: Axes, value: Callable[[Trained], float | None]) -> Markup:
    """Draw one figure of each network over the depth."""
    series = []
    for batchnorm, words in SETTINGS:
        for kind in KINDS:
            columns = [map(value, groups.of(kind, batchnorm, depth)) for depth in groups.depths]
            by_seed = list(zip(*columns, strict=True))
            name = f"{kind}, {words}"
            series.append(
                series_of(name, by_seed, logarithmic=axes.scale == "log", x=groups.depths)
            )
    return line_chart(axes, series)


def in_stretches(each: Trained, ends: Sequence[int]) -> list[float | None]:
    """Average the losses of the steps up to each end, so that seeds can be put side by side."""
    parts = [each.losses[start:stop] for start, stop in pairwise((0, *ends))]
    return [fmean(part) if part else None for part in parts]


def series_of(
    name: str,
    found: Sequence[Sequence[float | None]],
    *,
    logarithmic: bool,
    x: Sequence[float] = (),
) -> Series:
    """Draw one line for all seeds, and the band between the lowest and the highest.

    Args:
        name: in the legend.
        found: one curve a seed.
        logarithmic: of the axis.
        x: of the points; none: they are counted from 1.
    """
    middle, low, high = curve(found, logarithmic=logarithmic)
    return Series(name, x or range(1, len(middle) + 1), middle, band=(low, high))
