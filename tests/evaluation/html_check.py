"""Reading our own pages strictly: every tag closed, nothing loaded from elsewhere."""

from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "br"}
_LOADING = {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}


class Page(HTMLParser):
    """A parsed page: its tags, texts and links.

    Args:
        html: of the page.

    Raises:
        AssertionError: a tag is not closed, or closed in the wrong place.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.titles: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in _LOADING]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open, f"</{tag}> closes nothing"
            assert self._open.pop() == tag, f"</{tag}> in the wrong place"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def words(self) -> str:
        """All visible text, with single spaces."""
        return " ".join(" ".join(self.texts).split())


def read_offline_page(html: str) -> Page:
    """Parse a page, and see to it that it is complete in itself and runs nothing."""
    page = Page(html)
    assert all(link.startswith(("data:", "#")) for link in page.links), page.links
    assert "script" not in page.tags
    assert page.handlers == []
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in html
    return page
