import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.evaluation.charts import Axes, Mark, Series, line_chart, smooth, thin
from tests.evaluation.html_check import Page

AXES = Axes("Training loss", "iteration", "loss", "log")


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1), st.sampled_from([4, 10, 1000]))
def test_thinning_keeps_order_ends_and_the_highest_and_lowest(
    size: int, seed: int, most: int
) -> None:
    y = np.random.default_rng(seed).normal(size=size)
    x = np.arange(size, dtype=float)
    thin_x, thin_y = thin(x, y, most)
    assert len(thin_x) <= max(most, 4)
    assert (np.diff(thin_x) > 0).all()
    assert {x[0], x[-1]} <= set(thin_x)
    assert thin_y.min() == y.min()
    assert thin_y.max() == y.max()
    assert np.array_equal(thin_y, y[thin_x.astype(int)])


def test_thinning_leaves_a_short_curve_alone() -> None:
    x = np.arange(1000.0)
    assert thin(x, x)[0] is x


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400))
def test_smoothing_stays_between_the_lowest_and_the_highest(numbers: list[float]) -> None:
    y = np.array(numbers)
    averaged = smooth(y)
    room = 1e-9 * max(1, np.abs(y).max())
    assert averaged.shape == y.shape
    assert averaged.min() >= y.min() - room
    assert averaged.max() <= y.max() + room


def test_smoothing_is_unbiased_at_the_start() -> None:
    assert np.allclose(smooth(np.full(1000, 3.0)), 3)


def test_a_long_curve_with_a_spike_is_small_and_keeps_the_spike() -> None:
    y = np.full(100_000, 0.01)
    y[51_234] = 9.0
    chart = line_chart(AXES, [Series("loss", range(100_000), y.tolist())])
    lowest = min(float(point.split(",")[1]) for point in _points(chart))
    assert len(chart) < 30_000
    assert len(_points(chart)) <= 1000
    assert lowest < 30  # SVG counts from the top


def test_a_chart_says_in_words_what_it_shows() -> None:
    page = Page(line_chart(AXES, [Series("loss", [1, 2], [2.0, 0.5])]))
    assert "loss over iteration: loss from 2 to 0.5." in page.words
    assert "svg" in page.tags


def test_a_band_reaches_from_its_lowest_to_its_highest_and_the_axis_around_it() -> None:
    band = ([1.0, 0.1], [4.0, 8.0])
    chart = line_chart(AXES, [Series("loss", [1, 2], [2.0, 0.5], band=band)])
    outline = chart.partition('class="band"')[2].partition(' points="')[2].partition('"')[0]
    heights = [float(point.split(",")[1]) for point in outline.split()]
    assert len(heights) == 4
    assert heights[0] > heights[3], "the lower edge first, then back along the upper one"
    assert 12 <= min(heights) < max(heights) <= 230
    assert 'class="band"' not in line_chart(AXES, [Series("loss", [1, 2], [2.0, 0.5])])


def test_several_series_and_a_mark_have_a_legend() -> None:
    series = [Series(name, [1, 2], [2.0, 0.5]) for name in ("training", "a <b> & c")]
    words = Page(line_chart(AXES, series, mark=Mark(2, "chosen: epoch 2"))).words
    assert "training a <b> & c chosen: epoch 2" in words


def test_more_series_than_colours_repeat_them_dashed() -> None:
    series = [Series(f"run {k}", [1, 2], [2.0, 0.5]) for k in range(9)]
    chart = line_chart(AXES, series)
    assert chart.count('class="line dashed"') == 1
    assert chart.count("var(--series-0)") == 2 * chart.count("var(--series-8)") + 8


def test_a_chart_of_nothing_says_so() -> None:
    assert "Nothing was recorded." in line_chart(AXES, [Series("loss", [], [])])
    assert "Nothing was recorded." in line_chart(AXES, [Series("loss", [1], [0.0])])


def test_values_without_a_place_are_left_out() -> None:
    chart = line_chart(AXES, [Series("loss", [1, 2, 3, 4], [1.0, float("nan"), 0.0, 0.1])])
    assert len(_points(chart)) == 2
    assert "nan" not in "".join(_points(chart))


def test_along_a_logarithmic_axis_equal_factors_are_equally_far_apart() -> None:
    axes = Axes("Speed", "pictures", "pictures a second", across="log")
    chart = line_chart(axes, [Series("ours", [0, 1, 100, 10_000], [1.0, 2.0, 3.0, 4.0])])
    places = [float(point.split(",")[0]) for point in _points(chart)]
    assert len(places) == 3  # 0 has no logarithm
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    assert ">100<" in chart
    assert ">10k<" in chart


def _points(chart: str) -> list[str]:
    return chart.partition(' points="')[2].partition('"')[0].split()
