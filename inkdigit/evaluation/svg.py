"""The frame that every drawing on our pages has: an accessible SVG that scales with its column."""

from collections.abc import Iterable

from markupsafe import Markup


def svg(title: str, description: str, size: tuple[float, float], parts: Iterable[Markup]) -> Markup:
    """Put drawn parts into one picture.

    Args:
        title: what it shows; it is read aloud and shown under the pointer.
        description: the same in words, for those who cannot see it.
        size: (width, height) of the viewBox.
        parts: escaped SVG elements.
    """
    width, height = (round(side, 1) for side in size)
    return Markup(
        '<svg role="img" viewBox="0 0 {} {}" aria-label="{}"><title>{}</title><desc>{}</desc>'
        "{}</svg>"
    ).format(width, height, title, title, description, Markup("").join(parts))


def text(words: str, x: float, y: float, style: str, *, anchor: str = "middle") -> Markup:
    """Write words at a point; `style` is a class of the style sheet, `anchor` is SVG's."""
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        style, x, y, anchor, words
    )


def upward_text(words: str, x: float, y: float, style: str, *, anchor: str = "middle") -> Markup:
    """Write words from bottom to top at a point."""
    return Markup(
        '<text class="{}" transform="translate({:.1f} {:.1f}) rotate(-90)" text-anchor="{}">'
        "{}</text>"
    ).format(style, x, y, anchor, words)
