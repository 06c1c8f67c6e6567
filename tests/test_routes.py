"""Every route of the API and of the site stands in the reference, and nothing else does."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from outclass.api.app import create_api, create_router
from outclass.base.settings import Settings
from sites import site_settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "http.md"


def documented(title):
    """Return the paths in the tables of one section."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.search(rf"^## {title}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[0]
    rows = re.findall(r"^\| (`/.*?) \|", section, re.MULTILINE)
    return {path for row in rows for path in re.findall(r"`(/[^`]*)`", row)}


def site_paths(patterns, prefix="/") -> Iterator[str]:
    """Yield the paths of the site, with the names of their parameters; not those inside the admin's pages."""
    for pattern in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield path
        elif isinstance(pattern, URLResolver):
            yield from [path] if path == "/admin/" else site_paths(pattern.url_patterns, path)


def test_every_page_of_the_site_is_documented():
    site_settings()

    assert set(site_paths(get_resolver("outclass.site.urls").url_patterns)) == documented("The site")


def test_every_route_of_the_api_is_documented(tmp_path):
    api = create_api(Settings(home=tmp_path, database_url=f"sqlite:///{(tmp_path / 'db').as_posix()}"))
    routes = create_router(api.service).routes

    assert {re.sub(r":\w+}", "}", route.path) for route in routes} == documented("The API")


# Pages of the site that no address of one's own leads to: forms post there, or pages fetch them.
PARTS = re.compile(
    r"\.(json|png|jpg|css|ics)$"
    r"|^/theme/|/deal/$|/share/$|/name/$|/chart/$|/rotate/$|/revoke/$|/invitations/|/fill/$|/reopen/$"
    r"|^/uploads/files/<token>/(data|discard)/$|^/uploads/<challenge>/(<action>|delete)/$"
)


def test_the_site_map_has_every_page_and_no_other():
    site_settings()
    pages = {
        path
        for path in site_paths(get_resolver("outclass.site.urls").url_patterns)
        if not PARTS.search(path) and not path.startswith("/check/<challenge>/items/")
    }
    text = PAGE.parents[1].joinpath("explanation", "site-map.md").read_text(encoding="utf-8")
    tree = re.search(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    mapped = set(re.findall(r"(?:^|[│├└─\s])(/[\w<>/-]*)(?=\s|$)", tree))

    assert mapped - {"/data/", "/api/docs,"} == pages
