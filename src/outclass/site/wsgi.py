"""The site as a WSGI application."""

from dataclasses import replace
from threading import Thread

from django.core.handlers.wsgi import WSGIHandler
from django.urls import get_resolver
from django.utils.module_loading import import_string

from outclass.base.settings import Settings
from outclass.site.options import SiteOptions
from outclass.site.setup import configure, migrate, prepare_charts, prepare_static

WARM = "outclass.site.play.warm.warm"


def create_wsgi(settings: Settings, *, data_url: str = "") -> WSGIHandler:
    """Return the site, with its database migrated and its static files collected.

    Parameters
    ----------
    data_url
        Where the data sites are, where they run in this process.
    """
    options = SiteOptions.from_environment()
    configure(settings, replace(options, data_url=options.data_url or data_url))
    migrate(settings)
    prepare_static(settings)
    prepare_charts(settings)
    get_resolver().reverse_dict  # noqa: B018 - imports every page now: a fault shows at start, and no visitor waits
    Thread(target=import_string(WARM), name="warm", daemon=True).start()
    return WSGIHandler()
