"""Small files that cost Pillow far more memory or time than their size, told before it opens them.

A large picture is refused by its size in `pictures.decode`; here is what hides in the structure.
"""

import re

from inkdigit.pictures.tiff import entries, is_tiff

SCANS = 200  # of one JPEG; encoders write about ten, and each one costs a pass over all pixels
SEGMENTS = 10_000  # of one JPEG, each an object in memory; the largest colour profiles take 250
STRIPS = 300_000  # of one TIFF, or tiles, each an object; 50 megapixels in 16×16 are 200,000
TAGS = 65_535  # of one page of a TIFF; a BigTIFF of 64 MiB has room for 3 million, which take 11 s

# all that stand before a length, and the end
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")
_COMMENT = re.compile(rb"#[^\r\n]*")


def defused(content: bytes, most_pixels: int) -> bytes:
    """Give back a file's content without what costs much and means nothing.

    Args:
        content: of a file of any format.
        most_pixels: so many may be in one tile, which is unpacked whole for a single pixel.

    Raises:
        ValueError: a JPEG of absurdly many scans or segments, a TIFF of absurdly large or many
            tiles, or many tags.
    """
    if content.startswith(b"\xff\xd8\xff"):
        _check_jpeg(content)
    elif is_tiff(content):
        _check_tiff(content, most_pixels)
    elif content[:2] in (b"P1", b"P2", b"P3"):  # Pillow copies a megabyte for every comment
        return _COMMENT.sub(b"", content)
    return content


def _check_jpeg(content: bytes) -> None:
    """Walk over the markers as libjpeg does, stepping over what each one's length covers."""
    place = scans = segments = 0
    while (marker := _MARKER.search(content, place)) and marker[1] != b"\xd9":  # end of image
        segments += 1
        scans += marker[1] == b"\xda"
        if scans > SCANS or segments > SEGMENTS:
            raise ValueError(f"more than {SCANS} scans or {SEGMENTS} segments")
        length = int.from_bytes(content[marker.end() : marker.end() + 2])
        place = marker.end() + max(2, length)


def _check_tiff(content: bytes, most_pixels: int) -> None:
    width = height = 0
    for number, (tag, count, value) in enumerate(entries(content)):
        if number >= TAGS:
            raise ValueError(f"more than {TAGS} tags")
        if tag in (273, 324) and count > STRIPS:  # offsets of strips, of tiles
            raise ValueError(f"more than {STRIPS} strips")
        width = max(width, value) if tag == 322 else width  # the tiles' width
        height = max(height, value) if tag == 323 else height
    if width * height > most_pixels:
        raise ValueError(f"tiles of {width}×{height} pixels")
