"""Small line charts as inline SVG: curves over iterations or epochs.

Each is one accessible `<figure>` without scripts. Colours are the page's CSS variables, so a
chart is light or dark with its page; lengths are units of a viewBox that scales with its column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from markupsafe import Markup

from inkdigit.evaluation.scales import Axis, Points, Scale, round_ticks, span, tick_words
from inkdigit.evaluation.svg import svg, text, upward_text

COLOURS = 8  # --series-0 … --series-7 of the style sheet; more series repeat them, dashed
_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 466, 12, 230  # the plot inside its margins
_DOTTED_POINTS = 40  # up to here every point is marked


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    name: str
    x: Sequence[float]  # ascending
    y: Sequence[float]
    smooth: bool = False  # draw a moving average, and the line itself faintly behind it
    band: tuple[Sequence[float], Sequence[float]] | None = None  # lowest and highest at each x


@dataclass(frozen=True)
class Mark:
    """A vertical line at `x`; the legend says what it marks."""

    x: float
    text: str


@dataclass(frozen=True)
class Axes:
    """What a chart shows, and along which scales; a linear x axis counts whole things."""

    title: str
    x: str
    y: str
    scale: Scale = "linear"
    caption: str = ""
    across: Literal["linear", "log"] = "linear"  # the scale of x


def line_chart(axes: Axes, series: Sequence[Series], *, mark: Mark | None = None) -> Markup:
    """Draw lines below a legend, with ticks at round numbers.

    Values that are not finite, or that have no place on the scale, are left out.
    """
    lines = [_drawable(each, axes) for each in series]
    filled = [line for line in lines if len(line[0])]
    if not filled:
        return _figure(axes, Markup(""), Markup('<p class="quiet">Nothing was recorded.</p>'))
    edges = [edge for each in series for edge in _edges(each, axes) if len(edge[0])]
    heights = [y for _, y in (*filled, *edges)]
    low, high = span([x for x, _ in filled])
    plot = _Plot(Axis.between(low, high, axes.across), Axis.around(heights, axes.scale))
    parts = [*_grid(axes, plot)]
    if mark is not None:
        parts.append(_upright(mark.x, plot))
    for index, each in enumerate(series):
        parts += _band(_Pen(index), *_edges(each, axes), plot)
    for index, (x, y) in enumerate(lines):
        parts += _line(_Pen(index), x, y, plot, smoothed=series[index].smooth)
    words = _in_words(axes, series)
    picture = svg(axes.title, words, (_WIDTH, _HEIGHT), parts)
    return _figure(axes, _legend(series, mark), picture)


def thin(x: Points, y: Points, most: int = 1000) -> tuple[Points, Points]:
    """Leave out points of a long curve, but no spike.

    Of each of `most` / 4 equal stretches the first, the last, the lowest and the highest stay.

    Args:
        x: (N,) ascending.
        y: (N,) finite.
        most: how many points may stay, at least 4.

    Returns:
        At most `most` of the points, in their order.
    """
    if len(x) <= most:
        return x, y
    edges = np.linspace(0, len(x), most // 4 + 1).astype(int).tolist()
    kept = {
        place
        for start, stop in pairwise(edges)
        for place in (
            start,
            start + int(y[start:stop].argmin()),
            start + int(y[start:stop].argmax()),
            stop - 1,
        )
    }
    indices = np.array(sorted(kept))
    return x[indices], y[indices]


def smooth(y: Points) -> Points:
    """Average a curve exponentially over about a hundredth of its length, unbiased at its start."""
    keep = 1 - 1 / max(1.0, len(y) / 100)
    averaged = np.empty_like(y)
    total = weight = 0.0
    for index, value in enumerate(y.tolist()):
        total, weight = total * keep + value, weight * keep + 1
        averaged[index] = total / weight
    return averaged


@dataclass(frozen=True)
class _Plot:
    """The rectangle inside the margins, and the axes along its sides."""

    x: Axis
    y: Axis

    def across(self, places: Points) -> Points:
        return _LEFT + places * (_RIGHT - _LEFT)

    def up(self, heights: Points) -> Points:
        return _BOTTOM - heights * (_BOTTOM - _TOP)

    def points(self, x: Points, y: Points) -> list[tuple[float, float]]:
        across = self.across(self.x.heights(x)).round(1)
        up = self.up(self.y.heights(y)).round(1)
        return list(zip(across.tolist(), up.tolist(), strict=True))


@dataclass(frozen=True)
class _Pen:
    """The look of the series at `index`."""

    index: int

    @property
    def colour(self) -> str:
        return f"var(--series-{self.index % COLOURS})"

    @property
    def dashed(self) -> str:
        return " dashed" if self.index >= COLOURS else ""


def _drawable(series: Series, axes: Axes) -> tuple[Points, Points]:
    return _placed(series.x, series.y, axes)


def _edges(series: Series, axes: Axes) -> tuple[tuple[Points, Points], tuple[Points, Points]]:
    """Give the lower and the upper edge of a band; without one, they are empty."""
    low, high = series.band or ((), ())
    return _placed(series.x, low, axes), _placed(series.x, high, axes)


def _placed(across: Sequence[float], up: Sequence[float], axes: Axes) -> tuple[Points, Points]:
    """Leave out what has no place."""
    y = np.asarray(up, np.float64)
    x = np.asarray(across, np.float64)[: len(y)]
    good = np.isfinite(x) & np.isfinite(y)
    good &= ((x > 0) | (axes.across != "log")) & ((y > 0) | (axes.scale != "log"))
    return x[good], y[good]


def _grid(axes: Axes, plot: _Plot) -> list[Markup]:
    parts = []
    for height, words in plot.y.ticks():
        y = float(plot.up(np.array(height)))
        parts.append(_rule("grid", (_LEFT, y), (_RIGHT, y)))
        parts.append(text(words, _LEFT - 7, y + 4, "tick", anchor="end"))
    for place, words in _ticks_across(plot.x):
        parts.append(text(words, float(plot.across(np.array(place))), _BOTTOM + 17, "tick"))
    parts.append(_rule("base", (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)))
    parts.append(text(axes.x, (_LEFT + _RIGHT) / 2, _HEIGHT - 5, "axis"))
    parts.append(upward_text(axes.y, 11, (_TOP + _BOTTOM) / 2, "axis"))
    return parts


def _ticks_across(axis: Axis) -> list[tuple[float, str]]:
    if axis.scale == "log":
        return axis.ticks()
    whole = [value for value in round_ticks(axis.low, axis.high, about=6) if value == round(value)]
    places = axis.heights(np.array(whole)).tolist()
    return list(zip(places, map(tick_words, whole), strict=True))


def _upright(x: float, plot: _Plot) -> Markup:
    across = float(plot.across(plot.x.heights(np.array(x))))
    return _rule("mark", (across, _TOP), (across, _BOTTOM))


def _rule(style: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        style, *start, *end
    )


def _line(pen: _Pen, x: Points, y: Points, plot: _Plot, *, smoothed: bool) -> list[Markup]:
    parts = [_polyline(pen, plot.points(*thin(x, y)), faint=smoothed)]
    if smoothed:
        parts.append(_polyline(pen, plot.points(*thin(x, smooth(y))), faint=False))
    if len(x) <= _DOTTED_POINTS:
        dot = Markup('<circle r="2.5" cx="{}" cy="{}" fill="{}"/>')
        parts += [dot.format(*point, pen.colour) for point in plot.points(x, y)]
    return parts


def _band(
    pen: _Pen, low: tuple[Points, Points], high: tuple[Points, Points], plot: _Plot
) -> list[Markup]:
    outline = [*plot.points(*low), *reversed(plot.points(*high))]
    if not outline:
        return []
    points = " ".join(f"{across},{up}" for across, up in outline)
    return [Markup('<polygon class="band" fill="{}" points="{}"/>').format(pen.colour, points)]


def _polyline(pen: _Pen, points: list[tuple[float, float]], *, faint: bool) -> Markup:
    return Markup('<polyline class="line{}{}" stroke="{}" points="{}"/>').format(
        " faint" if faint else "",
        pen.dashed,
        pen.colour,
        " ".join(f"{across},{up}" for across, up in points),
    )


def _in_words(axes: Axes, series: Sequence[Series]) -> str:
    drawn = [(each.name, _drawable(each, axes)[1]) for each in series]
    ends = (f"{name} from {y[0]:.4g} to {y[-1]:.4g}" for name, y in drawn if len(y))
    return f"{axes.y} over {axes.x}: {'; '.join(ends)}."


def _figure(axes: Axes, legend: Markup, drawing: Markup) -> Markup:
    caption = Markup('<p class="quiet">{}</p>').format(axes.caption) if axes.caption else ""
    return Markup('<figure class="chart"><figcaption>{}</figcaption>{}{}{}</figure>').format(
        axes.title, legend, drawing, caption
    )


def _legend(series: Sequence[Series], mark: Mark | None) -> Markup:
    if len(series) == 1 and mark is None:
        return Markup("")
    key = Markup('<li><span class="key{}" style="--key:{}"></span>{}</li>')
    keys = [
        key.format(_Pen(index).dashed, _Pen(index).colour, each.name)
        for index, each in enumerate(series)
    ]
    if mark is not None:
        keys.append(Markup('<li><span class="key upright"></span>{}</li>').format(mark.text))
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(keys))
