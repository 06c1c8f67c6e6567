"""Options of the site, hosts, cookies, static files, addresses, logs."""

import json
import logging
from pathlib import Path

import pytest
from django.conf import settings as django_conf
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client, RequestFactory

from outclass.base.errors import ConflictError, InputError, UnavailableError
from outclass.base.logs import JsonLines
from outclass.base.settings import Settings
from outclass.site.address import address_mark, client_address
from outclass.site.configuration import database, django_settings, site_secret
from outclass.site.options import SiteOptions
from outclass.site.setup import configure, prepare_static
from playing import text


def test_options_come_from_the_environment() -> None:
    options = SiteOptions.from_environment(
        {
            "OUTCLASS_HOSTS": "play.example.org, .example.com",
            "OUTCLASS_HTTPS": "1",
            "OUTCLASS_HSTS_SECONDS": "3600",
            "OUTCLASS_PROXIES": "1",
        }
    )
    assert options.allowed_hosts[-2:] == ("play.example.org", ".example.com")
    assert options.origins == ("https://play.example.org", "https://*.example.com")
    assert (options.https, options.hsts_seconds, options.proxies) == (True, 3600, 1)
    assert SiteOptions.from_environment({}) == SiteOptions()


@pytest.mark.parametrize(
    "wrong", [{"OUTCLASS_HTTPS": "maybe"}, {"OUTCLASS_PROXIES": "-1"}, {"OUTCLASS_PROXIES": "x"}]
)
def test_a_wrong_option_says_what_is_accepted(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match="accepted") as caught:
        SiteOptions.from_environment(wrong)
    assert caught.value.where == next(iter(wrong))


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite3")
    plain = django_settings(settings, SiteOptions())
    secure = django_settings(settings, SiteOptions(https=True, hsts_seconds=60, proxies=1))
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert (plain[name], secure[name]) == (False, True)
    assert (plain["SECURE_HSTS_SECONDS"], secure["SECURE_HSTS_SECONDS"]) == (0, 60)
    assert plain["SECURE_PROXY_SSL_HEADER"] is None
    assert secure["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_secret_is_made_once_and_is_not_the_installations(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite3")
    secret = site_secret(settings)
    assert secret == site_secret(settings)
    assert len(secret) == 64
    assert secret not in (tmp_path / "secret.key").read_text()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////srv/a%20b.sqlite3", {"NAME": "/srv/a b.sqlite3"}),
        ("postgresql://ada:p%40ss@db:5433/game",
         {"NAME": "game", "USER": "ada", "PASSWORD": "p@ss", "HOST": "db", "PORT": "5433"}),
        ("postgres://postgres:@/postgres?host=/tmp/x&sslmode=disable",
         {"NAME": "postgres", "HOST": "/tmp/x", "PORT": ""}),
    ],
)  # fmt: skip
def test_a_database_url_is_taken_apart(url: str, expected: dict[str, str]) -> None:
    entry = database(url)
    assert expected.items() <= {k: v for k, v in entry.items() if isinstance(v, str)}.items()
    if "sslmode" in url:
        assert entry["OPTIONS"] == {"connect_timeout": 10, "sslmode": "disable"}


def test_a_process_has_one_site(tmp_path: Path, site: Settings) -> None:
    configure(site)
    with pytest.raises(ConflictError):
        configure(Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite3"))


def test_only_known_hosts_are_answered(browser: Client) -> None:
    assert browser.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400
    assert browser.get("/accounts/login/", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_the_address_is_what_the_trusted_proxy_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4, 10.0.0.1"})
    assert client_address(request) == "127.0.0.1"
    for proxies, expected in ((1, "10.0.0.1"), (2, "1.2.3.4"), (9, "127.0.0.1")):
        monkeypatch.setattr(django_conf, "OUTCLASS_OPTIONS", SiteOptions(proxies=proxies))
        assert client_address(request) == expected
    assert "127.0.0.1" not in address_mark(request)


def test_static_files_are_named_by_content_and_compressed(browser: Client, site: Settings) -> None:
    page = text(browser.get("/accounts/login/"))
    path = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/static/base."))
    assert path != "/static/base.css"
    answer = browser.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()
    root = Path(str(django_conf.STATIC_ROOT))
    before = root.stat().st_mtime_ns
    prepare_static(site)
    assert root.stat().st_mtime_ns == before


def test_what_does_not_answer_is_a_503_that_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise UnavailableError("the database does not answer")

    monkeypatch.setattr("outclass.site.play.views.boards.current_player", fail)
    page = browser.get("/home/")
    assert page.status_code == 503
    assert "The database does not answer." in text(page)


def test_a_missing_static_file_costs_no_page(site: Settings) -> None:
    assert staticfiles_storage.url("nothing.css") == "/static/nothing.css"


def test_each_page_is_one_line_in_the_log_without_its_tokens(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = browser.get("/r/a-secret-share-token/")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    entry = next(line for line in lines if line.get("page") == "play:shared")
    assert entry["status"] == 404
    assert entry["id"] == answer.headers["X-Request-Id"]
    assert "a-secret-share-token" not in str(entry)
