"""Model cards as HTML."""

import re
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore


@lru_cache(maxsize=1)
def renderer() -> MarkdownIt:
    """Return a renderer that passes no HTML through and shows no pictures."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    made.add_render_rule(
        "table_open", lambda *_: '<div class="table-wrap" tabindex="0"><table class="table">'
    )
    made.add_render_rule("table_close", lambda *_: "</table></div>")
    made.core.ruler.push("anchors", add_anchors)
    return made


def add_anchors(state: StateCore) -> None:
    """Give each heading an id made of its words, so that a link can lead to it."""
    for heading, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor(inline.content))


def anchor(text: str) -> str:
    """Return an id made of the words of a heading.

    >>> anchor("Black holes: TDE and AGN")
    'black-holes-tde-and-agn'
    """
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


@lru_cache(maxsize=128)
def to_html(text: str) -> SafeString:
    r"""Render Markdown; HTML in it is shown as text, links to scripts are dropped.

    >>> str(to_html("**a** <b>"))
    '<p><strong>a</strong> &lt;b&gt;</p>\n'
    """
    return mark_safe(str(renderer().render(text)))  # noqa: S308 (the renderer escapes everything)
