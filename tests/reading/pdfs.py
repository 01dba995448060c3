"""PDFs written by hand: sound ones of many kinds, hostile ones of a kilobyte, and scans."""

import hashlib
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tests.pictures.corpus import RAMP, encoded

CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
SQUARE = b"0 0 0 rg 20 20 60 60 re f"  # black, from the lower left corner


def pdf(objects: Sequence[bytes], *, trailer: bytes = b"", start: bytes = b"") -> bytes:
    """Write objects 1, 2, …, of which the first is the catalogue."""
    content, places = bytearray(start + b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


def page(
    content: bytes = SQUARE,
    *,
    box: bytes = b"[0 0 100 100]",
    more: bytes = b"",
    objects: Sequence[bytes] = (),
    catalogue: bytes = CATALOGUE,
    trailer: bytes = b"",
) -> bytes:
    """Write a PDF of one page: `more` is in its dictionary, `objects` are those from 5 on."""
    head = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox %s %s >>" % (box, more)
    tree = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf([catalogue, tree, head, stream(content), *objects], trailer=trailer)


def pages(count: int) -> bytes:
    """Write a PDF whose pages are 10, 20, 30, … units wide, and as high as they are wide."""
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>"
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    side = [b"%d %d" % (10 * number, 10 * number) for number in range(1, count + 1)]
    heads = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s] >>" % each for each in side]
    return pdf([CATALOGUE, tree % (kids, count), *heads])


def encrypted(handler: bytes = b"/Standard /V 1 /R 2", user: bytes = b"cd" * 32) -> bytes:
    """Write a PDF that no empty password opens."""
    lock = b"<< /Filter %s /P -4 /O <%s> /U <%s> >>" % (handler, b"ab" * 32, user)
    return page(objects=[lock], trailer=b"/Encrypt 5 0 R /ID [<00> <00>]")


def locked_by_its_owner() -> bytes:
    """Write a PDF that opens without a password, and may not be changed (PDF 1.7, algorithm 4)."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    permissions = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(padding + b"\xab" * 32 + permissions + b"\0", usedforsecurity=False)
    return encrypted(user=_rc4(key.digest()[:5], padding).hex().encode())


def _rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i, j, out = 0, 0, bytearray()
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def tiled(step: bytes = b"9") -> bytes:
    """Write a page that is filled with a pattern that comes again after so many units."""
    pattern = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9]"
    pattern += b" /XStep %s /YStep %s /Resources << >>"
    return page(
        b"/Pattern cs /P scn 0 0 99 99 re f",
        more=b"/Resources << /Pattern << /P 5 0 R >> >>",
        objects=[stream(b"0 0 5 5 re f", pattern % (step, step))],
    )


def nested(depth: int) -> bytes:
    """Write a page with a form that draws another one twice, which does so as well, and so on."""
    form = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /F %d 0 R >> >>"
    )
    forms = [stream(b"/F Do /F Do", form % (6 + level)) for level in range(depth)]
    last = stream(SQUARE, b"/Type /XObject /Subtype /Form /BBox [0 0 99 99]")
    return page(b"/F Do", more=b"/Resources << /XObject << /F 5 0 R >> >>", objects=[*forms, last])


def bomb() -> bytes:
    """Write a page whose content keeps the state five million times, packed twice."""
    packed = zlib.compress(zlib.compress(b"q " * 5_000_000, 9), 9)
    content = stream(packed, b"/Filter [/FlateDecode /FlateDecode]")
    head = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>"
    return pdf([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", head, content])


def filled_form() -> bytes:
    """Write a page with a black square in a note at the left, and one in a field at the right."""
    shape = stream(b"0 0 0 rg 0 0 20 20 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 20 20]")
    note = b"<< /Type /Annot /Subtype /Stamp /Rect [10 40 30 60] /F 4 /AP << /N 6 0 R >> >>"
    field = b"<< /Type /Annot /Subtype /Widget /FT /Btn /Ff 65536 /T (x) /Rect [70 40 90 60] /F 4"
    return page(
        b"",
        more=b"/Annots [5 0 R 7 0 R]",
        objects=[note, shape, field + b" /AP << /N 6 0 R >> >>"],
        catalogue=b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> >>",
    )


def corpus() -> list[bytes]:
    """Sound PDFs, always in one order."""
    font = b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    shading = b"/Resources << /Shading << /S << /ShadingType 2 /ColorSpace /DeviceRGB"
    shading += b" /Coords [0 0 99 99] /Function << /FunctionType 2 /Domain [0 1] /C0 [1 0 0]"
    shading += b" /C1 [0 0 1] /N 1 >> >> >> >>"
    inline = b"50 0 0 50 9 9 cm BI /W 4 /H 4 /BPC 8 /CS /G ID 0123456789abcdef EI"
    packed = stream(zlib.compress(SQUARE), b"/Filter /FlateDecode")
    letters = stream(SQUARE.hex().encode() + b">", b"/Filter /ASCIIHexDecode")
    written = [
        page(),
        page(b"BT /F 40 Tf 10 30 Td (4711) Tj ET", more=font),
        page(b"[7 3] 1 d 2 J 5 w 1 0 0 RG 9 9 m 30 90 70 90 90 9 c S " + inline),
        page(b"/S sh", more=shading),
        tiled(),
        page(more=b"/Rotate 90 /CropBox [5 5 95 60] /UserUnit 2"),
        *(page(more=b"/Contents 5 0 R", objects=[each]) for each in (packed, letters)),
        pages(3),
        nested(3),
        filled_form(),
        encrypted(),
    ]
    return written + [scan(mode) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK")]


def scan(mode: str = "L", count: int = 1) -> bytes:
    """Save a picture as PDF, as scanners do."""
    wide = np.kron(RAMP, np.ones((8, 8), np.uint8))
    picture = Image.fromarray(np.stack([wide, wide.T, 255 - wide], axis=2)).convert(mode)
    return encoded(picture, "PDF", save_all=True, append_images=[picture] * (count - 1))
