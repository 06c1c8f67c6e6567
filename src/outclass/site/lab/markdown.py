"""Model cards as HTML."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt


@lru_cache(maxsize=1)
def renderer() -> MarkdownIt:
    """Return a renderer that passes no HTML through and shows no pictures."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@lru_cache(maxsize=128)
def to_html(text: str) -> SafeString:
    r"""Render Markdown; HTML in it is shown as text, links to scripts are dropped.

    >>> str(to_html("**a** <b>"))
    '<p><strong>a</strong> &lt;b&gt;</p>\n'
    """
    return mark_safe(str(renderer().render(text)))  # noqa: S308 (the renderer escapes everything)
