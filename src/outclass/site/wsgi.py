"""The site as a WSGI application."""

from django.core.handlers.wsgi import WSGIHandler

from outclass.base.settings import Settings
from outclass.site.setup import configure, migrate, prepare_static


def create_wsgi(settings: Settings) -> WSGIHandler:
    """Return the site, with its database migrated and its static files collected."""
    configure(settings)
    migrate(settings)
    prepare_static(settings)
    return WSGIHandler()
