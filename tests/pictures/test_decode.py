"""Every kind of file becomes the same plain pixels, or one line that says why not."""

import csv
import io
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkdigit.errors import DataError
from inkdigit.pictures.decode import as_picture, decode

RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_grey_pictures_keep_one_channel_and_every_value(kind: str) -> None:
    pixels = decode(encoded(Image.fromarray(RAMP), kind))
    assert pixels.shape == (8, 8, 1)
    assert (pixels[..., 0] == RAMP).all()


@pytest.mark.parametrize(("kind", "options"), [("WEBP", {"lossless": True}), ("GIF", {})])
def test_formats_without_grey_keep_every_value_as_colour(
    kind: str, options: dict[str, bool]
) -> None:
    pixels = decode(encoded(Image.fromarray(RAMP), kind, **options))
    assert pixels.shape == (8, 8, 3)
    assert (pixels == RAMP[..., None]).all()


def test_colour_stays_colour_even_if_it_is_grey() -> None:
    colour = np.repeat(RAMP[..., None], 3, axis=2)
    assert (decode(encoded(Image.fromarray(colour), "PNG")) == colour).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_go_back_to_pillow_and_come_again(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    assert (decode(encoded(as_picture(pixels), "PNG")) == pixels).all()


def test_a_path_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(RAMP), "PNG")
    (tmp_path / "ramp.png").write_bytes(content)
    assert (decode(tmp_path / "ramp.png") == decode(content)).all()


def test_sixteen_bits_are_scaled_and_never_clipped() -> None:
    wide = np.linspace(0, 65535, 64).reshape(8, 8).astype(np.uint16)
    pixels = decode(encoded(Image.fromarray(wide), "PNG"))
    assert (pixels[..., 0] == np.rint(wide / 257)).all()


@pytest.mark.parametrize(("top", "expected"), [(1.0, 255), (255.0, 255), (1e6, 255)])
def test_floating_point_grey_uses_the_whole_range(top: float, expected: int) -> None:
    values = np.linspace(0, top, 64, dtype=np.float32).reshape(8, 8)
    pixels = decode(encoded(Image.fromarray(values), "TIFF"))
    assert (pixels.min(), pixels.max()) == (0, expected)
    assert len(np.unique(pixels)) == 64


def test_values_that_are_no_numbers_are_refused() -> None:
    values = np.full((8, 8), np.nan, np.float32)
    with pytest.raises(DataError, match="no numbers"):
        decode(encoded(Image.fromarray(values), "TIFF"))


def test_one_bit_becomes_black_and_white() -> None:
    pixels = decode(encoded(Image.fromarray(RAMP > 127), "PNG"))
    assert pixels.shape == (8, 8, 1)
    assert (pixels[..., 0] == np.where(RAMP > 127, 255, 0)).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    picture = Image.new(mode, (4, 4), 0)
    picture.putpixel((0, 0), (10, 255) if mode == "LA" else (10, 10, 10, 255))
    pixels = decode(encoded(picture, "PNG"))
    assert pixels.shape == (4, 4, 1 if mode == "LA" else 3)
    assert (pixels[0, 0] == 10).all()
    assert (pixels[1:] == 255).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_light_strokes_without_a_ground_lie_over_black(mode: str) -> None:
    picture = Image.new(mode, (8, 8), 0)
    stroke = (250, 255) if mode == "LA" else (255, 240, 60, 255)
    picture.paste(stroke, (2, 1, 4, 7))
    pixels = decode(encoded(picture, "PNG"))
    assert (pixels[:, 5:] == 0).all()
    assert (pixels[1:7, 2:4].max(axis=2) >= 250).all()


def test_a_white_sheet_without_a_ground_lies_over_white() -> None:
    picture = Image.new("RGBA", (20, 20), 0)
    picture.paste((250, 250, 250, 255), (2, 2, 18, 18))
    assert decode(encoded(picture, "PNG")).min() >= 250


def test_half_transparent_ink_is_half_as_dark() -> None:
    pixels = decode(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 128)), "PNG"))
    assert (pixels == 127).all()


def test_a_transparent_palette_entry_is_white() -> None:
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([200, 0, 0, 0, 0, 200])
    picture.putpixel((1, 1), 1)
    pixels = decode(encoded(picture, "PNG", transparency=0))
    assert (pixels[0, 0] == 255).all()
    assert tuple(pixels[1, 1]) == (0, 0, 200)


def test_a_transparent_grey_value_is_white() -> None:
    pixels = decode(encoded(Image.fromarray(RAMP), "PNG", transparency=0))
    assert pixels[0, 0, 0] == 255
    assert pixels[0, 1, 0] == RAMP[0, 1]


def test_ink_on_paper_printed_in_four_colours_is_dark_on_light() -> None:
    picture = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (4, 4, 12, 12))
    pixels = decode(encoded(picture, "JPEG", quality=95))
    assert pixels.shape == (16, 16, 3)
    assert pixels[0, 0].min() > 240
    assert pixels[8, 8].max() < 15


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    picture = Image.fromarray(np.vstack([np.full((8, 32), 255, np.uint8), RAMP.repeat(4, 1)]))
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        pixels = decode(encoded(picture, kind, exif=exif))
        assert pixels.shape[:2] == (32, 16), kind
        assert pixels[:, 8:].min() > 200, kind  # what was on top is on the right


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF"])
@given(kept=st.floats(0, 0.9))
def test_a_truncated_file_is_a_data_error(kind: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    with pytest.raises(DataError):
        decode(content[: int(kept * len(content))])


@given(content=st.binary(max_size=200))
def test_any_bytes_at_all_are_a_data_error(content: bytes) -> None:
    with pytest.raises(DataError):
        decode(content)


@given(place=st.integers(0, 1 << 20), value=st.integers(0, 255))
def test_a_flipped_byte_is_decoded_or_a_data_error(place: int, value: int) -> None:
    content = bytearray(encoded(Image.fromarray(RAMP), "BMP"))
    content[place % len(content)] = value
    with suppress(DataError):
        assert decode(bytes(content)).dtype == np.uint8


def test_errors_name_the_file(tmp_path: Path) -> None:
    missing = tmp_path / "none.png"
    with pytest.raises(DataError, match=r"none\.png: no such file"):
        decode(missing)
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(DataError, match=r"text\.png: no picture .*, expected one of PNG"):
        decode(tmp_path / "text.png")
    (tmp_path / "cut.png").write_bytes(encoded(Image.fromarray(RAMP), "PNG")[:50])
    with pytest.raises(DataError, match=r"cut\.png: damaged picture"):
        decode(tmp_path / "cut.png")


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    content = encoded(Image.new("1", (side, side)), "PNG")
    assert len(content) < 100_000
    with pytest.raises(DataError, match="pixels, expected at most 50,000,000"):
        decode(content)


@pytest.mark.shared_data
def test_the_png_suite_decodes_where_it_should() -> None:
    if "INKDIGIT_DATA" not in os.environ:
        pytest.skip("INKDIGIT_DATA is not set")
    suite = Path(os.environ["INKDIGIT_DATA"]) / "pngsuite"
    for row in csv.DictReader((suite / "labels.csv").read_text().splitlines()):
        if row["expected"] == "decode":
            assert decode(suite / row["file"]).shape[2] in (1, 3)
        elif row["expected"] == "reject":
            with pytest.raises(DataError):
                decode(suite / row["file"])
