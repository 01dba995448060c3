"""What all tests share: real digits, and a cache of their own."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from inkdigit.types import Images, Labels

settings.register_profile(  # a busy machine is no failure
    "inkdigit", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("inkdigit")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("INKDIGIT_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits() -> tuple[Images, Labels]:
    """The 5,000 digits of mnist-5k: (5000, 28, 28, 1), sorted by class."""
    from inkdigit.data.sources.sample import read_sample

    return read_sample()
