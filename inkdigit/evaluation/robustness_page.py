"""The page of a robustness measurement: a table, curves, and what the corruptions look like."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup
from PIL import Image

from inkdigit import durable
from inkdigit.evaluation.charts import Axes, Series, line_chart
from inkdigit.evaluation.corruptions.mnist_c import CORRUPTIONS, corrupt
from inkdigit.evaluation.page import render
from inkdigit.evaluation.robustness import Fared, Rejected, Robustness
from inkdigit.types import Images, Split

_SHOWN = 10  # pictures of each corruption
_ENLARGED = 2


@dataclass(frozen=True)
class Measured:
    """What the page tells: of which model, on what, and all that was found."""

    model: str
    data: str
    robustness: Robustness
    other_writers: Mapping[str, Fared]  # by folder
    not_digits: Mapping[str, Rejected]
    gallery: Mapping[str, str]  # a strip of pictures for each corruption, base64 PNG


def write_page(measured: Measured, path: Path) -> None:
    """Write the page, self-contained, replacing what stands at `path`."""
    page = render(
        "robustness.html.j2",
        {
            "title": f"Robustness of {measured.model} · inkdigit",
            "measured": measured,
            "found": measured.robustness,
            "about": CORRUPTIONS,
            "charts": _charts(measured.robustness),
        },
    )
    durable.write_text(path, page)


def gallery(split: Split, *, seed: int) -> dict[str, str]:
    """Draw one picture of each class, as it is and in every corruption.

    Args:
        split: of 28×28 grey pictures; one that may be looked at.
        seed: draws the corruptions.

    Returns:
        A strip of pictures side by side for each name, base64 PNG; "as they are" is the first.
    """
    labels = split.labels[split.indices]
    firsts = [np.flatnonzero(labels == k)[0] for k in range(len(split.class_names)) if k in labels]
    images = np.asarray(split.images[split.indices[firsts[:_SHOWN]]])
    strips = {"as they are": _strip(images)}
    return strips | {name: _strip(corrupt(images, name, seed=seed)) for name in CORRUPTIONS}


def _strip(images: Images) -> str:
    """Put (N, side, side, 1) side by side."""
    row = np.concatenate(list(images[..., 0]), axis=1)
    picture = Image.fromarray(row).resize(
        (row.shape[1] * _ENLARGED, row.shape[0] * _ENLARGED), Image.Resampling.NEAREST
    )
    content = io.BytesIO()
    picture.save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode("ascii")


def _charts(found: Robustness) -> list[Markup]:
    charts = []
    for sweep in found.sweeps:
        values = [point.value for point in sweep.points]
        fared = [point.fared for point in sweep.points]
        curve = Series(
            sweep.name,
            values,
            [100 * each.accuracy for each in fared],
            band=([100 * each.low for each in fared], [100 * each.high for each in fared]),
        )
        title = sweep.name if sweep.name.isupper() else sweep.name.capitalize()
        charts.append(line_chart(Axes(title, sweep.unit, "accuracy in %"), [curve]))
    return charts
