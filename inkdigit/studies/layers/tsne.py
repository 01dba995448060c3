"""A map on which digits with similar last features lie close together."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from inkdigit.evaluation.svg import svg, text
from inkdigit.types import Labels

_SIDE = 900  # units of the drawing
_MARGIN = 24
_PERPLEXITY = 30.0


@dataclass(frozen=True)
class Map:
    """Where each picture lies, and what was said of it."""

    places: NDArray[np.float64]  # (N, 2) in [0, 1]
    truth: Labels
    predicted: Labels
    class_names: tuple[str, ...]

    @property
    def wrong(self) -> int:
        """How many were answered wrongly."""
        return int((self.truth != self.predicted).sum())


def lay_out(
    features: NDArray[np.float32], truth: Labels, predicted: Labels, class_names: tuple[str, ...]
) -> Map:
    """Lay pictures out by their features.

    Args:
        features: (N, features) that the last layer receives.
        truth: (N,).
        predicted: (N,).
        class_names: of both.

    Source: van der Maaten and Hinton 2008, *Visualizing data using t-SNE*.
    """
    perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="random", random_state=0).fit_transform(features)
    low, high = layout.min(axis=0), layout.max(axis=0)
    return Map((layout - low) / np.maximum(high - low, 1e-9), truth, predicted, class_names)


def draw(found: Map) -> Markup:
    """Draw every picture as the name and in the colour of its class; errors are ringed."""
    across = _MARGIN + found.places * (_SIDE - 2 * _MARGIN)
    order = np.argsort(found.truth != found.predicted, kind="stable")  # errors on top
    parts = [_mark(found, int(row), across[row].tolist()) for row in order]
    words = (
        f"{len(found.truth)} validation pictures by their last features; {found.wrong} of them "
        "were answered wrongly."
    )
    picture = svg("Map of the last features", words, (_SIDE, _SIDE), parts)
    return Markup('<figure class="chart map"><figcaption>{}</figcaption>{}</figure>').format(
        words, picture
    )


def _mark(found: Map, row: int, place: Sequence[float]) -> Markup:
    x, y = place
    truth, predicted = found.class_names[found.truth[row]], found.class_names[found.predicted[row]]
    colour = _colour(int(found.truth[row]), len(found.class_names))
    sign = Markup('<g fill="{}" class="sign">{}</g>').format(
        colour, text(truth[:3], x, y + 4, "glyph")
    )
    if truth == predicted:
        return sign
    ring = Markup('<circle class="ring" cx="{:.1f}" cy="{:.1f}" r="11"/>').format(x, y)
    title = Markup("<title>{} answered as {}</title>").format(truth, predicted)
    return Markup("<g>{}{}{}{}</g>").format(
        title, ring, sign, text(predicted[:3], x + 15, y - 6, "said")
    )


def _colour(label: int, classes: int) -> str:
    """Give a class its own hue, light or dark enough for both themes."""
    red, green, blue = colorsys.hls_to_rgb(label / classes, 0.48 + 0.08 * (label % 2), 0.75)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
