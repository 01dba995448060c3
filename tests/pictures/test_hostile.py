"""Files that are no plain picture: refused in one line, before they cost anything, or read."""

import os
import socket
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.pictures.decode import Limits, decode
from inkdigit.pictures.prepare import prepare
from inkdigit.types import Preparation
from tests.pictures.corpus import RAMP, encoded, tiff

PNG = encoded(Image.fromarray(RAMP), "PNG")


def png(width: int, height: int) -> bytes:
    """Write a PNG of one bit a pixel, all black, whatever its size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj()
    rows = [packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)]
    pixels = b"".join(rows) + packer.flush()
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_bomb_of_nine_hundred_megapixels_is_refused_by_its_header() -> None:
    bomb = png(30_000, 30_000)
    assert len(bomb) < 1_000_000
    with pytest.raises(DataError, match=r"30000×30000 = 900,000,000 pixels, expected at most 50"):
        decode(bomb)


def test_the_limits_are_what_the_caller_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"64 pixels, expected at most 63\. Scale it down\.$"):
        decode(PNG, Limits(pixels=63))
    with pytest.raises(DataError, match=r"Scale it down, or raise `mine`\.$"):
        decode(PNG, Limits(pixels=63, pixel_setting="mine"))
    (tmp_path / "x.png").write_bytes(PNG)
    for source in (PNG, tmp_path / "x.png"):
        with pytest.raises(DataError, match=r"bytes, expected at most 20\..*raise `this`\.$"):
            decode(source, Limits(bytes=20, byte_setting="this"))
    assert decode(PNG, Limits(pixels=64, bytes=len(PNG))).shape == (8, 8, 1)


def test_an_empty_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(DataError, match=r"empty\.png: empty file, expected a picture"):
        decode(tmp_path / "empty.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with names")
def test_nothing_but_a_regular_file_is_opened_and_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.png"))
        for name in ("pipe.png", "folder.png", "s.png"):
            with pytest.raises(DataError, match=r"png: .*expected a picture"):
                decode(tmp_path / name)
    with pytest.raises(DataError, match="no regular file"):
        decode(Path("/dev/zero"))


def test_odd_names_stay_on_one_line(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\nb\x1b[31m\xff.png"))
    file.write_bytes(b"text")
    with pytest.raises(DataError) as caught:
        decode(file)
    assert str(caught.value).isprintable()


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(PNG)
    assert (decode(tmp_path / "x.jpg")[..., 0] == RAMP).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_the_picture_stands_upright(orientation: int) -> None:
    upright = np.zeros((16, 8), np.uint8)
    upright[:4, :4] = 255  # one corner only
    turns = {1: lambda p: p, 2: np.fliplr, 3: lambda p: np.rot90(p, 2), 4: np.flipud}
    turns |= {
        5: np.transpose,
        6: np.rot90,
        7: lambda p: np.rot90(p, 2).T,
        8: lambda p: np.rot90(p, 3),
    }
    exif = Image.Exif()
    exif[274] = orientation
    stored = np.ascontiguousarray(turns[orientation](upright))
    assert (decode(encoded(Image.fromarray(stored), "PNG", exif=exif))[..., 0] == upright).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_picture_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (250, 120, 0)]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert (decode(content) == (250, 0, 0)).all()


@pytest.mark.parametrize("kind", ["<u1", "<u2"])
def test_a_tiff_whose_zero_is_white_is_turned(kind: str) -> None:
    values = (RAMP.astype(np.uint32) * (1 if kind == "<u1" else 257)).astype(kind)
    assert (decode(tiff(values, photometric=0))[..., 0] == 255 - RAMP).all()


@pytest.mark.parametrize("top", [15, 255, 1000, 65535])
def test_a_pgm_of_any_depth_is_scaled(top: int) -> None:
    values = np.array([0, top // 5, top], np.uint16)
    content = b"P5 3 1 %d " % top
    content += values.astype(">u2" if top > 255 else "u1").tobytes()
    found = decode(content)[0, :, 0].tolist()
    assert found[0] == 0
    assert abs(found[1] - 51) <= 1
    assert found[2] == 255


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 2), (1, 40_000), (40_000, 1), (3, 9_999)]
)
def test_however_long_and_thin_it_is_it_fits(height: int, width: int) -> None:
    pixels = decode(encoded(Image.new("L", (width, height), 200), "PNG"))
    for channels in (1, 3):
        fitted = prepare(pixels, Preparation(28, channels, invert=False))
        assert fitted.shape == (28, 28, channels)
        assert fitted.max() == 200


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
@pytest.mark.parametrize(
    "picture",
    [
        'Image.new("RGBA", (2500, 2000), (0, 0, 0, 128))',
        'Image.new("P", (2500, 2000))',
        'Image.new("I;16", (2500, 2000))',
        'Image.new("1", (2500, 2000))',
    ],
)
def test_a_pixel_costs_at_most_sixteen_bytes(picture: str) -> None:
    code = f"""
import io, resource
from PIL import Image
from inkdigit.pictures.decode import decode
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
file = io.BytesIO()
Image.new("L", (8, 8)).save(file, "PNG")
decode(file.getvalue())
file = io.BytesIO()
{picture}.save(file, "PNG")
content = file.getvalue()
before = peak()
decode(content)
print((peak() - before) / 5_000_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 16 + 6  # and some for the tiles, of which there are few here
