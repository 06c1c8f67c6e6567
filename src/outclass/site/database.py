"""The database as the parts outside Django see it."""

from functools import lru_cache

from django.conf import settings as django_conf

from outclass.base.settings import Settings
from outclass.base.sql import Database


@lru_cache(maxsize=1)
def shared_database() -> Database:
    """Return this process's plain SQL access to the tables that processes share."""
    settings: Settings = django_conf.OUTCLASS
    return Database.connect(settings.database_url)
