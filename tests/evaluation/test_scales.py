import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.evaluation.scales import Axis, Scale, round_ticks, span, tick_words

values = st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_numbers_inside_the_range(low: float, width: float) -> None:
    ticks = round_ticks(low, low + width)
    step = 1e-9 * max(abs(low), width)
    assert 2 <= len(ticks) <= 11
    assert all(low - step <= tick <= low + width + step for tick in ticks)


def test_ticks_are_multiples_of_one_two_or_five() -> None:
    assert round_ticks(0, 1) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert round_ticks(1, 30, about=6) == [5, 10, 15, 20, 25, 30]
    assert round_ticks(3, 12_000, about=6) == [2000, 4000, 6000, 8000, 10_000, 12_000]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (1500.0, "1500"),
        (12_500.0, "12.5k"),
        (2.5e6, "2.5M"),
        (2e-6, "2e-6"),
    ],
)
def test_ticks_are_written_briefly(value: float, words: str) -> None:
    assert tick_words(value) == words


@given(values, st.sampled_from(["linear", "log"]))
def test_every_value_has_a_height_on_the_axis(numbers: list[float], scale: Scale) -> None:
    curve = np.array(numbers)
    heights = Axis.around([curve], scale).heights(curve)
    assert ((heights >= -1e-9) & (heights <= 1 + 1e-9)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_every_accuracy_has_a_height_and_a_better_one_is_higher(shares: list[float]) -> None:
    curve = np.array(sorted(shares))
    heights = Axis.around([curve], "accuracy").heights(curve)
    assert np.isfinite(heights).all()
    assert ((heights >= -1e-9) & (heights <= 1 + 1e-9)).all()
    assert (np.diff(heights) >= -1e-9).all()


def test_equal_factors_of_error_are_equally_far_apart() -> None:
    heights = Axis.around([np.array([0.9, 0.99, 0.999])], "accuracy").heights(
        np.array([0.9, 0.99, 0.999])
    )
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])


def test_a_perfect_accuracy_is_labelled_as_such() -> None:
    axis = Axis.around([np.array([0.993, 0.997, 1.0])], "accuracy")
    height, words = axis.ticks()[0]
    assert words == "100 %"
    assert height == pytest.approx(float(axis.heights(np.array([1.0]))[0]))


@pytest.mark.parametrize(
    ("curve", "scale"),
    [
        ([0.011, 0.012, 0.018], "log"),
        ([1e-9, 1e9], "log"),
        ([2.3, 0.01], "log"),
        ([0.1], "log"),
        ([0.0], "linear"),
        ([0.1, 0.0001], "linear"),
        ([0.2, 0.3], "accuracy"),
        ([0.981, 0.984], "accuracy"),
        ([0.98, 0.99, 0.993], "accuracy"),
        ([0.0, 1.0], "accuracy"),
        ([1.0, 1.0], "accuracy"),
    ],
)
def test_an_axis_has_a_few_ticks_that_do_not_touch(curve: list[float], scale: Scale) -> None:
    ticks = Axis.around([np.array(curve)], scale).ticks()
    heights = [height for height, _ in ticks]
    assert 1 <= len(ticks) <= 10
    assert all(0 <= height <= 1 for height in heights)
    assert all(np.diff(sorted(heights)) >= 0.11)


def test_a_linear_axis_starts_at_zero() -> None:
    axis = Axis.around([np.array([900.0, 1000.0])], "linear")
    assert axis.heights(np.array([0.0])).tolist() == [0.0]


@given(st.floats(-1e9, 1e9))
def test_a_single_value_gets_room_on_both_sides(value: float) -> None:
    low, high = span([np.array([value])])
    assert low < value < high
