"""The information pages of a challenge: the Markdown files in its folder `pages/`, in order of their names.

`10-how-to-play.md` is the page `how-to-play`; its first line is its title, its next paragraph the summary
that the list of pages shows.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from outclass.catalog.loader import find_challenge
from outclass.site.lab.markdown import to_html
from outclass.site.play.challenges import challenge_or_404, loaded_challenge
from outclass.site.play.pool import pools

FILE_NAME = re.compile(r"(?:\d+-)?([a-z0-9-]+)\.md")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
HOW_TO_PLAY = "how-to-play"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePage:
    """One information page; `summary` is text alone, `lead` the same with its links as HTML."""

    name: str
    title: str
    summary: str
    lead: SafeString
    text: str


def guide_pages(challenge: str) -> tuple[GuidePage, ...]:
    """Return the pages of a challenge: its own, else those of the challenge that it extends."""
    loaded = loaded_challenge(challenge)
    own = read_pages(loaded.folder / "pages")
    if own or not loaded.challenge.extends:
        return own
    return read_pages(find_challenge(loaded.challenge.extends).parent / "pages")


@lru_cache(maxsize=32)
def read_pages(folder: Path) -> tuple[GuidePage, ...]:
    """Read the pages of a folder."""
    paths = [path for path in sorted(folder.glob("*.md")) if FILE_NAME.fullmatch(path.name)]
    return tuple(read_page(path) for path in paths)


def read_page(path: Path) -> GuidePage:
    """Read one page."""
    match = FILE_NAME.fullmatch(path.name)
    assert match is not None
    title, _, rest = path.read_text(encoding="utf-8").strip().partition("\n")
    summary, _, text = rest.strip().partition("\n\n")
    return GuidePage(
        name=match[1],
        title=title.lstrip("# "),
        summary=LINK.sub(r"\1", summary.strip()),
        lead=to_html(summary.strip()),
        text=text.strip(),
    )


def help_url(challenge: str) -> str:
    """Return the address of how to play: the challenge's own page where it has one, else the general one."""
    if any(page.name == HOW_TO_PLAY for page in guide_pages(challenge)):
        return reverse("pages:guide-page", args=[challenge, HOW_TO_PLAY])
    return reverse("pages:help")


@require_safe
def guide_index(request: HttpRequest, challenge: str) -> HttpResponse:
    """List the information pages of a challenge."""
    declared = challenge_or_404(challenge)
    context = {"challenge": declared, "guide": guide_pages(challenge), "sample": is_sample(challenge)}
    return render(request, "pages/guide.html", context)


@require_safe
def guide_page(request: HttpRequest, challenge: str, name: str) -> HttpResponse:
    """Show one information page."""
    declared = challenge_or_404(challenge)
    pages = guide_pages(challenge)
    page = next((page for page in pages if page.name == name), None)
    if page is None:
        raise Http404
    context = {
        "challenge": declared,
        "guide": pages,
        "page": page,
        "html": to_html(page.text),
        "sample": is_sample(challenge),
    }
    return render(request, "pages/guide_page.html", context)


def is_sample(challenge: str) -> bool:
    """Return whether the objects that are dealt now are those of the embedded sample."""
    pool = pools().current(challenge)
    return pool is not None and pool.sample
