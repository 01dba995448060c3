"""A contact sheet: small pictures enlarged, in a grid, each with its caption below."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.pictures.decode import as_picture
from inkdigit.types import Images, Indices, Labels

TILE_PX = 84  # MNIST three times enlarged
MARGIN_PX = 24
GAP_PX = 10
CAPTION_PX = 18  # height of the line below a picture
BACKGROUND, FRAME, TEXT = "#f7f7f4", "#d8d8d2", "#44443f"


def contact_sheet(images: Images, captions: Sequence[str], columns: int) -> Image.Image:
    """Draw pictures in rows of `columns`, pixel by pixel visible.

    Args:
        images: (N, height, width, 1 or 3), with at least one picture.
        captions: N of them; long ones are shortened to their tile.
        columns: pictures a row.
    """
    count, height, width, _ = images.shape
    scale = max(1, round(TILE_PX / max(height, width)))
    tile_width, tile_height = width * scale, height * scale
    step_x, step_y = tile_width + GAP_PX, tile_height + CAPTION_PX + GAP_PX
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = Image.new(
        "RGB",
        (2 * MARGIN_PX + columns * step_x - GAP_PX, 2 * MARGIN_PX + rows * step_y - GAP_PX),
        BACKGROUND,
    )
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    for place, (picture, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = MARGIN_PX + place % columns * step_x, MARGIN_PX + place // columns * step_y
        tile = as_picture(picture)
        sheet.paste(tile.resize((tile_width, tile_height), Image.Resampling.NEAREST), (left, top))
        right, bottom = left + tile_width, top + tile_height
        pen.rectangle((left - 1, top - 1, right, bottom), outline=FRAME)
        pen.text(
            ((left + right) / 2, bottom + CAPTION_PX / 2 + 1),
            _shortened(caption, font, tile_width),
            fill=TEXT,
            font=font,
            anchor="mm",
        )
    return sheet


def pick_per_class(labels: Labels, per_class: int) -> Indices:
    """Choose the first `per_class` pictures of every class.

    Returns:
        Positions in `labels`, class after class; fewer where a class has fewer.
    """
    by_class = [np.flatnonzero(labels == label)[:per_class] for label in np.unique(labels)]
    return np.concatenate(by_class)


def _shortened(
    caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int
) -> str:
    if font.getlength(caption) <= width_px:
        return caption
    while caption and font.getlength(caption + "…") > width_px:
        caption = caption[:-1]
    return caption + "…"
