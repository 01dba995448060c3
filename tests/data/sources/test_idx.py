"""IDX files are read exactly or not at all."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from inkdigit.data.sources.idx import parse_idx, read_idx
from inkdigit.errors import DataError


def idx(values: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()


VALUES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@given(values=arrays(np.uint8, array_shapes(max_dims=4, max_side=6)))
def test_what_is_written_is_read(values: NDArray[np.uint8]) -> None:
    assert (parse_idx(idx(values), "x") == values).all()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_files_are_read_gzipped_or_not(tmp_path: Path, pack: type[bytes]) -> None:
    (tmp_path / "file").write_bytes(pack(idx(VALUES)))
    assert (read_idx(tmp_path / "file") == VALUES).all()


@given(cut=st.integers(0, 39))
def test_every_shorter_file_is_refused(cut: int) -> None:
    with pytest.raises(DataError, match="expected"):
        parse_idx(idx(VALUES)[:cut], "x")


def test_a_longer_file_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"more than 40 bytes uncompressed, expected 40 for 2 x 3 x 4"
    ):
        parse_idx(idx(VALUES) + b"\0", "x")


@pytest.mark.parametrize("magic", [b"", b"\0\0\x0d\x03", b"PNG!", b"\0\0\x08\0"])
def test_another_magic_number_is_refused(magic: bytes) -> None:
    with pytest.raises(DataError, match="expected the IDX magic"):
        parse_idx(magic + b"\0" * 30, "x") if magic else parse_idx(b"", "x")


@pytest.mark.parametrize("cut", [3, 20, -1])
def test_a_damaged_gzip_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(idx(VALUES))[:cut])
    with pytest.raises(DataError, match=r"cut\.gz: damaged gzip"):
        read_idx(tmp_path / "cut.gz")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none: no such file"):
        read_idx(tmp_path / "none")


def test_a_gzip_that_holds_far_more_than_it_announces_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(idx(VALUES) + bytes(200_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"more than \d+ bytes uncompressed"):
            read_idx(tmp_path / "bomb.gz")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [(2**31, 1), (2**32 - 1,) * 5, (65536,) * 4])
def test_a_file_that_announces_too_much_takes_no_memory(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    head = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    (tmp_path / "huge").write_bytes(head + bytes(100))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"huge: (it announces|\d+ bytes)"):
            read_idx(tmp_path / "huge")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
