"""The site in the process of the tests: configured once, with a home folder and a database of its own.

Django holds one configuration per process, so every test that needs the site in process shares this one.
`OUTCLASS_TEST_DATABASE` may name an empty PostgreSQL database instead of the SQLite file.
"""

import atexit
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings as django_conf
from django.db import connection, transaction

from outclass.base.settings import Settings
from outclass.site.options import SiteOptions
from outclass.site.setup import configure, migrate, prepare_static


@lru_cache(maxsize=1)
def site_settings() -> Settings:
    """Return the settings of the tests' site; the first call configures Django."""
    home = Path(tempfile.mkdtemp(prefix="outclass-site-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    url = os.environ.get("OUTCLASS_TEST_DATABASE") or f"sqlite:///{(home / 'site.sqlite3').as_posix()}"
    settings = Settings(home=home, database_url=url)
    configure(settings, SiteOptions(hosts=("testserver",)))
    django_conf.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings


@lru_cache(maxsize=1)
def migrated_site() -> Settings:
    """Return the settings of the tests' site, its database made and its static files collected."""
    settings = site_settings()
    migrate(settings)
    prepare_static(settings)
    return settings


def empty_tables() -> None:
    """Delete every row of every table that belongs to the product."""
    labels = {"accounts", "play", "shared", "sessions", "axes", "admin"}
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in labels]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            return
        asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
        cursor.execute(" UNION ALL ".join(asked))
        full = [table for (table,) in cursor.fetchall()]
        if not full:
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        with transaction.atomic():
            for table in full:
                cursor.execute(f"DELETE FROM {table}")
        cursor.execute("PRAGMA foreign_keys = ON")
