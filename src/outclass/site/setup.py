"""Configure Django in code, bring the database up to date, collect the static files."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings as django_conf
from django.core.management import call_command
from django.db import connection

from outclass.base.errors import ConflictError
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.challenge import InputKind
from outclass.site.configuration import django_settings
from outclass.site.options import SiteOptions
from outclass.site.play.challenges import all_challenges
from outclass.site.play.figures import figure_json

LOCK_SECONDS = 120.0
ADVISORY_LOCK = 0x0C1A55
NOT_SERVED = (
    *("ext", "htmx-4*", "htmx-2.js", "htmax*", "django-htmx.js"),
    *("bokeh-*", "bokeh.js", "compiler.js", "lib"),
)
"""Files of installed packages that no page uses."""


def configure(settings: Settings, options: SiteOptions | None = None) -> None:
    """Make Django ready in this process; a second call with the same settings does nothing.

    Raises
    ------
    ConflictError
        Django holds one configuration per process, and it is already another one.
    """
    if django_conf.configured:
        if getattr(django_conf, "OUTCLASS", None) != settings:
            raise ConflictError("the site is already configured otherwise in this process")
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    django_conf.configure(**django_settings(settings, options or SiteOptions.from_environment()))
    django.setup()
    # Strangers send what hosts they like: the page's log line says 400, a traceback for each says no more.
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL + 1)


def migrate(settings: Settings) -> None:
    """Create the tables or bring them up to date; safe when several processes start at once."""
    configure(settings)
    with FileLock(settings.home / "locks" / "migrate.lock", timeout=LOCK_SECONDS), database_lock():
        call_command("migrate", interactive=False, verbosity=0)
        call_command("clearsessions")
        call_command("forget_guests")


def prepare_static(settings: Settings) -> None:
    """Collect the static files of this version, unless that was done before."""
    configure(settings)
    root = Path(str(django_conf.STATIC_ROOT))
    done = root.with_name(f"{root.name}.done")
    with FileLock(settings.home / "locks" / "static.lock", timeout=LOCK_SECONDS):
        if done.exists() and root.is_dir():
            return
        shutil.rmtree(root, ignore_errors=True)
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=list(NOT_SERVED))
        write_atomic(done, b"")


def prepare_charts(settings: Settings) -> None:
    """Have the empty figures of charts made, so that no visitor waits for them."""
    for challenge in all_challenges():
        if challenge.input.kind is InputKind.SERIES:
            figure_json(settings, len(challenge.input.bands))


@contextmanager
def database_lock() -> Iterator[None]:
    """Hold a lock in the database itself, for processes that share it but not the home folder."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
