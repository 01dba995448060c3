"""The cache says what it holds, and clears no more than that."""

from pathlib import Path

import platformdirs
import pytest

from inkdigit.data.sources.cache import cache_folder, clear, downloads, entries, packs


def test_the_environment_decides_where_it_is(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == own_cache
    monkeypatch.setenv("INKDIGIT_CACHE", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
    monkeypatch.delenv("INKDIGIT_CACHE")
    assert cache_folder() == platformdirs.user_cache_path("inkdigit")


def test_an_empty_cache_holds_nothing() -> None:
    assert entries() == []
    assert clear() == 0


def test_only_what_inkdigit_put_there_is_listed_and_cleared(own_cache: Path) -> None:
    for path in (downloads() / "file", packs() / "one" / "images.npy", own_cache / "thesis.tex"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    assert [(entry.path.name, entry.size_bytes) for entry in entries()] == [
        ("mnist", 10),
        ("one", 10),
    ]
    assert clear() == 20
    assert entries() == []
    assert (own_cache / "thesis.tex").exists()
