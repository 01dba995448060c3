"""Dots over the values of one setting, and bars of importance, as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from inkdigit.evaluation.charts import Axes
from inkdigit.evaluation.scales import Axis, Points, round_ticks, span, tick_words
from inkdigit.evaluation.svg import svg, text, upward_text
from inkdigit.studies.search.space import Value

_WIDTH, _HEIGHT = 480, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 466, 12, 210
_BAR, _GAP = 22, 8
_MARGIN = 0.04  # of the width, on both sides of the dots


@dataclass(frozen=True)
class Dot:
    """One trial in a slice."""

    x: Value
    y: float
    number: int
    is_best: bool


def dot_chart(
    axes: Axes,
    dots: Sequence[Dot],
    *,
    log_x: bool = False,
    named: bool = False,
    line: Sequence[float] = (),
) -> Markup:
    """Draw how trials did, over the values of one setting or over their numbers.

    Args:
        axes: what is drawn.
        dots: the trials.
        log_x: each order of magnitude gets the same room.
        named: each value gets a column of its own.
        line: a height for each dot, in their order, joined by a line.
    """
    y_axis = Axis.around([np.array([dot.y for dot in dots])], axes.scale)
    values = [dot.x for dot in dots]
    many = len(set(values)) > 1
    places, ticks = _across(values, log_x=log_x) if many and not named else _named(values)
    heights = y_axis.heights(np.array([dot.y for dot in dots]))
    parts = []
    for height, words in y_axis.ticks():
        y = _BOTTOM - height * (_BOTTOM - _TOP)
        parts.append(_line("grid", (_LEFT, y), (_RIGHT, y)))
        parts.append(text(words, _LEFT - 7, y + 4, "tick", anchor="end"))
    parts += [text(words, x, _BOTTOM + 17, "tick") for x, words in ticks]
    parts.append(_line("base", (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)))
    parts.append(upward_text(axes.y, 11, (_TOP + _BOTTOM) / 2, "axis"))
    parts.append(text(axes.x, (_LEFT + _RIGHT) / 2, _HEIGHT - 5, "axis"))
    if line:
        ups = (_BOTTOM - y_axis.heights(np.array(line)) * (_BOTTOM - _TOP)).tolist()
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(places.tolist(), ups, strict=True))
        parts.append(
            Markup('<polyline class="line" stroke="var(--series-1)" points="{}"/>').format(points)
        )
    for x, height, dot in sorted(
        zip(places.tolist(), heights.tolist(), dots, strict=True), key=lambda each: each[2].is_best
    ):
        parts.append(_dot(x, _BOTTOM - height * (_BOTTOM - _TOP), dot))
    words = f"{axes.y} of {len(dots)} trials over {axes.x}."
    picture = svg(axes.title, words, (_WIDTH, _HEIGHT), parts)
    return Markup('<figure class="chart"><figcaption>{}</figcaption>{}</figure>').format(
        axes.title, picture
    )


def bar_chart(title: str, shares: Sequence[tuple[str, float]]) -> Markup:
    """Draw shares of 1 as bars, each with its name and figure."""
    left = 20 + 7.0 * max(len(name) for name, _ in shares)
    height = len(shares) * (_BAR + _GAP) + _GAP
    full = _WIDTH - left - 50
    parts = []
    for place, (name, share) in enumerate(shares):
        y = _GAP + place * (_BAR + _GAP)
        parts.append(text(name, left - 8, y + _BAR - 6, "tick", anchor="end"))
        parts.append(
            Markup('<rect class="right" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
                left, y, max(1.0, share * full), _BAR
            )
        )
        end = left + max(1.0, share * full) + 6
        parts.append(text(f"{share:.0%}", end, y + _BAR - 6, "tick", anchor="start"))
    words = "; ".join(f"{name} {share:.0%}" for name, share in shares)
    picture = svg(title, words, (_WIDTH, height), parts)
    return Markup('<figure class="chart"><figcaption>{}</figcaption>{}</figure>').format(
        title, picture
    )


def _across(values: Sequence[Value], *, log_x: bool) -> tuple[Points, list[tuple[float, str]]]:
    """Place values between left and right; give the ticks too."""
    numbers = np.array([float(value) for value in values])
    scaled = np.log10(numbers) if log_x else numbers
    low, high = span([scaled])

    def place(found: Points) -> Points:
        share = (found - low) / (high - low)
        return _LEFT + (_MARGIN + share * (1 - 2 * _MARGIN)) * (_RIGHT - _LEFT)

    if log_x:
        powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        steps = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        wide = high - low > 2
        inside = [s for s in steps if low <= np.log10(s) <= high]
        kept = [s for s in inside if not wide or f"{s:e}".startswith("1.")]
        spots = place(np.log10(np.array(kept or inside or [10**low])))
        return place(scaled), list(
            zip(spots.tolist(), map(tick_words, kept or inside or [10**low]), strict=True)
        )
    steps = [step for step in round_ticks(low, high) if low <= step <= high]
    return place(scaled), list(
        zip(place(np.array(steps)).tolist(), map(tick_words, steps), strict=True)
    )


def _named(values: Sequence[Value]) -> tuple[Points, list[tuple[float, str]]]:
    """Give each value a column of its own; dots in one are spread, so that all are seen."""
    columns = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    width = (_RIGHT - _LEFT) / len(columns)
    counts = dict.fromkeys(columns, 0)
    places = []
    for value in values:
        spread = (
            0.5 + counts[value] * 0.618034
        ) % 1 - 0.5  # the golden ratio leaves no two together
        counts[value] += 1
        places.append(_LEFT + (columns.index(value) + 0.5 + 0.5 * spread) * width)
    ticks = [
        (_LEFT + (place + 0.5) * width, f"{value:g}" if isinstance(value, float) else str(value))
        for place, value in enumerate(columns)
    ]
    return np.array(places), ticks


def _dot(x: float, y: float, dot: Dot) -> Markup:
    look = ("5", "var(--series-1)", "1") if dot.is_best else ("3.2", "var(--series-0)", "0.6")
    return Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" fill-opacity="{}">'
        "<title>trial {}: {} = {}</title></circle>"
    ).format(x, y, *look, dot.number, dot.x, f"{dot.y:.5g}")


def _line(style: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        style, *start, *end
    )
