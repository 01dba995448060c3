"""Where the pages of a TIFF are, whatever stands between them, and however they are chained."""

import struct

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.pictures import tiff
from inkdigit.pictures.decode import decode
from tests.pictures.corpus import RAMP, encoded


def chained(*kinds: int, loop: bool = False) -> bytes:
    """Write a TIFF of directories that each hold a grey pixel and say what they are."""
    size = 2 + 9 * 12 + 4
    content = b"II*\0" + struct.pack("<I", 8)
    for number, kind in enumerate(kinds):
        start, last = 8 + number * size, number == len(kinds) - 1
        shorts = {254: kind, 256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 4, 278: 1, 279: 1}
        content += struct.pack("<H", 9)
        content += b"".join(struct.pack("<HHIHxx", *(tag, 3, 1, n)) for tag, n in shorts.items())
        content += struct.pack("<I", (8 if loop else 0) if last else start + size)
    return content


@pytest.mark.parametrize("big", [False, True])
def test_every_page_can_be_the_first(big: bool) -> None:
    frames = [Image.fromarray(np.roll(RAMP, shift)) for shift in range(4)]
    content = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], big_tiff=big)
    assert (content[2] == ord("+")) is big
    starts = tiff.page_starts(content)
    assert len(starts) == 4
    for start, frame in zip(starts, frames, strict=True):
        assert (decode(tiff.page(content, start))[..., 0] == np.asarray(frame)).all()


def test_thumbnails_and_masks_are_no_pages() -> None:
    assert len(tiff.page_starts(chained(1, 0, 2, 1, 4, 5, 2))) == 3


def test_a_chain_that_bites_its_tail_ends() -> None:
    assert len(tiff.page_starts(chained(2, 2, 2, loop=True))) == 3


def test_a_chain_that_leads_out_of_the_file_ends() -> None:
    assert tiff.page_starts(b"II*\0" + struct.pack("<I", 1 << 31)) == []
    assert len(tiff.page_starts(chained(0, 0)[:-4] + b"\xff" * 4)) == 2


def test_too_many_directories_are_not_all_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "DIRECTORIES", 1000)
    count = 2000
    chain = b"".join(struct.pack("<HI", 0, 14 + 6 * number) for number in range(count))
    assert len(tiff.page_starts(b"II*\0" + struct.pack("<I", 8) + chain)) == 1000


def test_a_directory_of_a_million_tags_is_refused() -> None:
    tags = b"".join(struct.pack("<HHQQ", 40_000, 4, 1, 5) for _ in range(100_000))
    content = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 100_000) + tags + bytes(8)
    with pytest.raises(DataError, match="more than 65535 tags"):
        decode(content)
