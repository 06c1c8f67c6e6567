"""Django's settings as a module, for tools that ask for one; the product itself calls `setup.configure`."""

from outclass.base.settings import Settings
from outclass.site.configuration import django_settings
from outclass.site.options import SiteOptions

globals().update(django_settings(Settings.from_environment(), SiteOptions.from_environment()))
