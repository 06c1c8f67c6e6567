"""Everything works below a prefix: pages, forms, files, API and data sites, and no link leads out of it."""

import re
from urllib.parse import urljoin

import pytest

from outclass.base.errors import InputError
from outclass.base.settings import read_prefix
from outclass.server import path_below
from processes import serving

PREFIX = "/lab-7/outclass"
LINK = re.compile(r"""(?:href|src|action|hx-get|hx-post|data-[a-z-]*url)="([^"#]+)""")
PAGES = [
    "/",
    "/about/",
    "/api-introduction/",
    "/c/digits/",
    "/c/messages/",
    "/c/stars/",
    "/lab/",
    "/accounts/login/",
]


@pytest.mark.parametrize("wrong", ["outclass", "/a b", "/../x", "//x", "/x?y", "/%2e"])
def test_a_prefix_is_a_plain_path(wrong):
    with pytest.raises(InputError):
        read_prefix(wrong)


def test_paths_outside_are_none_of_ours():
    assert path_below("/lab-7/outclass/c/digits/", PREFIX) == "/c/digits/"
    assert path_below("/lab-7/outclassed/", PREFIX) is None
    assert path_below("/c/digits/", "") == "/c/digits/"


def test_a_site_below_a_prefix(tmp_path):
    with serving(tmp_path / "home", OUTCLASS_PREFIX=PREFIX) as server:
        client = server.client
        assert client.get("/readyz").status_code == 200
        assert client.get("/").headers["location"] == f"{PREFIX}/"
        found, pages = {}, list(PAGES)
        for page in pages:
            answer = client.get(PREFIX + page)
            assert answer.status_code == 200, page
            for link in LINK.findall(answer.text):
                if not link.startswith(("http:", "https:", "data:", "mailto:")):
                    found.setdefault(urljoin(PREFIX + page, link.replace("&amp;", "&")), page)
        outside = {link: page for link, page in found.items() if not link.startswith(f"{PREFIX}/")}
        assert outside == {}
        files = [link for link in found if "/static/" in link]
        assert len(files) > 5
        assert {client.get(link).status_code for link in files} == {200}
        assert client.get(f"{PREFIX}/static/").status_code == 404

        drawn = client.post(f"{PREFIX}/api/v1/challenges/digits/predict", json=[0.0] * 784)
        assert drawn.json()["reason"] == "empty"
        docs = client.get(f"{PREFIX}/api/docs")
        links = {urljoin(f"{PREFIX}/api/docs", link) for link in LINK.findall(docs.text)}
        assert {client.get(link).status_code for link in links if link.startswith("/")} == {200}

        login = client.get(f"{PREFIX}/accounts/login/")
        cookie = login.headers["set-cookie"]
        assert f"Path={PREFIX}/;" in cookie
        assert (
            client.get(f"{PREFIX}/accounts/keys/").headers["location"].startswith(f"{PREFIX}/accounts/login/")
        )
