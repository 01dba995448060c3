"""`inkdigit benchmark` times what it is given and names the best of it."""

import json

import pytest

from inkdigit.recognition.benchmark import Speed, best, thread_counts
from tests.cli.conftest import Inkdigit


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.recognition.benchmark._SECONDS", 0.01)
    monkeypatch.setattr("inkdigit.recognition.benchmark._LEAST_ROUNDS", 2)


def test_every_setting_is_timed_and_the_best_is_one_of_them(inkdigit: Inkdigit) -> None:
    done = inkdigit("benchmark", "quick", "--json")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert record["precision"] == "fp32"
    assert {speed["batch"] for speed in record["speeds"]} == {1, 16, 250, 1000}
    assert record["best"] in record["speeds"]
    assert record["framing_per_s"] > 0
    for speed in record["speeds"]:
        assert speed["p50_us"] <= speed["p99_us"]
        assert speed["per_s"] == pytest.approx(1e6 * speed["batch"] / speed["p50_us"])


def test_people_get_a_table_and_what_to_write(inkdigit: Inkdigit) -> None:
    done = inkdigit("benchmark", "quick")
    assert "p50" in done.out
    assert "best: " in done.out
    assert "open_recognizer('quick', threads=" in done.out


def test_of_nearly_equal_settings_the_one_with_fewer_threads_is_best() -> None:
    speeds = [Speed(1, 250, 980, 1, 1), Speed(2, 250, 1000, 1, 1), Speed(1, 1, 300, 1, 1)]
    assert best(speeds) == speeds[0]
    assert best(speeds[1:]) == speeds[1]


@pytest.mark.parametrize(
    ("cores", "counts"), [(1, (1,)), (2, (1, 2)), (6, (1, 2, 4, 6)), (8, (1, 2, 4, 8))]
)
def test_threads_are_tried_up_to_all_cores(cores: int, counts: tuple[int, ...]) -> None:
    assert thread_counts(cores) == counts
